//! The gate on a tag of the version, such as an approval or the result of a validation.

use regex_lite::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::gate::{GateKind, GateSubject};
use crate::evidence::EvidenceReader;
use crate::outcome::{Finding, GateMode, ReasonCode, Verdict};
use crate::registry::ModelVersion;
use crate::secret::{redact_interpolated, redact_message};
use crate::text::{ForeignText, escape_line};

/// Requires a tag of the version, by exactly one of `equals`, `one_of` and `matches`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "RawTagGate")]
#[schemars(with = "RawTagGate")]
pub struct TagGate {
    key: String,
    required: RequiredValue,
    name: Option<String>,
    mode: GateMode,
}

#[derive(Debug, Clone)]
enum RequiredValue {
    Equals(String),
    OneOf(Vec<String>),
    /// The pattern as the config writes it, and compiled to match only whole values.
    Matches(String, Regex),
}

/// The config of the gate before it is validated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawTagGate {
    /// The key of the tag.
    #[schemars(length(min = 1))]
    key: String,
    /// The value that the tag must have.
    #[serde(default)]
    equals: Option<String>,
    /// The values that the tag may have.
    #[serde(default)]
    #[schemars(length(min = 1))]
    one_of: Option<Vec<String>>,
    /// A regular expression that must match the whole value.
    #[serde(default)]
    matches: Option<String>,
    /// The name of the gate in reports; by default the key of the tag.
    #[serde(default)]
    #[schemars(length(min = 1))]
    name: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

impl TryFrom<RawTagGate> for TagGate {
    type Error = String;

    fn try_from(raw: RawTagGate) -> Result<Self, String> {
        let required = match (raw.equals, raw.one_of, raw.matches) {
            (Some(value), None, None) => RequiredValue::Equals(value),
            (None, Some(values), None) => RequiredValue::OneOf(values),
            (None, None, Some(pattern)) => RequiredValue::Matches(pattern.clone(), compile_anchored(&pattern)?),
            (None, None, None) => return Err("a TagGate needs one of `equals`, `one_of` and `matches`".into()),
            _ => return Err("a TagGate takes only one of `equals`, `one_of` and `matches`".into()),
        };
        Ok(Self { key: raw.key, required, name: raw.name, mode: raw.mode })
    }
}

/// Compiles a regular expression that matches only whole values.
fn compile_anchored(pattern: &str) -> Result<Regex, String> {
    // Compiled as it is first, so that an error quotes the pattern of the config.
    Regex::new(pattern).map_err(|error| format!("`matches` is no regular expression: {error}"))?;
    // A pattern in verbose mode may end in a comment, which only a line end closes. In other modes it would match itself.
    let wrapped = |end: &str| Regex::new(&format!("^(?:{pattern}{end})$"));
    wrapped("").or_else(|_| wrapped("\n")).map_err(|error| format!("`matches` is no regular expression: {error}"))
}

impl PartialEq for RequiredValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Equals(one), Self::Equals(other)) => one == other,
            (Self::OneOf(one), Self::OneOf(other)) => one == other,
            (Self::Matches(one, _), Self::Matches(other, _)) => one == other,
            _ => false,
        }
    }
}

impl PartialEq for TagGate {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, &self.required, &self.name, self.mode) == (&other.key, &other.required, &other.name, other.mode)
    }
}

impl GateKind for TagGate {
    const KIND: &'static str = "TagGate";

    fn mode(&self) -> GateMode {
        self.mode
    }

    fn given_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn judged(&self) -> String {
        self.key.clone()
    }

    async fn evaluate(&self, subject: GateSubject<'_>, _: &EvidenceReader<'_>) -> Verdict {
        self.decide(subject.candidate)
    }
}

impl TagGate {
    fn decide(&self, version: &ModelVersion) -> Verdict {
        let Self { key, required, .. } = self;
        let number = version.version;
        let advice = format!("set the tag {key:?} of version {number}, or promote another version");
        let Some(found) = version.tags.get(key) else {
            let reason = format!("version {number} has no tag {key:?}, which must {}", required.describe());
            return self.failed(ReasonCode::TagMissing, reason).advise(advice);
        };
        let value = ForeignText::new(found);
        let verdict = match required.accepts(found) {
            true => self.passed(format!("the tag {key:?} is {value:?}")),
            false => {
                let reason = format!("the tag {key:?} is {value:?}, and must {}", required.describe());
                self.failed(ReasonCode::TagMismatch, reason).advise(advice)
            }
        };
        // A value may hold the login of an address.
        let candidate = Some(Finding { value: json!(redact_message(found)), source: format!("version {number}") });
        Verdict { candidate, ..verdict }
    }
}

impl RequiredValue {
    fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Equals(required) => value == required,
            Self::OneOf(allowed) => allowed.iter().any(|allowed| value == allowed),
            Self::Matches(_, regex) => regex.is_match(value),
        }
    }

    /// Describes the value in words that follow "must". What a variable or a file put into the config is hidden.
    fn describe(&self) -> String {
        redact_interpolated(&match self {
            Self::Equals(required) => format!("be {required:?}"),
            Self::OneOf(allowed) => {
                let allowed: Vec<String> = allowed.iter().map(|allowed| format!("{allowed:?}")).collect();
                format!("be one of {}", allowed.join(", "))
            }
            Self::Matches(pattern, _) => format!("match `{}`", escape_line(pattern)),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::gates::gate::fixtures::version_3;
    use crate::outcome::ReasonCode::*;

    #[test]
    fn the_whole_value_counts() {
        let tags = [("stage", "qa-2"), ("empty", ""), ("lines", "qa-2\nqa-3")];
        let cases: &[(Value, ReasonCode)] = &[
            (json!({ "key": "stage", "equals": "qa-2" }), Passed),
            (json!({ "key": "stage", "equals": "QA-2" }), TagMismatch),
            (json!({ "key": "stage", "equals": "qa-2 " }), TagMismatch),
            (json!({ "key": "Stage", "equals": "qa-2" }), TagMissing),
            (json!({ "key": "empty", "equals": "" }), Passed),
            (json!({ "key": "empty", "equals": "x" }), TagMismatch),
            (json!({ "key": "stage", "one_of": ["qa-1", "qa-2"] }), Passed),
            (json!({ "key": "stage", "one_of": ["qa-1", "qa-3"] }), TagMismatch),
            (json!({ "key": "owner", "one_of": ["ada"] }), TagMissing),
            (json!({ "key": "stage", "matches": "qa-[0-9]+" }), Passed),
            (json!({ "key": "stage", "matches": "qa" }), TagMismatch),
            (json!({ "key": "stage", "matches": "x|qa-2" }), Passed),
            (json!({ "key": "stage", "matches": "qa|x-2" }), TagMismatch),
            (json!({ "key": "stage", "matches": "" }), TagMismatch),
            (json!({ "key": "empty", "matches": "" }), Passed),
            (json!({ "key": "lines", "matches": "(?m)qa-2$" }), TagMismatch),
            (json!({ "key": "owner", "matches": ".*" }), TagMissing),
        ];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let version = ModelVersion { tags, ..version_3() };
        for (gate, expected) in cases {
            let gate: TagGate = serde_json::from_value(gate.clone()).unwrap();
            let verdict = gate.decide(&version);
            assert_eq!(verdict.code, *expected, "{gate:?}: {}", verdict.reason);
        }
    }

    #[test]
    fn contradictory_criteria_are_refused() {
        let error = |raw: Value| serde_json::from_value::<TagGate>(raw).unwrap_err().to_string();
        assert!(error(json!({ "key": "k" })).contains("needs"));
        assert!(error(json!({ "key": "k", "equals": "a", "matches": "a" })).contains("only one"));
        assert!(error(json!({ "key": "k", "matches": "a(" })).contains("regular expression"));
    }
}
