//! Texts made fit for where they are shown.

use serde_json::Value;

use crate::secret::redact_message;
use crate::text::{is_unsafe, truncate_to_fit};

/// Cuts a text to a length; one that is cut ends in an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> String {
    cut_escaped(text, most, |_| None)
}

/// Escapes a text and cuts the result to a length; no escape is cut in half. Lengths are counted in UTF-16, and no
/// service counts a text longer than that.
pub(super) fn cut_escaped(text: &str, most: usize, escape: impl Fn(char) -> Option<&'static str>) -> String {
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

/// Removes what a renderer hides or acts on but for line breaks: controls, marks that turn the reading direction, and
/// what is there unseen.
pub(super) fn visible(text: &str) -> String {
    text.replace(['\u{2028}', '\u{2029}'], "\n").chars().filter(|c| *c == '\n' || !is_unsafe(*c)).collect()
}

/// Returns a text as one line of printable words.
pub(super) fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Hides the login of every URL in a JSON document.
pub(super) fn without_logins(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact_message(&text)),
        Value::Array(items) => items.into_iter().map(without_logins).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, without_logins(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_escape_is_cut_in_half() {
        let escape = |c| (c == '&').then_some("&amp;");
        assert_eq!(cut_escaped("a&&", 11, escape), "a&amp;&amp;");
        assert_eq!(cut_escaped("a&&&", 11, escape), "a&amp;…");
        assert_eq!(cut_escaped("&", 3, escape), "…");
    }

    proptest! {
        #[test]
        fn what_is_cut_fits(text in any::<String>(), most in 1..50_usize) {
            let cut = cut_escaped(&text, most, |c| (c == 'a' || c == '&').then_some("&amp;"));
            prop_assert!(cut.encode_utf16().count() <= most);
        }
    }

    #[test]
    fn a_text_can_neither_break_its_line_nor_turn_its_reading_direction() {
        assert_eq!(visible("a\nb\u{1b}[2J\u{202e}c"), "a\nb[2Jc");
    }
}
