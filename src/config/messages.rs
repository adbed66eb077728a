//! The words of error messages.

use std::borrow::Cow;

use figment::error::Actual;

use super::node::Value;
use crate::secret::redact_userinfo;
use crate::text::truncate;

/// The longest value that a message repeats, in characters.
const LONGEST: usize = 60;

/// Describes a value: its type, and the value itself if it may be shown.
pub(super) fn describe_value(value: &Value, is_shown: bool) -> String {
    match value {
        Value::Text(text) if is_shown => format!("text {}", quote(text)),
        Value::Bool(truth) if is_shown => truth.to_string(),
        Value::Number(number) if is_shown => number.to_string(),
        Value::Text(_) => "text".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Null => "nothing (null)".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
        Value::List(_) => "a list".to_owned(),
    }
}

/// Describes what a deserializer met instead of what it expected.
pub(super) fn describe_actual(actual: &Actual, shown: bool) -> String {
    match actual {
        Actual::Bool(truth) if shown => truth.to_string(),
        Actual::Unsigned(number) if shown => number.to_string(),
        Actual::Signed(number) if shown => number.to_string(),
        Actual::Float(number) if shown => format!("{number:?}"),
        Actual::Str(text) if shown => format!("text {}", quote(text)),
        Actual::Bool(_) => "true or false".to_owned(),
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number".to_owned(),
        Actual::Str(_) | Actual::Char(_) => "text".to_owned(),
        Actual::Unit | Actual::Option => "nothing (null)".to_owned(),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a mapping".to_owned(),
        _ => "something else".to_owned(),
    }
}

/// Quotes a text for a message. An address loses its login, and a long text its end.
pub(super) fn quote(text: &str) -> String {
    let text = redact_userinfo(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Cuts the end off a long text.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    truncate(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_message_is_short_and_without_a_login() {
        assert_eq!(quote("http://me:pw@host"), "\"http://***@host\"");
        assert!(quote(&"x".repeat(1000)).chars().count() < 70);
    }
}
