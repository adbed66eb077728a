//! Text from outside: from a server, a registry, a program or a variable.

use std::borrow::Cow;
use std::fmt;

use super::escape::escape_line;
use super::truncate::{longest_prefix, longest_suffix};
use crate::secret::{Scope, Secrets, redact_foreign, redact_userinfo};

/// A text from outside. The whole text can be compared, but it is displayed only in a form that is safe within a line.
///
/// `Display` redacts the secrets of the run, truncates the text, and then escapes it. So the text cannot break or forge
/// a line, move a cursor, change the reading direction, hide a part of itself, or be a command to the CI system that
/// reads the line.
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
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), limit: None }
    }

    /// Wraps bytes that should be UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(String::from_utf8_lossy(bytes))
    }

    /// Returns the text as it came. Compare it; never show it.
    pub fn as_raw(&self) -> &str {
        &self.text
    }

    /// Also redacts secrets that are known only for this text.
    #[must_use]
    pub fn hide(self, secrets: &Secrets) -> Self {
        Self { text: secrets.hide(&self.text, Scope::Value).into_owned(), ..self }
    }

    /// Joins the words of the text with single spaces on one line.
    #[must_use]
    pub fn on_one_line(self) -> Self {
        // Redacts first, because a secret with two spaces would not be found afterwards.
        let text = self.redacted().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, ..self }
    }

    /// Shows at most the first `most` characters, then an ellipsis.
    #[must_use]
    pub fn cut(self, most: usize) -> Self {
        Self { limit: Some(Limit::First(most)), ..self }
    }

    /// Shows at most the last `most` characters, of which an ellipsis is the first.
    #[must_use]
    pub fn cut_start(self, most: usize) -> Self {
        Self { limit: Some(Limit::Last(most)), ..self }
    }

    /// Returns whether there is nothing to show.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Returns the text without secrets. It is not escaped yet.
    pub(crate) fn redacted(&self) -> String {
        redact_userinfo(&redact_foreign(&self.text))
    }

    /// Formats the text with an escape. A limit counts characters after escaping, and never cuts an escape in half.
    fn format(&self, escape: impl Fn(&str) -> Cow<'_, str>) -> String {
        let text = self.redacted();
        let width = |c: char| escape(c.encode_utf8(&mut [0; 4])).chars().count();
        let is_longer = |most: usize| text.chars().map(width).sum::<usize>() > most;
        match self.limit {
            Some(Limit::First(most)) if is_longer(most) => {
                format!("{}…", escape(longest_prefix(&text, most, width)))
            }
            Some(Limit::Last(most)) if is_longer(most) => {
                format!("…{}", escape(longest_suffix(&text, most.saturating_sub(1), width)))
            }
            _ => escape(&text).into_owned(),
        }
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(escape_line))
    }
}

/// Formats the text in quotes, as Rust writes it.
impl fmt::Debug for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn quote(text: &str) -> Cow<'_, str> {
            Cow::Owned(escape_line(&text.replace('\\', "\\\\").replace('"', "\\\"")).into_owned())
        }
        write!(f, "\"{}\"", self.format(quote))
    }
}

impl<T: Into<String>> From<T> for ForeignText {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::register;
    use crate::text::is_unsafe;

    fn display(text: &str) -> String {
        ForeignText::new(text).to_string()
    }

    #[test]
    fn a_text_is_redacted_then_truncated_then_escaped() {
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
        assert_eq!(display("source file://me:pw@host/x"), "source file://***@host/x");
    }

    #[test]
    fn secrets_of_the_sender_are_redacted_before_the_truncation() {
        let secrets = Secrets::new(["hunter22"]);
        assert_eq!(ForeignText::new("xx hunter22").hide(&secrets).cut(6).to_string(), "xx ***");
    }

    #[test]
    fn quotes_inside_a_quoted_text_are_escaped() {
        register("hunter22");
        assert_eq!(format!("{:?}", ForeignText::new("a\"\\\nhunter22")), r#""a\"\\\n***""#);
    }

    proptest! {
        #[test]
        fn a_formatted_text_is_safe_on_a_line(text in any::<String>()) {
            prop_assert!(!display(&text).contains(is_unsafe));
        }

        #[test]
        fn a_truncated_text_respects_its_limit(text in "[a-zé日\u{0}\u{9b}]{0,40}", most in 1..30_usize) {
            prop_assert!(ForeignText::new(text.clone()).cut(most).to_string().chars().count() <= most + 1);
            prop_assert!(ForeignText::new(text).cut_start(most).to_string().chars().count() <= most);
        }
    }
}
