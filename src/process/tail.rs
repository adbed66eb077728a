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
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    /// Adds bytes, and forgets the oldest.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let new = &bytes[bytes.len().saturating_sub(KEPT)..];
        let excess = (self.0.len() + new.len()).saturating_sub(KEPT);
        self.0.drain(..excess);
        self.0.extend(new);
    }

    /// Returns the last lines as one, without what could move a cursor or forge a line of a log.
    pub(crate) fn lines(&self) -> String {
        let bytes: Vec<u8> = self.0.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
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
        tail.lines()
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
    fn a_program_cannot_move_the_cursor() {
        assert_eq!(told(&["a\u{1b}[2Jb\u{7}"]), "a [2Jb ");
    }
}
