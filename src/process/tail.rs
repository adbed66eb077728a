//! The end of what a program wrote to a stream.

use std::collections::VecDeque;

use crate::secret::Secrets;
use crate::text::ForeignText;

const MAX_BYTES: usize = 2000;
const MAX_LINES: usize = 3;
const MAX_CHARS: usize = 400;

/// The last bytes of a stream.
#[derive(Default)]
pub struct Tail {
    bytes: VecDeque<u8>,
    is_truncated: bool,
}

impl Tail {
    /// Adds bytes, and drops the oldest ones.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let new = &bytes[bytes.len().saturating_sub(MAX_BYTES)..];
        let excess = (self.bytes.len() + new.len()).saturating_sub(MAX_BYTES);
        self.is_truncated |= excess > 0 || new.len() < bytes.len();
        self.bytes.drain(..excess);
        self.bytes.extend(new);
    }

    /// Returns the last lines joined into one. The given secrets and those of the run are hidden before anything is cut,
    /// because half a secret would not be recognised.
    pub fn lines(&self, secrets: &Secrets) -> ForeignText {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = ForeignText::from_bytes(&bytes).hide(secrets).redacted();
        let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if self.is_truncated && lines.len() > 1 {
            lines.remove(0);
        }
        let last = lines[lines.len().saturating_sub(MAX_LINES)..].join(" | ");
        ForeignText::new(last.replace(char::is_control, " ")).cut_start(MAX_CHARS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(chunks: &[&str]) -> String {
        let mut tail = Tail::default();
        for chunk in chunks {
            tail.push(chunk.as_bytes());
        }
        tail.lines(&Secrets::default()).to_string()
    }

    #[test]
    fn the_last_lines_are_joined() {
        assert_eq!(tail(&["one\ntwo\n", "thr", "ee\n\n  four \r\n", "\n"]), "two | three | four");
        assert_eq!(tail(&[]), "");
    }

    #[test]
    fn a_long_text_is_cut_at_its_start() {
        let text = tail(&[&"x".repeat(5000), "end"]);
        assert!(text.starts_with('…') && text.ends_with("xend"), "{text}");
        assert_eq!(text.chars().count(), MAX_CHARS);
    }

    #[test]
    fn secrets_are_hidden_before_anything_is_cut() {
        let mut tail = Tail::default();
        tail.push(format!("hunter2{}{}", "\n".repeat(MAX_BYTES - 4), "end").as_bytes());
        assert_eq!(tail.lines(&Secrets::default()).to_string(), "end", "a line without its start is dropped");
        tail.push(format!("{}hunter2{}", "\n".repeat(MAX_BYTES), "x".repeat(MAX_CHARS - 3)).as_bytes());
        let text = tail.lines(&Secrets::new(["hunter2"])).to_string();
        assert!(text.starts_with("***x"), "{text}");
    }

    #[test]
    fn a_program_cannot_move_the_cursor() {
        assert_eq!(tail(&["a\u{1b}[2Jb\u{7}"]), "a [2Jb ");
    }
}
