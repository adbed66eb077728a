//! Text that came from outside: from a server, a registry, a program, a variable.

use std::borrow::Cow;
use std::fmt;

use crate::redact::{Scope, Secrets, redact_foreign};
use crate::secret::redact_userinfo;

/// A text from outside, whole and as it came. It can be compared, and shown only as what is safe on a line.
///
/// What is shown has no secret of the run in it, is then cut to the length that is wanted, and is escaped last: it can
/// neither break nor forge a line, move a cursor, turn the reading direction, hide a part of itself, nor be a command to
/// the CI system that reads the line.
///
/// ```
/// use runner::foreign_text::ForeignText;
/// assert_eq!(ForeignText::new("bikes\nINFO promoted").to_string(), "bikes\\nINFO promoted");
/// assert_eq!(ForeignText::new("::stop-commands::x").to_string(), "\\::stop-commands::x");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignText {
    text: String,
    limit: Option<Limit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Limit {
    First(usize),
    Last(usize),
}

impl ForeignText {
    /// Takes a text as it came.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), limit: None }
    }

    /// Takes bytes that should be UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(String::from_utf8_lossy(bytes))
    }

    /// Returns the text as it came, to be compared and never to be shown.
    pub fn as_raw(&self) -> &str {
        &self.text
    }

    /// Hides what only the sender of this text knows beside the secrets of the run.
    #[must_use]
    pub fn hide(self, secrets: &Secrets) -> Self {
        Self { text: secrets.hide(&self.text, Scope::Value).into_owned(), ..self }
    }

    /// Makes the text one line whose words are parted by one space each.
    #[must_use]
    pub fn on_one_line(self) -> Self {
        // Hidden first: a secret with two spaces in it would not be known again.
        let text = self.redacted().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, ..self }
    }

    /// Shows no more than the first characters; one that is cut ends in an ellipsis.
    #[must_use]
    pub fn cut(self, most: usize) -> Self {
        Self { limit: Some(Limit::First(most)), ..self }
    }

    /// Shows no more than the last characters; one that is cut begins with an ellipsis.
    #[must_use]
    pub fn cut_start(self, most: usize) -> Self {
        Self { limit: Some(Limit::Last(most)), ..self }
    }

    /// Returns whether there is nothing to show.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Returns the text without secrets.
    pub(crate) fn redacted(&self) -> String {
        redact_userinfo(&redact_foreign(&self.text))
    }

    /// Returns what is shown. A limit counts what is shown, and no escape is cut in half.
    fn shown(&self, escape: impl Fn(&str) -> Cow<'_, str>) -> String {
        let text = self.redacted();
        let width = |c: char| escape(c.encode_utf8(&mut [0; 4])).chars().count();
        let is_longer = |most: usize| text.chars().map(width).sum::<usize>() > most;
        let fitting = |chars: &mut dyn Iterator<Item = char>, most: usize| -> Vec<char> {
            let within = |used: &mut usize, c: char| {
                *used += width(c);
                (*used <= most).then_some(c)
            };
            chars.scan(0, within).collect()
        };
        match self.limit {
            Some(Limit::First(most)) if is_longer(most) => {
                let kept: String = fitting(&mut text.chars(), most).into_iter().collect();
                format!("{}…", escape(&kept))
            }
            Some(Limit::Last(most)) if is_longer(most) => {
                let kept: String = fitting(&mut text.chars().rev(), most.saturating_sub(1)).into_iter().rev().collect();
                format!("…{}", escape(&kept))
            }
            _ => escape(&text).into_owned(),
        }
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(escaped))
    }
}

/// Shows the text in quotes, as Rust writes it.
impl fmt::Debug for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn in_quotes(text: &str) -> Cow<'_, str> {
            Cow::Owned(escaped(&text.replace('\\', "\\\\").replace('"', "\\\"")).into_owned())
        }
        write!(f, "\"{}\"", self.shown(in_quotes))
    }
}

impl<T: Into<String>> From<T> for ForeignText {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

/// Escapes what could break or forge a line, and nothing else.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) && !text.contains("##") && !text.trim_start().starts_with("::") {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    let is_command = text.trim_start().starts_with("::");
    let commands_at = if is_command { text.len() - text.trim_start().len() } else { text.len() };
    for (at, c) in text.char_indices() {
        if at == commands_at || c == '#' && line.ends_with('#') && opens_command(&text[at + 1..]) {
            line.push('\\');
        }
        if is_unsafe(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    Cow::Owned(line)
}

/// Escapes, as JSON does, the characters that act on a terminal or a reader unseen, and commands to a CI system within a
/// line; those that end lines, tabs and the sequences that colour a line stay.
pub(crate) fn escape_unseen(text: &str) -> Cow<'_, str> {
    let acts = |c: char| is_unseen(c) || matches!(c, '\u{7f}'..='\u{9f}');
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

/// Returns whether a character can break a line, move a cursor, turn the reading direction, or be there unseen.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control() || is_unseen(c)
}

/// Returns whether a character of text can end a line, turn the reading direction, or be there unseen.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether what follows two `#` makes them a command to a CI system, such as `##[error]` or `##vso[x]`.
fn opens_command(rest: &str) -> bool {
    rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::register;

    fn shown(text: &str) -> String {
        ForeignText::new(text).to_string()
    }

    #[test]
    fn only_what_could_break_or_forge_a_line_is_escaped() {
        assert_eq!(shown("it's \"Fahrräder\" 日本\\ 🚲 a::b # ## x"), "it's \"Fahrräder\" 日本\\ 🚲 a::b # ## x");
        assert_eq!(shown("bikes\nother\u{1b}[2J\u{9b}2J"), "bikes\\nother\\u{1b}[2J\\u{9b}2J");
        assert_eq!(shown("a\u{202e}b\u{2066}c\u{200b}d\u{2028}e"), "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{2028}e");
    }

    #[test]
    fn a_whole_document_is_safe_and_says_the_same() {
        let text = "a \u{1b}[1m##[error] ##x\n\u{9b}\u{7f}";
        assert_eq!(escape_unseen(text), "a \u{1b}[1m#\\u0023[error] ##x\n\\u009b\\u007f");
        let document = serde_json::to_string("##vso[x]\u{9b}\u{e0041}").unwrap();
        assert_eq!(serde_json::from_str::<String>(&escape_unseen(&document)).unwrap(), "##vso[x]\u{9b}\u{e0041}");
    }

    #[test]
    fn no_ci_system_reads_a_command() {
        assert_eq!(shown("::stop-commands::x"), "\\::stop-commands::x");
        assert_eq!(shown("  ::error::x"), "  \\::error::x");
        assert_eq!(shown("x ##[error]y ##vso[z] ###[w]"), "x #\\#[error]y #\\#vso[z] ##\\#[w]");
    }

    #[test]
    fn secrets_are_hidden_then_it_is_cut_then_it_is_escaped() {
        register("hunter22");
        let long = format!("{}hunter22", "x".repeat(6));
        assert_eq!(ForeignText::new(&long).cut(10).to_string(), "xxxxxx***");
        assert_eq!(ForeignText::new(&long).cut(8).to_string(), "xxxxxx**…");
        assert_eq!(ForeignText::new(format!("hunter22{long}")).cut_start(9).to_string(), "…xxxxx***");
        assert_eq!(ForeignText::new("ab\n\n").cut(4).to_string(), "ab\\n…");
        assert_eq!(ForeignText::new("ab\n\n").cut(3).to_string(), "ab…");
        assert_eq!(ForeignText::new("\n\nab").cut_start(5).to_string(), "…\\nab");
        assert_eq!(ForeignText::new("\n\nab").cut_start(6).to_string(), "\\n\\nab");
        assert_eq!(ForeignText::new("a\n hunter22\u{1b}").on_one_line().to_string(), "a ***\\u{1b}");
        assert_eq!(shown("source file://me:pw@host/x"), "source file://***@host/x");
    }

    #[test]
    fn what_only_its_sender_knows_is_hidden_first() {
        let secrets = Secrets::new(["hunter22"]);
        assert_eq!(ForeignText::new("xx hunter22").hide(&secrets).cut(6).to_string(), "xx ***");
    }

    #[test]
    fn in_quotes_it_is_one_text() {
        register("hunter22");
        assert_eq!(format!("{:?}", ForeignText::new("a\"\\\nhunter22")), r#""a\"\\\n***""#);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_safe_on_a_line(text in any::<String>(), odd in "[\u{0}-\u{20}:#\\[a\u{80}-\u{9f}\u{200b}-\u{202e}]{0,20}") {
            for text in [text.clone(), odd.clone(), odd + &text] {
                let line = shown(&text);
                prop_assert!(!line.contains(is_unsafe), "{line:?}");
                prop_assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?}");
                prop_assert_eq!(escaped(&line), line.as_str());
            }
        }

        #[test]
        fn a_cut_text_is_no_longer_than_was_asked(text in "[a-zé日\u{0}\u{9b}]{0,40}", most in 1..30_usize) {
            prop_assert!(ForeignText::new(text.clone()).cut(most).to_string().chars().count() <= most + 1);
            prop_assert!(ForeignText::new(text).cut_start(most).to_string().chars().count() <= most);
        }
    }
}
