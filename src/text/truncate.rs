//! Truncates text with an ellipsis.

use std::borrow::Cow;

/// Truncates a text after `most` characters and appends an ellipsis; a shorter text is unchanged.
pub fn truncate(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Truncates a text so that the widths of its characters, the ellipsis counted as one, add up to at most `most`.
pub fn truncate_to_fit(text: &str, most: usize, width: impl Fn(char) -> usize) -> Cow<'_, str> {
    if longest_prefix(text, most, &width).len() == text.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", longest_prefix(text, most.saturating_sub(1), width)))
}

/// Returns the longest prefix whose characters have widths that add up to at most `most`.
pub(super) fn longest_prefix(text: &str, most: usize, width: impl Fn(char) -> usize) -> &str {
    &text[..fitting_bytes(text.chars(), most, width)]
}

/// Returns the longest suffix whose characters have widths that add up to at most `most`.
pub(super) fn longest_suffix(text: &str, most: usize, width: impl Fn(char) -> usize) -> &str {
    &text[text.len() - fitting_bytes(text.chars().rev(), most, width)..]
}

fn fitting_bytes(chars: impl Iterator<Item = char>, most: usize, width: impl Fn(char) -> usize) -> usize {
    let mut used = 0;
    let fits = |c: &char| {
        used += width(*c);
        used <= most
    };
    chars.take_while(fits).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_ends_in_an_ellipsis() {
        assert_eq!(truncate("日本語", 3), "日本語");
        assert_eq!(truncate("日本語!", 3), "日本語…");
        assert_eq!(truncate_to_fit("日本語", 3, char::len_utf16), "日本語");
        assert_eq!(truncate_to_fit("日本語!", 3, char::len_utf16), "日本…");
        assert_eq!(truncate_to_fit("🚲🚲🚲", 5, char::len_utf16), "🚲🚲…");
    }

    proptest! {
        #[test]
        fn a_truncated_text_fits(text in any::<String>(), most in 1..50_usize) {
            prop_assert!(truncate_to_fit(&text, most, char::len_utf16).encode_utf16().count() <= most);
        }
    }
}
