//! Texts made fit for where they are shown.

use serde_json::Value;

use crate::secret::redact_userinfo;

/// Cuts a text to a number of characters; one that is cut ends in an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// Escapes what could break or forge a line, and nothing else.
pub(super) fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Removes what a renderer hides or acts on but for line breaks: controls, and marks that turn the reading direction.
pub(super) fn visible(text: &str) -> String {
    let hidden =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !hidden(*c)).collect()
}

/// Hides the login of every URL in a JSON document.
pub(super) fn without_logins(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact_userinfo(&text)),
        Value::Array(items) => items.into_iter().map(without_logins).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, without_logins(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_characters_and_says_so() {
        assert_eq!(cut("日本語", 3), "日本語");
        assert_eq!(cut("日本語!", 3), "日本…");
        assert_eq!(cut("", 0), "");
    }

    #[test]
    fn a_text_can_neither_break_its_line_nor_turn_its_reading_direction() {
        assert_eq!(on_one_line("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(visible("a\nb\u{1b}[2J\u{202e}c"), "a\nb[2Jc");
    }
}
