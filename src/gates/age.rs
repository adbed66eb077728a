//! The gate on the age of the version: neither too fresh nor stale.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::duration::ConfigDuration;
use super::gate::{GateKind, GateSubject};
use crate::evidence::EvidenceReader;
use crate::outcome::{Finding, GateMode, Limit, ReasonCode, Scale, Unit, Verdict};
use crate::registry::ModelVersion;

/// How far the clock of the registry may be ahead of this machine's.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// Requires the version to be at least `min` old, at most `max` old, or both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "RawAgeGate")]
#[schemars(with = "RawAgeGate")]
pub struct AgeGate {
    min: Option<ConfigDuration>,
    max: Option<ConfigDuration>,
    name: Option<String>,
    mode: GateMode,
}

/// The config of the gate before it is validated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawAgeGate {
    /// The minimum age, such as `30m`, `2h` or `7d`.
    #[serde(default)]
    min: Option<ConfigDuration>,
    /// The maximum age.
    #[serde(default)]
    max: Option<ConfigDuration>,
    /// The name of the gate in reports; by default `age`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    name: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

impl TryFrom<RawAgeGate> for AgeGate {
    type Error = String;

    fn try_from(RawAgeGate { min, max, name, mode }: RawAgeGate) -> Result<Self, String> {
        match (min, max) {
            (None, None) => Err("an AgeGate needs `min`, `max` or both".into()),
            (Some(min), Some(max)) if min > max => {
                Err(format!("no version is at least {min} and at most {max} old: `min` is greater than `max`"))
            }
            (min, max) => Ok(Self { min, max, name, mode }),
        }
    }
}

impl GateKind for AgeGate {
    const KIND: &'static str = "AgeGate";

    fn mode(&self) -> GateMode {
        self.mode
    }

    fn given_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn judged(&self) -> String {
        "age".to_owned()
    }

    async fn evaluate(&self, subject: GateSubject<'_>, _: &EvidenceReader<'_>) -> Verdict {
        self.evaluate_at(subject.candidate, Timestamp::now())
    }
}

impl AgeGate {
    /// Evaluates the age of a version at a time of this machine's clock. Both limits are inclusive. A version that seems
    /// to be created up to a minute from now counts as new.
    fn evaluate_at(&self, version: &ModelVersion, now: Timestamp) -> Verdict {
        let number = version.version;
        // Registries report a missing time as none, or as the zero of protobuf.
        let millis = version.creation_timestamp.filter(|millis| *millis > 0);
        let Some(created) = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok()) else {
            let reason = format!("the registry does not say when version {number} was made");
            let advice = format!("look at version {number} in the registry, which has no creation time");
            return self.failed(ReasonCode::EvidenceMissing, reason).advise(advice);
        };
        let is_in_tolerance = created.duration_since(now) <= CLOCK_TOLERANCE;
        let Some(age) = ConfigDuration::between(if is_in_tolerance { created.min(now) } else { created }, now) else {
            let reason = format!(
                "version {number} was made at {created}, and here it is {now}: the clocks of the registry and of this \
                 machine differ"
            );
            return self
                .failed(ReasonCode::ClocksDiffer, reason)
                .advise("set the clock of this machine or of the registry");
        };
        let candidate = Some(Finding { value: json!(age.as_secs_f64()), source: format!("version {number}") });
        let reason = format!("version {number} is {age} old, made at {created}");
        let verdict = match (self.min, self.max) {
            (Some(min), _) if age < min => self
                .failed(ReasonCode::TooYoung, format!("{reason}, and must be at least {min} old"))
                .advise(format!("run this again when version {number} is {min} old")),
            (_, Some(max)) if age > max => self
                .failed(ReasonCode::TooOld, format!("{reason}, and must be at most {max} old"))
                .advise("promote a newer version"),
            _ => self.passed(reason),
        };
        Verdict { candidate, scale: Some(Box::new(self.scale())), ..verdict }
    }

    fn scale(&self) -> Scale {
        let least = self.min.map(|min| Limit::AtLeast(min.as_secs_f64()));
        let most = self.max.map(|max| Limit::AtMost(max.as_secs_f64()));
        let limits = least.into_iter().chain(most).collect();
        Scale { quantity: "age".to_owned(), unit: Unit::Seconds, greater_is_better: None, limits }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::gates::gate::fixtures::version_3;
    use crate::outcome::ReasonCode::*;

    const CREATED: i64 = 1_795_398_863_743;
    const MINUTE: i64 = 60_000;

    fn version(creation_timestamp: Option<i64>) -> ModelVersion {
        ModelVersion { creation_timestamp, ..version_3() }
    }

    #[test]
    fn limits_are_inclusive_and_clocks_may_differ_by_a_minute() {
        let cases: &[(Value, i64, ReasonCode)] = &[
            (json!({ "min": "30m" }), 30 * MINUTE, Passed),
            (json!({ "min": "30m" }), 30 * MINUTE - 1, TooYoung),
            (json!({ "min": "30m" }), 0, TooYoung),
            (json!({ "max": "2h" }), 120 * MINUTE, Passed),
            (json!({ "max": "2h" }), 120 * MINUTE + 1, TooOld),
            (json!({ "max": "2h" }), 0, Passed),
            (json!({ "min": "1d", "max": "1d" }), 1440 * MINUTE, Passed),
            (json!({ "min": "1d", "max": "1d" }), 1440 * MINUTE - 1, TooYoung),
            (json!({ "min": "1d", "max": "1d" }), 1440 * MINUTE + 1, TooOld),
            (json!({ "min": "0s" }), -MINUTE, Passed),
            (json!({ "min": "1s" }), -MINUTE, TooYoung),
            (json!({ "max": "0s" }), -MINUTE, Passed),
            (json!({ "max": "2h" }), -MINUTE - 1, ClocksDiffer),
            (json!({ "min": "30m" }), -MINUTE - 1, ClocksDiffer),
            (json!({ "min": "0s" }), -1_000_000 * MINUTE, ClocksDiffer),
        ];
        for (gate, age, expected) in cases {
            let gate: AgeGate = serde_json::from_value(gate.clone()).unwrap();
            let now = Timestamp::from_millisecond(CREATED + age).unwrap();
            let verdict = gate.evaluate_at(&version(Some(CREATED)), now);
            assert_eq!(verdict.code, *expected, "{gate:?} {age}: {}", verdict.reason);
            for unknown in [None, Some(0), Some(-1), Some(i64::MAX)] {
                assert_eq!(gate.evaluate_at(&version(unknown), now).code, EvidenceMissing, "{unknown:?}");
            }
        }
    }

    #[test]
    fn contradictory_limits_are_refused() {
        let error = |raw: Value| serde_json::from_value::<AgeGate>(raw).unwrap_err().to_string();
        assert!(error(json!({})).contains("needs"));
        assert!(error(json!({ "min": "2h", "max": "1h" })).contains("greater"));
    }
}
