//! Reads the metric of the candidate and of its baseline.

use serde_json::json;

use super::gate::MetricGate;
use crate::evidence::{EvidenceReader, MetricSource, logged_value, may_be_nan};
use crate::gates::gate::GateSubject;
use crate::outcome::{Code, Failure, Finding, ReasonCode};
use crate::registry::{Error, ModelVersion, Version};
use crate::text::format_exact;

/// Why a 0 of a logged model needs its run, in words that follow the source.
const AMBIGUOUS_ZERO: &str = "says that it is 0, which is also how MLflow keeps a NaN of a logged model";

/// What was found of a metric of a version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measurement {
    pub(super) version: Version,
    /// The value, or why there is none.
    pub(super) found: Result<MeasuredValue, MissingValue>,
}

/// Why there is no value, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MissingValue {
    pub(super) reason: String,
    pub(super) advice: String,
}

/// A reason why the gate does not pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unusable {
    pub(super) code: ReasonCode,
    pub(super) reason: String,
    /// Whether there is no value to judge by, or it cannot be read.
    pub(super) is_missing: bool,
    pub(super) advice: Option<String>,
}

impl Unusable {
    /// Starts the reason of a gate that has judged the version.
    pub(super) const fn refused(code: ReasonCode) -> Self {
        Self { code, reason: String::new(), is_missing: false, advice: None }
    }
}

/// A value, which may be NaN or infinite, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MeasuredValue {
    pub(super) value: f64,
    pub(super) source: MetricSource,
}

impl Measurement {
    /// Returns the value if it is a finite number.
    ///
    /// # Errors
    /// Why it is not.
    pub(super) fn finite(&self, metric: &str) -> Result<f64, Unusable> {
        let version = self.version;
        match &self.found {
            Err(MissingValue { reason, advice }) => Err(Unusable {
                code: ReasonCode::EvidenceMissing,
                reason: format!("{metric} of version {version} is not known: {reason}"),
                is_missing: true,
                advice: Some(advice.clone()),
            }),
            Ok(MeasuredValue { value, .. }) if value.is_finite() => Ok(*value),
            Ok(MeasuredValue { value, source }) => {
                let value = format_exact(*value);
                let reason = format!("{metric} of version {version} is {value} ({source}), which is no finite number");
                Err(Unusable { reason, ..Unusable::refused(ReasonCode::EvidenceNotFinite) })
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
            Err(error) => Measurement { version, found: Err(describe(error).about("the version")) },
        })
    };
    tokio::join!(measure(gate, subject.candidate, evidence), baseline)
}

async fn measure(gate: &MetricGate, version: &ModelVersion, evidence: &EvidenceReader<'_>) -> Measurement {
    let found = async {
        let source = gate.source(version).map_err(|reason| MissingValue {
            reason,
            advice: "promote a version that was registered with a run or a logged model".to_owned(),
        })?;
        let value = read_value(gate, &source, evidence).await.map_err(|missing| missing.about(&source.to_string()))?;
        Ok(MeasuredValue { value, source })
    };
    Measurement { version: version.version, found: found.await }
}

/// Reads the value of the metric.
///
/// # Errors
/// Why there is none, in words that follow the source.
async fn read_value(
    gate: &MetricGate,
    source: &MetricSource,
    evidence: &EvidenceReader<'_>,
) -> Result<f64, MissingValue> {
    let not_logged = |reason: String| MissingValue {
        reason,
        advice: format!("log the metric to {source}, or correct `gate.metric`"),
    };
    let id = match source {
        MetricSource::Run(id) => {
            let metrics = evidence.run_metrics(id).await.map_err(describe)?;
            return Ok(gate.find_in_run(&metrics).map_err(not_logged)?.value);
        }
        MetricSource::Model(id) => id,
    };
    let points = evidence.model_metrics(id).await.map_err(describe)?;
    let point = gate.find_in_model(&points).map_err(not_logged)?;
    let run = match &point.run_id {
        Some(id) if may_be_nan(point) => evidence.run_metrics(id).await,
        _ => Ok([].into()),
    };
    let value = match run {
        // A deleted run tells as little as one without the metric.
        Err(Error::RunNotFound { .. }) => None,
        Err(error) => return Err(describe(error).about(&format!("{AMBIGUOUS_ZERO}, and its run"))),
        Ok(run) => logged_value(point, &run),
    };
    value.ok_or_else(|| MissingValue {
        reason: format!("{AMBIGUOUS_ZERO}, and its run does not tell which"),
        advice: "log the metric to the run too, or set `gate.evidence` to run".to_owned(),
    })
}

impl MissingValue {
    /// Puts what a reason is about in front of it.
    fn about(self, source: &str) -> Self {
        Self { reason: format!("{source} {}", self.reason), ..self }
    }
}

/// Describes why a source cannot be read, in words that follow it.
fn describe(error: Error) -> MissingValue {
    if matches!(error, Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. }) {
        return MissingValue {
            reason: "cannot be read: it was deleted, or is on another tracking server than the registry".to_owned(),
            advice: "restore the run or the logged model, or promote another version".to_owned(),
        };
    }
    let Failure { code, hint, message } = Failure::from(&error);
    let advice = match (code, hint) {
        (Code::LoginRefused | Code::PermissionDenied | Code::DatabaseUnusable | Code::StoreUnusable, Some(hint)) => {
            hint
        }
        (Code::VersionNotFound, _) => "name a version that exists as the baseline".to_owned(),
        _ => "run this again when the registry answers as it should".to_owned(),
    };
    MissingValue { reason: format!("cannot be read: {message}"), advice }
}
