//! The age of the version: not before it has settled, and not after it is stale.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::lapse::Lapse;
use crate::outcome::{Finding, GateMode, Ruling, Verdict};
use crate::registry::ModelVersion;

/// How far the clock of a registry may be ahead of this machine's before that is a verdict, in milliseconds.
const SKEW: i64 = 60_000;

/// Demands an age of the version: at least `min`, at most `max`, or both.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw")]
pub struct AgeGate {
    min: Option<Lapse>,
    max: Option<Lapse>,
    pub(super) mode: GateMode,
}

/// The gate as a config writes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The least age, such as `30m`, `2h` or `7d`.
    #[serde(default)]
    min: Option<Lapse>,
    /// The greatest age.
    #[serde(default)]
    max: Option<Lapse>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

impl TryFrom<Raw> for AgeGate {
    type Error = String;

    fn try_from(Raw { min, max, mode }: Raw) -> Result<Self, String> {
        match (min, max) {
            (None, None) => Err("an AgeGate needs `min`, `max` or both".into()),
            (Some(min), Some(max)) if min > max => {
                Err(format!("no version is at least {min} and at most {max} old: `min` is greater than `max`"))
            }
            (min, max) => Ok(Self { min, max, mode }),
        }
    }
}

impl AgeGate {
    pub(super) const KIND: &'static str = "AgeGate";

    /// Judges the age of a version at a moment of this machine's clock. Both limits are inclusive. A version that is
    /// up to a minute from the future is taken for new.
    pub fn judge(&self, version: &ModelVersion, now: Timestamp) -> Verdict {
        let number = version.version;
        let failed = |code, reason| Verdict::failed(Self::KIND, self.mode, code, reason);
        // A time that nobody wrote comes as none, or as the zero of protobuf.
        let made = version.creation_timestamp.filter(|made| *made > 0);
        let Some((made, at)) = made.and_then(|made| Some((made, Timestamp::from_millisecond(made).ok()?))) else {
            return failed(
                Ruling::EvidenceMissing,
                format!("the registry does not say when version {number} was made"),
            );
        };
        let here = now.as_millisecond();
        let since = if made <= here.saturating_add(SKEW) { made.min(here) } else { made };
        let Some(age) = Lapse::between(since, here) else {
            let reason = format!(
                "version {number} was made at {at}, and here it is {now}: the clocks of the registry and of this \
                 machine differ"
            );
            return failed(Ruling::ClocksDiffer, reason);
        };
        let candidate = Some(Finding { value: json!(age.seconds()), source: format!("version {number}") });
        let said = format!("version {number} is {age} old, made at {at}");
        let verdict = match (self.min, self.max) {
            (Some(min), _) if age < min => failed(Ruling::TooYoung, format!("{said}, and must be at least {min} old")),
            (_, Some(max)) if age > max => failed(Ruling::TooOld, format!("{said}, and must be at most {max} old")),
            _ => Verdict::passed(Self::KIND, self.mode, said),
        };
        Verdict { candidate, ..verdict }
    }
}
