//! The end of what a program said.

use std::collections::VecDeque;

use crate::redact::Secrets;
use crate::text::ForeignText;

/// How many bytes are kept.
const KEPT: usize = 2000;

/// How many lines are told.
const LINES: usize = 3;

/// How many characters are told.
const CHARS: usize = 400;

/// The last bytes of a stream.
#[derive(Default)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
    /// Whether there was more before them.
    is_cut: bool,
}

impl Tail {
    /// Adds bytes, and forgets the oldest.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let new = &bytes[bytes.len().saturating_sub(KEPT)..];
        let excess = (self.bytes.len() + new.len()).saturating_sub(KEPT);
        self.is_cut |= excess > 0 || new.len() < bytes.len();
        self.bytes.drain(..excess);
        self.bytes.extend(new);
    }

    /// Returns the last lines as one. What only this program was given, beside the secrets of the run, is hidden before
    /// anything is cut: half a secret is not known again.
    pub(crate) fn lines(&self, secrets: &Secrets) -> ForeignText {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = ForeignText::from_bytes(&bytes).hide(secrets).redacted();
        let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if self.is_cut && lines.len() > 1 {
            lines.remove(0);
        }
        let last = lines[lines.len().saturating_sub(LINES)..].join(" | ");
        ForeignText::new(last.replace(char::is_control, " ")).cut_start(CHARS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(chunks: &[&str]) -> String {
        let mut tail = Tail::default();
        for chunk in chunks {
            tail.push(chunk.as_bytes());
        }
        tail.lines(&Secrets::default()).to_string()
    }

    #[test]
    fn the_last_lines_are_told_as_one() {
        assert_eq!(told(&["one\ntwo\n", "thr", "ee\n\n  four \r\n", "\n"]), "two | three | four");
        assert_eq!(told(&[]), "");
    }

    #[test]
    fn a_long_text_is_cut_at_its_start() {
        let text = told(&[&"x".repeat(5000), "end"]);
        assert!(text.starts_with('…') && text.ends_with("xend"), "{text}");
        assert_eq!(text.chars().count(), CHARS);
    }

    #[test]
    fn what_is_hidden_is_hidden_before_anything_is_cut() {
        let mut tail = Tail::default();
        tail.push(format!("hunter2{}{}", "\n".repeat(KEPT - 4), "end").as_bytes());
        assert_eq!(tail.lines(&Secrets::default()).to_string(), "end", "half a line is no line");
        tail.push(format!("{}hunter2{}", "\n".repeat(KEPT), "x".repeat(CHARS - 3)).as_bytes());
        let told = tail.lines(&Secrets::new(["hunter2"])).to_string();
        assert!(told.starts_with("***x"), "{told}");
    }

    #[test]
    fn a_program_cannot_move_the_cursor() {
        assert_eq!(told(&["a\u{1b}[2Jb\u{7}"]), "a [2Jb ");
    }
}
