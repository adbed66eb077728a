//! The gate on another alias, such as `Staging` before `Production`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::gate::{GateKind, GateSubject};
use crate::evidence::EvidenceReader;
use crate::history::{History, tag_key};
use crate::outcome::{Finding, GateMode, ReasonCode, Verdict};
use crate::registry::{Alias, RegisteredModel, Version};

/// Requires another alias to point to the version, now or at some time before.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AliasGate {
    /// The other alias.
    alias: Alias,
    /// When the alias must point to the version: `now`, or `ever`, which also accepts that its history (the tag
    /// `runner.history.<alias>`) says so.
    #[serde(default)]
    held: Held,
    /// The name of the gate in reports; by default the other alias.
    #[serde(default)]
    #[schemars(length(min = 1))]
    name: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

/// When the alias must point to the version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum Held {
    /// At the time of the job.
    Now,
    /// At the time of the job or before.
    #[default]
    Ever,
}

/// What the registry says about the alias.
#[derive(Debug)]
struct AliasEvidence {
    current: Option<Version>,
    /// Whether the history says that the alias pointed to the candidate, or why it does not tell.
    was_at_candidate: Result<bool, String>,
}

impl GateKind for AliasGate {
    const KIND: &'static str = "AliasGate";

    fn mode(&self) -> GateMode {
        self.mode
    }

    fn given_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn judged(&self) -> String {
        self.alias.to_string()
    }

    fn other_alias(&self) -> Option<&Alias> {
        Some(&self.alias)
    }

    async fn evaluate(&self, subject: GateSubject<'_>, _: &EvidenceReader<'_>) -> Verdict {
        let candidate = subject.candidate.version;
        self.decide(candidate, &self.read(subject.model, candidate))
    }
}

impl AliasGate {
    fn read(&self, model: &RegisteredModel, candidate: Version) -> AliasEvidence {
        let was_at_candidate = match History::from_tags(&model.tags, self.alias.as_str()) {
            Ok(history) => Ok(history.was_at(candidate)),
            Err(_) => Err(format!("the tag {} of the model is no history", tag_key(self.alias.as_str()))),
        };
        AliasEvidence { current: model.alias(&self.alias), was_at_candidate }
    }

    fn decide(&self, candidate: Version, evidence: &AliasEvidence) -> Verdict {
        let Self { alias, .. } = self;
        let current = evidence.current;
        let place = current.map_or_else(|| "does not exist".to_owned(), |current| format!("is at version {current}"));
        let verdict = match (self.held, &evidence.was_at_candidate) {
            _ if current == Some(candidate) => self.passed(format!("the alias {alias} is at version {candidate}")),
            (Held::Now, _) => {
                self.not_held(candidate, format!("the alias {alias} {place}, and must be at version {candidate}"))
            }
            (Held::Ever, Ok(true)) => self.passed(format!("the alias {alias} was at version {candidate} before")),
            (Held::Ever, Ok(false)) => self.not_held(
                candidate,
                format!("the alias {alias} {place}, and was never at version {candidate} by its history"),
            ),
            (Held::Ever, Err(problem)) => self
                .failed(
                    ReasonCode::EvidenceMissing,
                    format!(
                        "the alias {alias} {place}, and whether it was at version {candidate} cannot be told: {problem}"
                    ),
                )
                .advise(format!("move the alias {alias} to version {candidate} first, or repair its history")),
        };
        let finding = current.map(|current| Finding { value: json!(current), source: format!("alias {alias}") });
        Verdict { candidate: finding, ..verdict }
    }

    fn not_held(&self, candidate: Version, reason: String) -> Verdict {
        let advice = format!("move the alias {} to version {candidate} first, or promote another version", self.alias);
        self.failed(ReasonCode::AliasNotHeld, reason).advise(advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::ReasonCode::*;

    fn version(number: u64) -> Version {
        Version::new(number).unwrap()
    }

    #[test]
    fn the_alias_must_point_to_the_version_now_or_have_done_so() {
        let (held, not_held, damaged) = (Ok(true), Ok(false), Err("it is damaged".to_owned()));
        type Case<'a> = (&'static str, Option<u64>, &'a Result<bool, String>, ReasonCode);
        let cases: &[Case<'_>] = &[
            ("ever", Some(3), &held, Passed),
            ("ever", Some(3), &not_held, Passed),
            ("ever", Some(3), &damaged, Passed),
            ("ever", Some(4), &held, Passed),
            ("ever", None, &held, Passed),
            ("ever", Some(4), &not_held, AliasNotHeld),
            ("ever", None, &not_held, AliasNotHeld),
            ("ever", Some(4), &damaged, EvidenceMissing),
            ("ever", None, &damaged, EvidenceMissing),
            ("now", Some(3), &not_held, Passed),
            ("now", Some(3), &damaged, Passed),
            ("now", Some(4), &held, AliasNotHeld),
            ("now", None, &held, AliasNotHeld),
            ("now", Some(2), &damaged, AliasNotHeld),
        ];
        for (held, now, before, expected) in cases {
            let gate: AliasGate = serde_json::from_value(json!({ "alias": "Staging", "held": held })).unwrap();
            let evidence = AliasEvidence { current: now.map(version), was_at_candidate: (*before).clone() };
            let verdict = gate.decide(version(3), &evidence);
            assert_eq!(verdict.code, *expected, "{held} {evidence:?}: {}", verdict.reason);
        }
        let default: AliasGate = serde_json::from_value(json!({ "alias": "Staging" })).unwrap();
        let evidence = AliasEvidence { current: None, was_at_candidate: Ok(true) };
        assert_eq!(default.decide(version(3), &evidence).code, Passed);
    }
}
