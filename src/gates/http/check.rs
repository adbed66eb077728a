//! What an answer in JSON must say.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Number, Value};

use super::answer::in_short;
use crate::redact::{REDACTED, Secrets, hide_filled_in};
use crate::registry::Version;

/// A value of an answer, and what it must be. What is missing, null or of another type never is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw", rename = "AnswerCheck")]
pub(super) struct Check {
    pointer: String,
    wanted: Wanted,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    OneOf(Vec<Scalar>),
    Within { min: Option<f64>, max: Option<f64> },
    Version,
}

/// The comparison as a config writes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// Where the value is, as a JSON Pointer such as `/outputs/0/data`.
    pointer: String,
    /// What it must be: a text, a number, `true` or `false`.
    #[serde(default)]
    equals: Option<Scalar>,
    /// What it must be one of.
    #[serde(default)]
    #[schemars(length(min = 1))]
    one_of: Option<Vec<Scalar>>,
    /// The least that it may be.
    #[serde(default)]
    min: Option<f64>,
    /// The most that it may be.
    #[serde(default)]
    max: Option<f64>,
    /// Whether it must be the number of the version in question, as a number or a text.
    #[serde(default)]
    is_version: bool,
}

/// A text, a number, or true or false.
#[derive(Debug, Clone, PartialEq)]
struct Scalar(Value);

impl TryFrom<Raw> for Check {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let Raw { pointer, equals, one_of, min, max, is_version } = raw;
        if !is_pointer(&pointer) {
            return Err(format!(
                "{pointer:?} is no JSON Pointer; write it as `/key/0/key`, `~` as `~0` and `/` in a key as `~1`"
            ));
        }
        let wanted = match (equals, one_of, (min, max), is_version) {
            (Some(only), None, (None, None), false) => Wanted::OneOf(vec![only]),
            (None, Some(several), (None, None), false) => Wanted::OneOf(several),
            (None, None, (None, None), true) => Wanted::Version,
            (None, None, (None, None), false) => {
                return Err("a comparison needs one of `equals`, `one_of`, `min`, `max` and `is_version`".into());
            }
            (None, None, (Some(min), Some(max)), false) if min > max => {
                return Err(format!("no number is from {min} to {max}: `min` is above `max`"));
            }
            (None, None, (min, max), false) => Wanted::Within { min, max },
            _ => {
                return Err(
                    "a comparison takes only one of `equals`, `one_of`, `min` and `max`, and `is_version`".into()
                );
            }
        };
        Ok(Self { pointer, wanted })
    }
}

/// Returns whether a text is a JSON Pointer by RFC 6901.
fn is_pointer(text: &str) -> bool {
    let has_bad_escape = text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && !has_bad_escape
}

impl Check {
    /// Compares an answer; returns what the value is, and, where it is not what it must be, says so.
    pub(super) fn compare<'a>(
        &self,
        answer: &'a Value,
        version: Version,
        secrets: &Secrets,
    ) -> (Option<&'a Value>, Result<String, String>) {
        let found = answer.pointer(&self.pointer);
        let place = if self.pointer.is_empty() { "the answer" } else { &self.pointer };
        let shown = found.map_or_else(|| "missing".to_owned(), |found| in_words(found, secrets));
        let said = match found.is_some_and(|value| self.wanted.holds(value, version)) {
            true => Ok(format!("{place} is {shown}")),
            false => {
                Err(format!("{place} is {shown}, and must be {}", hide_filled_in(&self.wanted.words(version, secrets))))
            }
        };
        (found, said)
    }

    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl Wanted {
    fn holds(&self, value: &Value, version: Version) -> bool {
        match self {
            Self::OneOf(wanted) => wanted.iter().any(|Scalar(wanted)| are_equal(wanted, value)),
            Self::Within { min, max } => value.as_f64().is_some_and(|number| {
                number.is_finite() && min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            }),
            Self::Version => {
                value.as_u64() == Some(version.get()) || value.as_str().is_some_and(|text| text == version.to_string())
            }
        }
    }

    /// Says what is wanted, fit to follow "must be".
    fn words(&self, version: Version, secrets: &Secrets) -> String {
        match self {
            Self::OneOf(wanted) => match wanted.as_slice() {
                [Scalar(only)] => in_words(only, secrets),
                several => {
                    let several: Vec<String> = several.iter().map(|Scalar(value)| in_words(value, secrets)).collect();
                    format!("one of {}", several.join(", "))
                }
            },
            Self::Within { min: Some(min), max: Some(max) } => format!("a number from {min} to {max}"),
            Self::Within { min: Some(min), max: None } => format!("a number of at least {min}"),
            Self::Within { max: Some(max), .. } => format!("a number of at most {max}"),
            Self::Within { .. } => "a number".to_owned(),
            Self::Version => format!("the version {version}"),
        }
    }
}

/// Compares two values: `1` and `1.0` are the same number, and nothing is equal to a value of another type.
fn are_equal(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(wanted), Value::Number(value)) => {
            let is_float = |number: &Number| number.is_f64();
            if is_float(wanted) || is_float(value) { wanted.as_f64() == value.as_f64() } else { wanted == value }
        }
        (Value::String(wanted), Value::String(value)) => wanted == value,
        (Value::Bool(wanted), Value::Bool(value)) => wanted == value,
        _ => false,
    }
}

/// Shows a value: a scalar as it is, and of others only what they are.
fn in_words(value: &Value, secrets: &Secrets) -> String {
    match value {
        Value::String(text) => format!("{:?}", in_short(text, secrets)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other if secrets.contains(&other.to_string()) => REDACTED.to_owned(),
        other => other.to_string(),
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            value @ (Value::String(_) | Value::Bool(_) | Value::Number(_)) => Ok(Self(value)),
            _ => Err(de::Error::custom("only a text, a number, true and false can be compared with")),
        }
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(yaml: &str) -> Result<Check, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    fn said(yaml: &str, answer: &Value) -> Result<String, String> {
        read(yaml).unwrap().compare(answer, Version::new(3).unwrap(), &Secrets::default()).1
    }

    #[test]
    fn a_value_passes_only_when_it_is_what_it_must_be() {
        let cases = [
            ("equals: ok", json!("ok"), true),
            ("equals: ok", json!("OK"), false),
            ("equals: ''", json!(""), true),
            ("equals: 1", json!(1), true),
            ("equals: 1", json!(1.0), true),
            ("equals: 1.0", json!(1), true),
            ("equals: 1", json!("1"), false),
            ("equals: '1'", json!(1), false),
            ("equals: 1", json!(true), false),
            ("equals: 9007199254740993", json!(9007199254740992_i64), false),
            ("equals: true", json!(true), true),
            ("equals: false", json!(null), false),
            ("equals: 0", json!(null), false),
            ("equals: ''", json!(null), false),
            ("one_of: [a, 2]", json!(2), true),
            ("one_of: [a, 2]", json!("b"), false),
            ("min: 0.5", json!(0.5), true),
            ("min: 0.5", json!(0.4999999), false),
            ("min: 0", json!(-0.0), true),
            ("min: 0", json!(null), false),
            ("min: 0", json!("NaN"), false),
            ("min: 0", json!("1"), false),
            ("min: 0", json!(true), false),
            ("min: 0", json!([1]), false),
            ("max: 0.5", json!(0.5), true),
            ("max: 0.5", json!(0.50001), false),
            ("max: 0.5", json!("Infinity"), false),
            ("max: 0.5", json!("-Infinity"), false),
            ("min: 1, max: 2", json!(2), true),
            ("min: 1, max: 2", json!(2.1), false),
            ("min: 1, max: 1", json!(1), true),
            ("is_version: true", json!(3), true),
            ("is_version: true", json!("3"), true),
            ("is_version: true", json!("03"), false),
            ("is_version: true", json!(3.5), false),
            ("is_version: true", json!(2), false),
            ("is_version: true", json!(null), false),
        ];
        for (wanted, value, passes) in cases {
            let check = format!("{{pointer: /a, {wanted}}}");
            assert_eq!(said(&check, &json!({ "a": value })).is_ok(), passes, "{wanted} {value}");
            assert!(said(&check, &json!({ "b": value })).is_err(), "{wanted}: missing");
        }
    }

    #[test]
    fn a_refusal_shows_both_values() {
        let answer = json!({ "a": [1, { "b/c": "x\n\u{1b}y", "n": null }], "long": "x".repeat(999) });
        let told = |yaml: &str| said(yaml, &answer).unwrap_err();
        assert_eq!(told("{pointer: /a/0, min: 2, max: 3}"), "/a/0 is 1, and must be a number from 2 to 3");
        assert_eq!(
            told("{pointer: /a/1/b~1c, one_of: [y, 2]}"),
            "/a/1/b~1c is \"x \\u{1b}y\", and must be one of \"y\", 2"
        );
        assert_eq!(told("{pointer: /a/1/n, equals: true}"), "/a/1/n is null, and must be true");
        assert_eq!(told("{pointer: /a/7, max: 1.5}"), "/a/7 is missing, and must be a number of at most 1.5");
        assert_eq!(told("{pointer: '', is_version: true}"), "the answer is an object, and must be the version 3");
        assert!(told("{pointer: /long, equals: y}").len() < 300);
    }

    #[test]
    fn a_comparison_without_sense_is_refused() {
        for (bad, told) in [
            ("{pointer: /a}", "needs one of"),
            ("{pointer: /a, is_version: false}", "needs one of"),
            ("{pointer: /a, equals: 1, min: 0}", "takes only one of"),
            ("{pointer: /a, equals: 1, is_version: true}", "takes only one of"),
            ("{pointer: /a, min: 2, max: 1}", "`min` is above `max`"),
            ("{pointer: a, min: 2}", "no JSON Pointer"),
            ("{pointer: /a~2, min: 2}", "no JSON Pointer"),
            ("{pointer: /a, equals: [1]}", "only a text"),
            ("{pointer: /a, one_of: [null]}", "only a text"),
            ("{pointer: /a, equal: 1}", "unknown field"),
        ] {
            assert!(read(bad).unwrap_err().contains(told), "{bad}: {:?}", read(bad));
        }
    }
}
