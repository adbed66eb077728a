//! Cuts a stream of bytes into lines of a bounded length.

use crate::text::ForeignText;

/// The longest line that is kept, in bytes. The rest of a longer one is dropped.
const MAX_LINE: usize = 8 * 1024;

/// How much more of a longer line is read, so that a secret at its end is recognised before the line is cut.
const MARGIN: usize = 4 * 1024;

/// A stream of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A line that a program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where the program wrote it.
    pub stream: Stream,
    bytes: Vec<u8>,
}

impl Line {
    pub(super) const fn new(stream: Stream, bytes: Vec<u8>) -> Self {
        Self { stream, bytes }
    }

    /// Returns the text of the line, which may be bytes without meaning.
    pub fn text(&self) -> ForeignText {
        let text = ForeignText::from_bytes(&self.bytes);
        if self.bytes.len() > MAX_LINE { text.cut(MAX_LINE) } else { text }
    }
}

/// Collects the bytes of the line that is being read.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    line: Vec<u8>,
    /// Whether the last byte returned to the start of the line, as progress bars do.
    is_rewound: bool,
}

impl LineBuffer {
    /// Takes bytes from the start of `chunk` up to the end of a line. Returns the line, if it is complete, and the
    /// number of bytes taken.
    pub(super) fn take(&mut self, chunk: &[u8]) -> (Option<Vec<u8>>, usize) {
        let stop = chunk.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let text = &chunk[..stop.unwrap_or(chunk.len())];
        if std::mem::take(&mut self.is_rewound) {
            let is_end = stop == Some(0) && chunk[0] == b'\n';
            // What is written after a return replaces the line.
            if !is_end && !chunk.is_empty() {
                self.line.clear();
            }
        }
        let room = (MAX_LINE + MARGIN).saturating_sub(self.line.len());
        self.line.extend(&text[..text.len().min(room)]);
        match stop {
            Some(at) if chunk[at] == b'\n' => (Some(std::mem::take(&mut self.line)), at + 1),
            Some(at) => {
                self.is_rewound = true;
                (None, at + 1)
            }
            None => (None, chunk.len()),
        }
    }

    /// Returns the last line, which has no end.
    pub(super) fn finish(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&str]) -> Vec<String> {
        let mut buffer = LineBuffer::default();
        let mut lines = vec![];
        for chunk in chunks {
            let mut rest = chunk.as_bytes();
            while !rest.is_empty() {
                let (line, taken) = buffer.take(rest);
                lines.extend(line);
                rest = &rest[taken..];
            }
        }
        lines.extend(buffer.finish());
        lines.into_iter().map(|line| Line::new(Stream::Out, line).text().to_string()).collect()
    }

    #[test]
    fn lines_end_at_every_end_of_line_and_at_the_end() {
        assert_eq!(lines(&["one\ntw", "o\r\nthree\r", "\n\nfour"]), ["one", "two", "three", "", "four"]);
        assert_eq!(lines(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_progress_bar_is_one_line_with_its_last_state() {
        assert_eq!(lines(&["10 %\r50 %\r", "100 %\r\n", "5 %\r10 %"]), ["100 %", "10 %"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_binary_output_is_harmless() {
        let long = lines(&["x".repeat(50_000).as_str(), "end\nnext"]);
        assert_eq!((long[0].chars().count(), long[0].ends_with('…'), long[1].as_str()), (MAX_LINE + 1, true, "next"));
        let mut buffer = LineBuffer::default();
        let (line, _) = buffer.take(b"\xff\x00\x1b[2J\n");
        assert_eq!(Line::new(Stream::Err, line.unwrap()).text().to_string(), "\u{fffd}\\u{0}\\u{1b}[2J");
    }
}
