//! The end of what a program wrote to a stream.

use std::collections::VecDeque;

use crate::secret::Secrets;
use crate::text::ForeignText;

const MAX_BYTES: usize = 2000;
const MAX_LINES: usize = 3;
const MAX_CHARS: usize = 400;

/// The last bytes of a stream.
#[derive(Debug, Default)]
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
        let text = self.redacted(secrets);
        let lines = self.whole_lines(&text);
        let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
        let last = lines[lines.len().saturating_sub(MAX_LINES)..].join(" | ");
        ForeignText::new(last.replace(char::is_control, " ")).cut_start(MAX_CHARS)
    }

    /// Returns the line that tells most, with secrets hidden as in [`lines`](Self::lines): the exception of a Python
    /// traceback, else the last line that is not blank.
    pub fn last_line(&self, secrets: &Secrets) -> ForeignText {
        let text = self.redacted(secrets);
        let lines = self.whole_lines(&text);
        let line = find_exception(&lines).or(lines.last().copied()).unwrap_or_default();
        // A progress bar overwrites its line.
        let line = line.trim().rsplit('\r').next().unwrap_or_default();
        ForeignText::new(line.trim().replace(char::is_control, " ")).cut_start(MAX_CHARS)
    }

    /// Returns whether there is the end of a Python traceback.
    pub fn has_traceback(&self) -> bool {
        let text = self.redacted(&Secrets::default());
        find_exception(&self.whole_lines(&text)).is_some()
    }

    fn redacted(&self, secrets: &Secrets) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        ForeignText::from_bytes(&bytes).hide(secrets).redacted()
    }

    /// Returns the lines that are not blank. A first line without its start is dropped if there are others.
    fn whole_lines<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let is_cut = self.is_truncated && lines.len() > 1;
        lines[usize::from(is_cut)..].to_vec()
    }
}

/// Returns the line of the last Python traceback that names the exception: the first one behind its frames that is not
/// indented.
fn find_exception<'t>(lines: &[&'t str]) -> Option<&'t str> {
    let is_frame = |line: &&str| line.starts_with("  File \"");
    let last_frame = lines.iter().rposition(is_frame)?;
    lines[last_frame..].iter().find(|line| !line.starts_with(char::is_whitespace)).copied()
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
    fn the_line_that_tells_most_is_the_exception_of_a_traceback_else_the_last_one() {
        let last = |text: &str| {
            let mut tail = Tail::default();
            tail.push(text.as_bytes());
            (tail.last_line(&Secrets::default()).to_string(), tail.has_traceback())
        };
        let trace = "Traceback (most recent call last):\n  File \"checks/smoke.py\", line 3, in <module>\n    model = \
                     {}['model']\n            ~~^^^^^^^^^\n";
        for (text, expected, has_traceback) in [
            ("one\n\ntwo\n \n", "two", false),
            ("", "", false),
            (&format!("{trace}KeyError: 'model'\n"), "KeyError: 'model'", true),
            (&format!("{trace}ValueError: two\nlines\nbye\n"), "ValueError: two", true),
            (&format!("{trace}KeyError: 1\n\nDuring handling\n\n{trace}OSError: 2\n"), "OSError: 2", true),
            (&format!("{}\n{trace}OSError: 2\n", "x".repeat(5000)), "OSError: 2", true),
            ("10 %\r50 %\r100 %\r\n", "100 %", false),
        ] {
            assert_eq!(last(text), (expected.to_owned(), has_traceback), "{text}");
        }
        let mut tail = Tail::default();
        tail.push(b"key hunter22\n");
        assert_eq!(tail.last_line(&Secrets::new(["hunter22"])).to_string(), "key ***");
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
