//! Coerces texts from variables, arguments and interpolations to the type of their field.

use super::diagnostic::Problem;
use super::interpolate::expand;
use super::messages::quote;
use super::node::{Node, Number, SourceId, Value};
use super::reader::{self, Format};
use super::schema_node::SchemaNode;
use super::source_map::SourceMap;

/// The error for a null that does not come from a file.
pub(super) const NULL_FROM_OUTSIDE: &str =
    "a null from outside of a config file is no value: only one that is written in a file means that nothing is given";

/// A value after interpolation.
pub(super) struct Filled {
    pub(super) value: Value,
    /// Whether the value contains text from a variable or file, which errors must not show.
    pub(super) is_hidden: bool,
}

/// Interpolates a text. A text that is exactly one interpolation is coerced to the type of its field.
///
/// # Errors
/// The problem of the interpolation or of its value.
pub(super) fn fill_in(
    sources: &SourceMap<'_>,
    text: &str,
    place: Option<SchemaNode<'_>>,
    source: SourceId,
) -> Result<Filled, Problem> {
    let expanded = expand(text, sources.inputs(), place.is_some_and(SchemaNode::is_template))?;
    let (text, is_hidden) = (expanded.text, expanded.is_hidden);
    let value = match place {
        Some(place) if expanded.is_whole && expanded.is_written => coerce_default(&text, place, source)?,
        Some(place) if expanded.is_whole => coerce(&text, place, source, false)?,
        Some(place) if expanded.is_foreign && !expanded.is_written => match no_value(&text, place) {
            Some(message) => return Err(message.into()),
            None => Value::Text(text),
        },
        _ => Value::Text(text),
    };
    Ok(Filled { value, is_hidden })
}

/// Coerces a text to the type of its field. A field that accepts text keeps it unchanged, so `007` keeps its zeros.
///
/// # Errors
/// What the field expects, with the text if it may be shown. A text that is [no value](no_value) is an error too.
pub(super) fn coerce(text: &str, field: SchemaNode<'_>, source: SourceId, is_shown: bool) -> Result<Value, String> {
    if let Some(message) = no_value(text, field) {
        return Err(message);
    }
    if field.accepts("string") {
        return Ok(Value::Text(text.to_owned()));
    }
    let value = scalar(text, field).or_else(|| collection(text, field, source));
    if value.as_ref().is_some_and(holds_null) {
        return Err(NULL_FROM_OUTSIDE.to_owned());
    }
    value.ok_or_else(|| {
        // A text that should be a collection may contain a secret at any depth.
        let is_shown = is_shown && !field.accepts("object") && !field.accepts("array");
        let found = if is_shown { format!("text {}", quote(text)) } else { "other text".to_owned() };
        format!("expected {}, found {found}", field.expected())
    })
}

/// Coerces the default of an interpolation. The default is written in a config, so a `null` unsets the field.
///
/// # Errors
/// As [`coerce`].
fn coerce_default(text: &str, field: SchemaNode<'_>, source: SourceId) -> Result<Value, String> {
    let nothing: &[&str] = if field.accepts("string") { &["null"] } else { &["", "null", "~"] };
    match field.accepts("null") && nothing.contains(&text) {
        true => Ok(Value::Null),
        false if field.accepts("string") => Ok(Value::Text(text.to_owned())),
        false => coerce(text, field, source, false),
    }
}

/// Explains why an empty or `null` text from outside is not a value. An unset variable must not switch off a check or
/// select a default, so only free text may be empty or `null`.
fn no_value(text: &str, field: SchemaNode<'_>) -> Option<String> {
    if field.is_free_text() {
        return None;
    }
    match text.trim() {
        "" if !field.accepts("string") || field.accepts("null") || field.is_secret() || field.is_address() => {
            Some("an empty text is no value here: the variable that it comes from may not be set".to_owned())
        }
        word @ ("null" | "Null" | "NULL" | "~") => Some(format!(
            "the text `{word}` is no value here: the variable that it comes from may not be set; only a `null` that is \
             written in a config file means that nothing is given"
        )),
        _ => None,
    }
}

/// Returns whether a value contains a null at any depth.
fn holds_null(value: &Value) -> bool {
    let is_null = |node: &Node| holds_null(&node.value);
    match value {
        Value::Null => true,
        Value::Map(map) => map.values().any(|entry| is_null(&entry.node)),
        Value::List(items) => items.iter().any(is_null),
        _ => false,
    }
}

fn scalar(text: &str, field: SchemaNode<'_>) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_whole && (field.accepts("integer") || field.accepts("number")) {
        text.parse().map(Number::Unsigned).or_else(|_| text.parse().map(Number::Negative)).ok()
    } else if field.accepts("number") {
        text.parse().map(Number::Float).ok()
    } else if field.accepts("boolean") {
        return match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        };
    } else {
        None
    };
    number.map(Value::Number)
}

fn collection(text: &str, field: SchemaNode<'_>, source: SourceId) -> Option<Value> {
    let parsed = reader::read(text, Format::Yaml, source);
    let value = parsed.root.filter(|_| parsed.faults.is_empty())?.value;
    let fits = match value {
        Value::Map(_) => field.accepts("object"),
        Value::List(_) => field.accepts("array"),
        _ => false,
    };
    fits.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coerced(key: &[&str], text: &str) -> Result<Value, String> {
        let schema = super::super::schema();
        let path: Vec<String> = key.iter().map(|key| (*key).to_owned()).collect();
        let field = SchemaNode::top(&schema).at(&path, None).unwrap();
        coerce(text, field, SourceId::default(), true)
    }

    #[test]
    fn a_text_is_coerced_to_the_type_of_its_field() {
        assert_eq!(coerced(&["job", "alias"], "007"), Ok(Value::Text("007".to_owned())));
        assert_eq!(coerced(&["job", "message"], "null"), Ok(Value::Text("null".to_owned())));
        assert_eq!(coerced(&["job", "message"], ""), Ok(Value::Text(String::new())));
        assert_eq!(coerced(&["job", "record"], "TRUE"), Ok(Value::Bool(true)));
        assert_eq!(coerced(&["job", "record"], "0"), Ok(Value::Bool(false)));
        assert_eq!(coerced(&["services", "alerts", "timeout"], "5"), Ok(Value::Number(Number::Unsigned(5))));
        assert_eq!(
            coerced(&["services", "mlflow", "http_request_backoff_jitter"], "0.5"),
            Ok(Value::Number(Number::Float(0.5)))
        );
        assert!(matches!(coerced(&["job", "tags"], "{a: b}"), Ok(Value::Map(_))));
        assert!(matches!(coerced(&["jobs"], "[{KIND: PromotionJob}]"), Ok(Value::List(_))));
    }

    #[test]
    fn a_null_text_is_refused_unless_it_is_a_default_in_a_config() {
        let fields: [&[&str]; 6] = [
            &["job", "version"],
            &["job", "expect"],
            &["job", "alias"],
            &["services", "mlflow", "tracking_uri"],
            &["services", "mlflow", "tracking_token"],
            &["services", "logger", "colorize"],
        ];
        for field in fields {
            for text in ["null", "Null", "NULL", "~", " null\n"] {
                assert!(coerced(field, text).unwrap_err().contains("is no value here"), "{field:?} {text:?}");
            }
        }
        for field in [&fields[3..], &[&["job", "tags"]]].concat() {
            assert!(coerced(field, "").is_err(), "{field:?}");
        }
        assert_eq!(coerced(&["job"], "{KIND: PromotionJob, expect: }").unwrap_err(), NULL_FROM_OUTSIDE);
        let schema = super::super::schema();
        let path = ["job", "expect"].map(str::to_owned);
        let version = SchemaNode::top(&schema).at(&["job", "version"].map(str::to_owned), None).unwrap();
        assert!(matches!(coerce_default("null", version, SourceId::default()), Ok(Value::Null)));
        assert!(SchemaNode::top(&schema).at(&path, None).is_some());
    }

    #[test]
    fn a_text_of_the_wrong_type_is_refused_with_the_expected_type() {
        let message = coerced(&["services", "alerts", "timeout"], "soon").unwrap_err();
        assert_eq!(message, "expected a whole number from 1 to 3600, found text \"soon\"");
        assert_eq!(coerced(&["job", "record"], "yes").unwrap_err(), "expected true or false, found text \"yes\"");
        let message = coerced(&["services"], "{mlflow: {tracking_token: hunter2}").unwrap_err();
        assert_eq!(message, "expected a mapping, found other text");
    }
}
