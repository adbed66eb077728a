//! Gathers a metric of the version and of the one it is compared with.

use super::Subject;
use crate::gates::{Measured, Measurement, MetricGate, Source, logged_number, may_be_nan};
use crate::jobs::reader::Reader;
use crate::outcome::Verdict;
use crate::registry::{Error, ModelVersion, Version};

/// What is wrong with a 0 that its run must tell of, in words that follow the source.
const ZERO: &str = "says that it is 0, which is also how MLflow keeps a NaN of a logged model";

/// Gathers the evidence of a gate and lets it judge.
pub(super) async fn verdict(gate: &MetricGate, subject: Subject<'_>, reader: &Reader<'_>) -> Verdict {
    let baseline = subject.baseline(gate.baseline()).filter(|_| gate.compares());
    let baseline = async {
        match baseline {
            Some(version) => Some(other(gate, version, subject, reader).await),
            None => None,
        }
    };
    let (candidate, baseline) = tokio::join!(measure(gate, subject.candidate, reader), baseline);
    gate.judge(&candidate, baseline.as_ref())
}

/// Measures a version of which only the number is known.
async fn other(gate: &MetricGate, version: Version, subject: Subject<'_>, reader: &Reader<'_>) -> Measurement {
    match reader.version(&subject.model.name, version).await {
        Ok(version) => measure(gate, &version, reader).await,
        Err(error) => Measurement { version, found: Err(format!("the version {}", lost(error))) },
    }
}

async fn measure(gate: &MetricGate, version: &ModelVersion, reader: &Reader<'_>) -> Measurement {
    let found = async {
        let source = gate.source(version)?;
        let value = value(gate, &source, reader).await.map_err(|why| format!("{source} {why}"))?;
        Ok(Measured { value, source })
    };
    Measurement { version: version.version, found: found.await }
}

async fn value(gate: &MetricGate, source: &Source, reader: &Reader<'_>) -> Result<f64, String> {
    let id = match source {
        Source::Run(id) => return Ok(gate.of_run(&reader.run(id).await.map_err(lost)?)?.value),
        Source::Model(id) => id,
    };
    let points = reader.model(id).await.map_err(lost)?;
    let point = gate.of_model(&points)?;
    let run = match &point.run_id {
        Some(id) if may_be_nan(point) => reader.run(id).await,
        _ => Ok([].into()),
    };
    let number = match run {
        // A run that is gone does not tell either.
        Err(Error::RunNotFound { .. }) => None,
        Err(error) => return Err(format!("{ZERO}, and its run {}", lost(error))),
        Ok(run) => logged_number(point, &run),
    };
    number.ok_or_else(|| format!("{ZERO}, and its run does not tell which; `evidence: run` looks at the run itself"))
}

/// Says why a source is of no use, in words that follow it.
fn lost(error: Error) -> String {
    match error {
        Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. } => {
            "cannot be read: it was deleted, or is on another tracking server than the registry".to_owned()
        }
        error => format!("cannot be read: {error}"),
    }
}
