//! Reads the metric of the candidate and of its baseline.

use serde_json::json;

use super::gate::MetricGate;
use crate::evidence::{EvidenceReader, MetricSource, logged_value, may_be_nan};
use crate::gates::gate::GateSubject;
use crate::outcome::{Finding, ReasonCode};
use crate::registry::{Error, ModelVersion, Version};
use crate::text::format_exact;

/// Why a 0 of a logged model needs its run, in words that follow the source.
const AMBIGUOUS_ZERO: &str = "says that it is 0, which is also how MLflow keeps a NaN of a logged model";

/// What was found of a metric of a version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measurement {
    pub(super) version: Version,
    /// The value, or why there is none.
    pub(super) found: Result<MeasuredValue, String>,
}

/// A value, which may be NaN or infinite, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MeasuredValue {
    pub(super) value: f64,
    pub(super) source: MetricSource,
}

impl Measurement {
    /// Returns the value if it is a finite number, else a code and the reason.
    pub(super) fn finite(&self, metric: &str) -> Result<f64, (ReasonCode, String)> {
        let version = self.version;
        match &self.found {
            Err(reason) => {
                Err((ReasonCode::EvidenceMissing, format!("{metric} of version {version} is not known: {reason}")))
            }
            Ok(MeasuredValue { value, .. }) if value.is_finite() => Ok(*value),
            Ok(MeasuredValue { value, source }) => {
                let value = format_exact(*value);
                let reason = format!("{metric} of version {version} is {value} ({source}), which is no finite number");
                Err((ReasonCode::EvidenceNotFinite, reason))
            }
        }
    }

    pub(super) fn finding(&self) -> Option<Finding> {
        let MeasuredValue { value, source } = self.found.as_ref().ok()?;
        let value = if value.is_finite() { json!(value) } else { json!(format_exact(*value)) };
        Some(Finding { value, source: source.to_string() })
    }
}

/// Measures the candidate and, where the gate compares, its baseline.
pub(super) async fn measure_both(
    gate: &MetricGate,
    subject: GateSubject<'_>,
    evidence: &EvidenceReader<'_>,
) -> (Measurement, Option<Measurement>) {
    let baseline = async {
        let version = subject.version_of(gate.baseline()).filter(|_| gate.compares())?;
        Some(match evidence.version(&subject.model.name, version).await {
            Ok(version) => measure(gate, &version, evidence).await,
            Err(error) => Measurement { version, found: Err(format!("the version {}", describe(error))) },
        })
    };
    tokio::join!(measure(gate, subject.candidate, evidence), baseline)
}

async fn measure(gate: &MetricGate, version: &ModelVersion, evidence: &EvidenceReader<'_>) -> Measurement {
    let found = async {
        let source = gate.source(version)?;
        let value = read_value(gate, &source, evidence).await.map_err(|problem| format!("{source} {problem}"))?;
        Ok(MeasuredValue { value, source })
    };
    Measurement { version: version.version, found: found.await }
}

/// Reads the value of the metric.
///
/// # Errors
/// Why there is none, in words that follow the source.
async fn read_value(gate: &MetricGate, source: &MetricSource, evidence: &EvidenceReader<'_>) -> Result<f64, String> {
    let id = match source {
        MetricSource::Run(id) => {
            return Ok(gate.find_in_run(&evidence.run_metrics(id).await.map_err(describe)?)?.value);
        }
        MetricSource::Model(id) => id,
    };
    let points = evidence.model_metrics(id).await.map_err(describe)?;
    let point = gate.find_in_model(&points)?;
    let run = match &point.run_id {
        Some(id) if may_be_nan(point) => evidence.run_metrics(id).await,
        _ => Ok([].into()),
    };
    let value = match run {
        // A deleted run tells as little as one without the metric.
        Err(Error::RunNotFound { .. }) => None,
        Err(error) => return Err(format!("{AMBIGUOUS_ZERO}, and its run {}", describe(error))),
        Ok(run) => logged_value(point, &run),
    };
    value.ok_or_else(|| {
        format!("{AMBIGUOUS_ZERO}, and its run does not tell which; `evidence: run` looks at the run itself")
    })
}

/// Describes why a source cannot be read, in words that follow it.
fn describe(error: Error) -> String {
    match error {
        Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. } => {
            "cannot be read: it was deleted, or is on another tracking server than the registry".to_owned()
        }
        error => format!("cannot be read: {error}"),
    }
}
