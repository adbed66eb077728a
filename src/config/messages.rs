//! The words of error messages.

use figment::error::Actual;

use super::node::Value;

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
    let text = crate::secret::redact_userinfo(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Cuts the end off a long text.
pub(super) fn shorten(text: &str) -> String {
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
        assert_eq!(quote("http://me:pw@host"), "\"http://***@host\"");
        assert!(quote(&"x".repeat(1000)).chars().count() < 70);
    }
}
