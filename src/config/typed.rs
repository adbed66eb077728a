//! Text from outside a file, typed by the field it lands in.

use figment::value::{Empty, Tag, Value};

use super::fields::Field;
use super::words::quoted;
use super::yaml;

/// Types a text by its field; where text itself is allowed it stays text, so `007` keeps its zeros.
///
/// # Errors
/// What the field expects, and the text unless it must not be shown; and where the text is [no value](no_value).
pub(super) fn typed(text: &str, field: Field<'_>, shown: bool) -> Result<Value, String> {
    if let Some(message) = no_value(text, field) {
        return Err(message);
    }
    if field.accepts("string") {
        return Ok(text.into());
    }
    let value = scalar(text, field).or_else(|| collection(text, field));
    if value.as_ref().is_some_and(holds_null) {
        return Err(NULL_FROM_OUTSIDE.to_owned());
    }
    value.ok_or_else(|| {
        // What was meant as a collection may hold a secret at any depth.
        let shown = shown && !field.accepts("object") && !field.accepts("array");
        let found = if shown { format!("text {}", quoted(text)) } else { "other text".to_owned() };
        format!("expected {}, found {found}", field.expected())
    })
}

/// Types the default of an interpolation, which is written in a config: there, a `null` means that nothing is given.
///
/// # Errors
/// As [`typed`].
pub(super) fn typed_default(text: &str, field: Field<'_>) -> Result<Value, String> {
    let nothing: &[&str] = if field.accepts("string") { &["null"] } else { &["", "null", "~"] };
    match field.accepts("null") && nothing.contains(&text) {
        true => Ok(Value::Empty(Tag::Default, Empty::Unit)),
        false if field.accepts("string") => Ok(text.into()),
        false => typed(text, field, false),
    }
}

/// What a null is refused with that is no part of a file.
pub(super) const NULL_FROM_OUTSIDE: &str =
    "a null from outside of a config file is no value: only one that is written in a file means that nothing is given";

/// Says why a text from outside is no value of a field. What is left of a variable that nobody set must not drop a
/// guard, or choose a default: a field that is not made of people's words takes neither `null` nor nothing.
pub(super) fn no_value(text: &str, field: Field<'_>) -> Option<String> {
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

/// Returns whether a null stands anywhere in a value.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Empty(..) => true,
        Value::Dict(_, dict) => dict.values().any(holds_null),
        Value::Array(_, items) => items.iter().any(holds_null),
        _ => false,
    }
}

fn scalar(text: &str, field: Field<'_>) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_whole && (field.accepts("integer") || field.accepts("number")) {
        return text.parse::<u64>().map(Value::from).or_else(|_| text.parse::<i64>().map(Value::from)).ok();
    }
    if field.accepts("number") {
        return text.parse::<f64>().ok().map(Value::from);
    }
    if field.accepts("boolean") {
        return match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true.into()),
            "false" | "0" => Some(false.into()),
            _ => None,
        };
    }
    None
}

fn collection(text: &str, field: Field<'_>) -> Option<Value> {
    let value = yaml::parse(text).ok()?;
    let fits = match value {
        Value::Dict(..) => field.accepts("object"),
        Value::Array(..) => field.accepts("array"),
        _ => false,
    };
    fits.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &[&str], text: &str) -> Result<Value, String> {
        let schema = super::super::schema();
        let path: Vec<String> = key.iter().map(|key| (*key).to_owned()).collect();
        let field = Field::top(&schema).at(&path, &Value::from(0)).unwrap();
        typed(text, field, true)
    }

    #[test]
    fn a_text_gets_the_type_of_its_field() {
        assert_eq!(read(&["job", "alias"], "007"), Ok("007".into()));
        assert_eq!(read(&["job", "message"], "null"), Ok("null".into()));
        assert_eq!(read(&["job", "message"], ""), Ok("".into()));
        assert_eq!(read(&["job", "record"], "TRUE"), Ok(true.into()));
        assert_eq!(read(&["job", "record"], "0"), Ok(false.into()));
        assert_eq!(read(&["services", "alerts", "timeout"], "5"), Ok(5u64.into()));
        assert_eq!(read(&["services", "mlflow", "http_request_backoff_jitter"], "0.5"), Ok(0.5.into()));
        assert!(matches!(read(&["job", "tags"], "{a: b}"), Ok(Value::Dict(..))));
        assert!(matches!(read(&["jobs"], "[{KIND: PromotionJob}]"), Ok(Value::Array(..))));
    }

    #[test]
    fn a_text_that_means_nothing_is_refused_unless_it_is_the_default_in_a_config() {
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
                assert!(read(field, text).unwrap_err().contains("is no value here"), "{field:?} {text:?}");
            }
        }
        for field in [&fields[3..], &[&["job", "tags"]]].concat() {
            assert!(read(field, "").is_err(), "{field:?}");
        }
        assert_eq!(read(&["job"], "{KIND: PromotionJob, expect: }").unwrap_err(), NULL_FROM_OUTSIDE);
        let schema = super::super::schema();
        let path = ["job", "expect"].map(str::to_owned);
        let version = Field::top(&schema).at(&["job", "version"].map(str::to_owned), &Value::from(0)).unwrap();
        assert!(matches!(typed_default("null", version), Ok(Value::Empty(..))));
        assert!(Field::top(&schema).at(&path, &Value::from(0)).is_some());
    }

    #[test]
    fn a_text_that_does_not_fit_says_what_would() {
        let told = read(&["services", "alerts", "timeout"], "soon").unwrap_err();
        assert_eq!(told, "expected a whole number from 1 to 3600, found text \"soon\"");
        assert_eq!(read(&["job", "record"], "yes").unwrap_err(), "expected true or false, found text \"yes\"");
        let told = read(&["services"], "{mlflow: {tracking_token: hunter2}").unwrap_err();
        assert_eq!(told, "expected a mapping, found other text");
    }
}
