//! The words of error messages.

use figment::error::Actual;
use figment::value::Value;

use super::sensitive::has_secret_word;
use crate::secret::REDACTED;

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
pub(super) fn shortened(text: &str) -> String {
    text.char_indices().nth(LONGEST).map_or_else(|| text.to_owned(), |(end, _)| format!("{}…", &text[..end]))
}

/// Joins alternatives: `a`, `b` or `c`.
pub(super) fn any_of<T: AsRef<str>>(words: &[T], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [word] => word.as_ref().to_owned(),
        [words @ .., last] => {
            let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
            format!("{} {conjunction} {}", words.join(", "), last.as_ref())
        }
    }
}

/// Names the known word that a mistyped one is nearest to, or lists all that are allowed.
pub(super) fn suggestion(typed: &str, known: &[&str]) -> Option<String> {
    if let Some(name) = nearest(typed, known) {
        return Some(format!("did you mean `{name}`?"));
    }
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("expected {}", any_of(&names, "or")))
}

/// Returns the known word that a mistyped one is nearest to, if one is near enough to be meant.
pub(super) fn nearest<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let typed = typed.to_lowercase();
    let size = typed.chars().count();
    let near = known.iter().copied().filter_map(|name| {
        let lower = name.to_lowercase();
        let length = lower.chars().count();
        let limit = (size.max(length) / 3).max(1);
        // They are that far from each other at least; to find out how far exactly takes the product of the lengths.
        if size.abs_diff(length) > limit {
            return None;
        }
        let distance = strsim::damerau_levenshtein(&typed, &lower);
        (distance <= limit && distance < size).then_some((distance, name))
    });
    near.min().map(|(_, name)| name).or_else(|| only_one_with(&typed, known))
}

/// Returns the only known word that starts with a text, or has it as one of its parts.
fn only_one_with<'k>(typed: &str, known: &[&'k str]) -> Option<&'k str> {
    let has = |name: &&str| {
        let name = name.to_lowercase();
        typed.len() >= 3 && (name.starts_with(typed) || name.split('_').any(|part| part == typed))
    };
    let mut found = known.iter().copied().filter(has);
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        let known = ["alias", "version", "tracking_uri"];
        assert_eq!(nearest("alais", &known), Some("alias"));
        assert_eq!(nearest("Version", &known), Some("version"));
        assert_eq!(nearest("uri", &known), Some("tracking_uri"));
        assert_eq!(nearest("vers", &known), Some("version"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("", &known), None);
    }

    #[test]
    fn a_text_in_a_message_is_short_and_without_a_login() {
        assert_eq!(quoted("http://me:pw@host"), "\"http://***@host\"");
        assert!(quoted(&"x".repeat(1000)).chars().count() < 70);
    }
}
