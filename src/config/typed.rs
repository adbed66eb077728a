//! Text from outside a file, typed by the field it lands in.

use figment::value::{Empty, Tag, Value};

use super::fields::Field;
use super::words::quoted;
use super::yaml;

/// Types a text by its field; where text itself is allowed it stays text, so `007` keeps its zeros. Only `null` is
/// nothing where nothing is allowed.
///
/// # Errors
/// What the field expects, and the text unless it must not be shown.
pub(super) fn typed(text: &str, field: Field<'_>, shown: bool) -> Result<Value, String> {
    let nothing: &[&str] = if field.accepts("string") { &["null"] } else { &["", "null", "~"] };
    if field.accepts("null") && nothing.contains(&text) {
        return Ok(Value::Empty(Tag::Default, Empty::Unit));
    }
    if field.accepts("string") {
        return Ok(text.into());
    }
    scalar(text, field).or_else(|| collection(text, field)).ok_or_else(|| {
        // What was meant as a collection may hold a secret at any depth.
        let shown = shown && !field.accepts("object") && !field.accepts("array");
        let found = if shown { format!("text {}", quoted(text)) } else { "other text".to_owned() };
        format!("expected {}, found {found}", field.expected())
    })
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
        assert!(matches!(read(&["job", "message"], "null"), Ok(Value::Empty(..))));
        assert!(matches!(read(&["job", "version"], "null"), Ok(Value::Empty(..))));
        assert_eq!(read(&["job", "message"], ""), Ok("".into()));
        assert_eq!(read(&["job", "alias"], "null"), Ok("null".into()));
        assert_eq!(read(&["job", "record"], "TRUE"), Ok(true.into()));
        assert_eq!(read(&["job", "record"], "0"), Ok(false.into()));
        assert_eq!(read(&["services", "alerts", "timeout"], "5"), Ok(5u64.into()));
        assert_eq!(read(&["services", "mlflow", "http_request_backoff_jitter"], "0.5"), Ok(0.5.into()));
        assert!(matches!(read(&["services", "logger", "colorize"], "~"), Ok(Value::Empty(..))));
        assert!(matches!(read(&["job", "tags"], "{a: b}"), Ok(Value::Dict(..))));
        assert!(matches!(read(&["jobs"], "[{KIND: PromotionJob}]"), Ok(Value::Array(..))));
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
