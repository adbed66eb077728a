//! Truncates and cleans texts for the services that show them.

use serde_json::Value;

use crate::secret::redact_message;
use crate::text::{is_unsafe, truncate_to_fit};

/// Truncates a text to a length in UTF-16 units, with an ellipsis at the end.
pub(super) fn truncate_utf16(text: &str, most: usize) -> String {
    escape_and_truncate(text, most, |_| None)
}

/// Escapes a text and truncates the result to a length in UTF-16 units. Services count in UTF-16 or in larger units, so
/// the result always fits. No escape is cut in half.
pub(super) fn escape_and_truncate(text: &str, most: usize, escape: impl Fn(char) -> Option<&'static str>) -> String {
    let width = |c: char| escape(c).map_or(c.len_utf16(), |escaped| escaped.encode_utf16().count());
    let mut cut = String::with_capacity(text.len());
    for c in truncate_to_fit(text, most, width).chars() {
        match escape(c) {
            Some(escaped) => cut.push_str(escaped),
            None => cut.push(c),
        }
    }
    cut
}

/// Removes control and invisible characters, and marks that change the reading direction. Line breaks stay.
pub(super) fn strip_invisible(text: &str) -> String {
    text.replace(['\u{2028}', '\u{2029}'], "\n").chars().filter(|c| *c == '\n' || !is_unsafe(*c)).collect()
}

/// Joins the words of a text on one line.
pub(super) fn to_one_line(text: &str) -> String {
    strip_invisible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Hides the login of every URL in a JSON document.
pub(super) fn redact_logins(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact_message(&text)),
        Value::Array(items) => items.into_iter().map(redact_logins).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, redact_logins(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_truncation_does_not_split_an_escape() {
        let escape = |c| (c == '&').then_some("&amp;");
        assert_eq!(escape_and_truncate("a&&", 11, escape), "a&amp;&amp;");
        assert_eq!(escape_and_truncate("a&&&", 11, escape), "a&amp;…");
        assert_eq!(escape_and_truncate("&", 3, escape), "…");
    }

    proptest! {
        #[test]
        fn a_truncated_text_fits(text in any::<String>(), most in 1..50_usize) {
            let cut = escape_and_truncate(&text, most, |c| (c == 'a' || c == '&').then_some("&amp;"));
            prop_assert!(cut.encode_utf16().count() <= most);
        }
    }

    #[test]
    fn control_characters_and_direction_marks_are_removed() {
        assert_eq!(strip_invisible("a\nb\u{1b}[2J\u{202e}c"), "a\nb[2Jc");
    }
}
