//! The words of error messages.

use std::borrow::Cow;

use figment::error::Actual;
use figment::value::Value;

use super::sensitive::has_secret_word;
use crate::secret::REDACTED;
use crate::text::truncate;

/// The longest value that a message repeats, in characters.
const LONGEST: usize = 60;

/// Describes a value: its type, and the value itself unless it must not be shown.
pub(super) fn found(value: &Value, shown: bool) -> String {
    match value {
        Value::String(_, text) if shown => format!("text {}", quoted(text)),
        Value::String(..) | Value::Char(..) => "text".to_owned(),
        Value::Bool(_, truth) if shown => truth.to_string(),
        Value::Bool(..) => "true or false".to_owned(),
        Value::Num(_, number) if shown => describe(&number.to_actual(), shown),
        Value::Num(..) => "a number".to_owned(),
        Value::Empty(..) => "nothing (null)".to_owned(),
        Value::Dict(..) => "a mapping".to_owned(),
        Value::Array(..) => "a list".to_owned(),
    }
}

/// Describes what a deserializer met.
pub(super) fn describe(actual: &Actual, shown: bool) -> String {
    match actual {
        Actual::Bool(truth) if shown => truth.to_string(),
        Actual::Unsigned(number) if shown => number.to_string(),
        Actual::Signed(number) if shown => number.to_string(),
        Actual::Float(number) if shown => format!("{number:?}"),
        Actual::Str(text) if shown => format!("text {}", quoted(text)),
        Actual::Bool(_) => "true or false".to_owned(),
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number".to_owned(),
        Actual::Str(_) | Actual::Char(_) => "text".to_owned(),
        Actual::Unit | Actual::Option => "nothing (null)".to_owned(),
        Actual::Seq => "a list".to_owned(),
        Actual::Map => "a mapping".to_owned(),
        _ => "something else".to_owned(),
    }
}

/// Quotes a text for a message: URLs lose their login, and long ones their end.
pub(super) fn quoted(text: &str) -> String {
    // `tracking_token:abc` is a mapping that lacks a space.
    if text.contains([':', '=']) && has_secret_word(text) {
        return format!("{REDACTED:?}");
    }
    let text = crate::secret::redact_userinfo(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Cuts the end off a long text.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    truncate(text, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_a_message_is_short_and_without_a_login() {
        assert_eq!(quoted("http://me:pw@host"), "\"http://***@host\"");
        assert!(quoted(&"x".repeat(1000)).chars().count() < 70);
    }
}
