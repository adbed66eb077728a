//! What a JSON response must contain.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Number, Value};

use super::response::quote;
use crate::registry::Version;
use crate::secret::{REDACTED, Secrets, redact_interpolated};

/// A value of a response, and what it must be. A value that is missing, null or of another type never passes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RawAssertion")]
#[schemars(with = "RawAssertion", rename = "AnswerCheck")]
pub(super) struct Assertion {
    pointer: String,
    expected: ExpectedValue,
}

#[derive(Debug, Clone, PartialEq)]
enum ExpectedValue {
    OneOf(Vec<Scalar>),
    Between { min: Option<f64>, max: Option<f64> },
    Version,
}

/// The config of an assertion before it is validated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RawAssertion {
    /// The JSON Pointer of the value, such as `/outputs/0/data`.
    pointer: String,
    /// The value that it must have: a text, a number, `true` or `false`.
    #[serde(default)]
    equals: Option<Scalar>,
    /// The values that it may have.
    #[serde(default)]
    #[schemars(length(min = 1))]
    one_of: Option<Vec<Scalar>>,
    /// The minimum that it may be.
    #[serde(default)]
    min: Option<f64>,
    /// The maximum that it may be.
    #[serde(default)]
    max: Option<f64>,
    /// Whether it must be the version that the alias moves to, as a number or a text.
    #[serde(default)]
    is_version: bool,
}

/// A text, a number or a boolean.
#[derive(Debug, Clone, PartialEq)]
struct Scalar(Value);

impl TryFrom<RawAssertion> for Assertion {
    type Error = String;

    fn try_from(raw: RawAssertion) -> Result<Self, String> {
        let RawAssertion { pointer, equals, one_of, min, max, is_version } = raw;
        if !is_pointer(&pointer) {
            return Err(format!(
                "{pointer:?} is no JSON Pointer; write it as `/key/0/key`, `~` as `~0` and `/` in a key as `~1`"
            ));
        }
        let expected = match (equals, one_of, (min, max), is_version) {
            (Some(only), None, (None, None), false) => ExpectedValue::OneOf(vec![only]),
            (None, Some(several), (None, None), false) => ExpectedValue::OneOf(several),
            (None, None, (None, None), true) => ExpectedValue::Version,
            (None, None, (None, None), false) => {
                return Err("a comparison needs one of `equals`, `one_of`, `min`, `max` and `is_version`".into());
            }
            (None, None, (Some(min), Some(max)), false) if min > max => {
                return Err(format!("no number is from {min} to {max}: `min` is above `max`"));
            }
            (None, None, (min, max), false) => ExpectedValue::Between { min, max },
            _ => {
                return Err(
                    "a comparison takes only one of `equals`, `one_of`, `min` and `max`, and `is_version`".into()
                );
            }
        };
        Ok(Self { pointer, expected })
    }
}

/// Returns whether a text is a JSON Pointer (RFC 6901).
fn is_pointer(text: &str) -> bool {
    let has_bad_escape = text.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && !has_bad_escape
}

impl Assertion {
    /// Checks a response. Returns the value, and a sentence about it: `Ok` where the assertion holds, else `Err`.
    pub(super) fn check<'a>(
        &self,
        document: &'a Value,
        version: Version,
        secrets: &Secrets,
    ) -> (Option<&'a Value>, Result<String, String>) {
        let found = document.pointer(&self.pointer);
        let place = if self.pointer.is_empty() { "the answer" } else { &self.pointer };
        let actual = found.map_or_else(|| "missing".to_owned(), |found| describe(found, secrets));
        let result = match found.is_some_and(|value| self.expected.accepts(value, version)) {
            true => Ok(format!("{place} is {actual}")),
            false => {
                let expected = redact_interpolated(&self.expected.describe(version, secrets));
                Err(format!("{place} is {actual}, and must be {expected}"))
            }
        };
        (found, result)
    }

    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }
}

impl ExpectedValue {
    fn accepts(&self, value: &Value, version: Version) -> bool {
        match self {
            Self::OneOf(allowed) => allowed.iter().any(|Scalar(allowed)| are_equal(allowed, value)),
            Self::Between { min, max } => value.as_f64().is_some_and(|number| {
                number.is_finite() && min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
            }),
            Self::Version => {
                value.as_u64() == Some(version.get()) || value.as_str().is_some_and(|text| text == version.to_string())
            }
        }
    }

    /// Describes the value in words that follow "must be".
    fn describe(&self, version: Version, secrets: &Secrets) -> String {
        match self {
            Self::OneOf(allowed) => match allowed.as_slice() {
                [Scalar(only)] => describe(only, secrets),
                several => {
                    let several: Vec<String> = several.iter().map(|Scalar(value)| describe(value, secrets)).collect();
                    format!("one of {}", several.join(", "))
                }
            },
            Self::Between { min: Some(min), max: Some(max) } => format!("a number from {min} to {max}"),
            Self::Between { min: Some(min), max: None } => format!("a number of at least {min}"),
            Self::Between { max: Some(max), .. } => format!("a number of at most {max}"),
            Self::Between { .. } => "a number".to_owned(),
            Self::Version => format!("the version {version}"),
        }
    }
}

/// Compares two values. `1` and `1.0` are the same number; values of different types are never equal.
fn are_equal(expected: &Value, value: &Value) -> bool {
    match (expected, value) {
        (Value::Number(expected), Value::Number(value)) => {
            let is_float = |number: &Number| number.is_f64();
            if is_float(expected) || is_float(value) { expected.as_f64() == value.as_f64() } else { expected == value }
        }
        (Value::String(expected), Value::String(value)) => expected == value,
        (Value::Bool(expected), Value::Bool(value)) => expected == value,
        _ => false,
    }
}

/// Describes a value: a scalar as it is, of others only the type.
fn describe(value: &Value, secrets: &Secrets) -> String {
    match value {
        Value::String(text) => format!("{:?}", quote(text, secrets)),
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

    fn parse(yaml: &str) -> Result<Assertion, String> {
        serde_yaml::from_str(yaml).map_err(|error| error.to_string())
    }

    fn check(yaml: &str, document: &Value) -> Result<String, String> {
        parse(yaml).unwrap().check(document, Version::new(3).unwrap(), &Secrets::default()).1
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
        for (expected, value, passes) in cases {
            let assertion = format!("{{pointer: /a, {expected}}}");
            assert_eq!(check(&assertion, &json!({ "a": value })).is_ok(), passes, "{expected} {value}");
            assert!(check(&assertion, &json!({ "b": value })).is_err(), "{expected}: missing");
        }
    }

    #[test]
    fn a_violation_names_both_values() {
        let document = json!({ "a": [1, { "b/c": "x\n\u{1b}y", "n": null }], "long": "x".repeat(999) });
        let refusal = |yaml: &str| check(yaml, &document).unwrap_err();
        assert_eq!(refusal("{pointer: /a/0, min: 2, max: 3}"), "/a/0 is 1, and must be a number from 2 to 3");
        assert_eq!(
            refusal("{pointer: /a/1/b~1c, one_of: [y, 2]}"),
            "/a/1/b~1c is \"x \\u{1b}y\", and must be one of \"y\", 2"
        );
        assert_eq!(refusal("{pointer: /a/1/n, equals: true}"), "/a/1/n is null, and must be true");
        assert_eq!(refusal("{pointer: /a/7, max: 1.5}"), "/a/7 is missing, and must be a number of at most 1.5");
        assert_eq!(refusal("{pointer: '', is_version: true}"), "the answer is an object, and must be the version 3");
        assert!(refusal("{pointer: /long, equals: y}").len() < 300);
    }

    #[test]
    fn a_contradictory_assertion_is_refused() {
        for (bad, error) in [
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
            assert!(parse(bad).unwrap_err().contains(error), "{bad}: {:?}", parse(bad));
        }
    }
}
