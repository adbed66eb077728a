//! Escapes characters that can forge a line or have an invisible effect.

use std::borrow::Cow;

/// Escapes what can break or forge a line, and nothing else. Text from outside is a [`ForeignText`](super::ForeignText)
/// instead, which hides secrets as well.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    let is_command = text.trim_start().starts_with("::");
    // Fast path: nearly every text is plain ASCII.
    let is_plain = |byte| matches!(byte, b' '..=b'~') && byte != b'#';
    if !is_command && (text.bytes().all(is_plain) || !text.contains(is_unsafe) && !text.contains("##")) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    let command_start = if is_command { text.len() - text.trim_start().len() } else { text.len() };
    for (at, c) in text.char_indices() {
        if at == command_start || c == '#' && line.ends_with('#') && opens_command(&text[at + 1..]) {
            line.push('\\');
        }
        if is_unsafe(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    Cow::Owned(line)
}

/// Escapes invisible characters, terminal controls and CI commands inside a line the way JSON does. Line ends, tabs and
/// colour sequences stay, so a whole document or log can pass through it.
pub fn escape_invisible(text: &str) -> Cow<'_, str> {
    let acts = |c: char| is_invisible(c) || matches!(c, '\u{7f}'..='\u{9f}');
    if !text.contains("##") && (text.is_ascii() && !text.contains('\u{7f}') || !text.contains(acts)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let is_command = c == '#' && text[..at].ends_with('#') && opens_command(&text[at + 1..]);
        match is_command || acts(c) {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}"))),
            false => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Returns whether a character can break a line, move a cursor, change the reading direction or be invisible.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// Returns whether a character other than a control can end a line, change the reading direction or be invisible.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether the text after `##` makes it a command to a CI system, such as `##[error]` or `##vso[x]`.
fn opens_command(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_characters_that_break_or_forge_a_line_are_escaped() {
        for harmless in ["it's \"Fahrräder\" 日本\\ 🚲 a::b # ## x", "plain"] {
            assert_eq!(escape_line(harmless), harmless);
        }
        assert_eq!(escape_line("bikes\nother\u{1b}[2J\u{9b}2J"), "bikes\\nother\\u{1b}[2J\\u{9b}2J");
        assert_eq!(escape_line("a\u{202e}b\u{2066}c\u{200b}d\u{2028}e"), "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{2028}e");
    }

    #[test]
    fn ci_commands_are_escaped() {
        assert_eq!(escape_line("::stop-commands::x"), "\\::stop-commands::x");
        assert_eq!(escape_line("  ::error::x"), "  \\::error::x");
        assert_eq!(escape_line("x ##[error]y ##vso[z] ###[w]"), "x #\\#[error]y #\\#vso[z] ##\\#[w]");
    }

    #[test]
    fn a_whole_document_becomes_safe_and_keeps_its_meaning() {
        let text = "a \u{1b}[1m##[error] ##x\n\u{9b}\u{7f}";
        assert_eq!(escape_invisible(text), "a \u{1b}[1m#\\u0023[error] ##x\n\\u009b\\u007f");
        let document = serde_json::to_string("##vso[x]\u{9b}\u{e0041}").unwrap();
        assert_eq!(serde_json::from_str::<String>(&escape_invisible(&document)).unwrap(), "##vso[x]\u{9b}\u{e0041}");
    }

    proptest! {
        #[test]
        fn an_escaped_line_is_safe_and_is_not_escaped_twice(
            text in any::<String>(),
            odd in "[\u{0}-\u{20}:#\\[a\u{80}-\u{9f}\u{200b}-\u{202e}]{0,20}",
        ) {
            for text in [text.clone(), odd.clone(), odd + &text] {
                let line = escape_line(&text);
                prop_assert!(!line.contains(is_unsafe), "{line:?}");
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?}");
                prop_assert_eq!(&escape_line(&line), &line);
            }
        }
    }
}
