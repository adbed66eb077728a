//! The end of what a program said.

use std::collections::VecDeque;

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

    /// Returns the last lines as one, without what could move a cursor or forge a line of a log. What is to be hidden is
    /// hidden before anything is cut: half a secret is not known again.
    pub(crate) fn lines(&self, hide: impl FnOnce(&str) -> String) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let text = hide(&String::from_utf8_lossy(&bytes));
        let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if self.is_cut && lines.len() > 1 {
            lines.remove(0);
        }
        let last = lines[lines.len().saturating_sub(LINES)..].join(" | ");
        let shown: Vec<char> = last.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        match shown.len().checked_sub(CHARS) {
            None | Some(0) => shown.into_iter().collect(),
            Some(excess) => format!("…{}", shown[excess + 1..].iter().collect::<String>()),
        }
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
        tail.lines(str::to_owned)
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
        assert_eq!(tail.lines(str::to_owned), "end", "half a line is no line");
        tail.push(format!("{}hunter2{}", "\n".repeat(KEPT), "x".repeat(CHARS - 3)).as_bytes());
        let told = tail.lines(|text| text.replace("hunter2", "***"));
        assert!(told.starts_with("***x"), "{told}");
    }

    #[test]
    fn a_program_cannot_move_the_cursor() {
        assert_eq!(told(&["a\u{1b}[2Jb\u{7}"]), "a [2Jb ");
    }
}
