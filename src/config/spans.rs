//! Places in a source text.

use std::ops::Range;

/// A stretch of a text: where it starts, and its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// From 1.
    pub(super) line: u32,
    /// From 0, in characters.
    pub(super) column: u32,
    /// The first byte.
    pub(super) start: u32,
    /// The byte behind the last one.
    pub(super) end: u32,
}

impl Span {
    /// Returns the bytes of the span.
    pub(super) const fn bytes(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Finds the lines and columns of bytes.
pub(super) struct LineIndex<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// How many characters come before each [`STEP`]th byte, because a line can be as long as the text. Empty for
    /// ASCII, where bytes are characters.
    characters: Vec<usize>,
}

const STEP: usize = 256;

impl<'t> LineIndex<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let sums = text.as_bytes().chunks(STEP).scan(0, |sum, bytes| {
            *sum += count_characters(bytes);
            Some(*sum)
        });
        let characters = if text.is_ascii() { Vec::new() } else { std::iter::once(0).chain(sums).collect() };
        Self { text, starts, characters }
    }

    /// Returns the span of some bytes.
    pub(super) fn span(&self, bytes: Range<usize>) -> Span {
        let line = self.starts.partition_point(|start| *start <= bytes.start);
        let start = self.starts[line.saturating_sub(1)];
        let column = self.characters_before(bytes.start) - self.characters_before(start);
        Span { line: narrow(line), column: narrow(column), start: narrow(bytes.start), end: narrow(bytes.end) }
    }

    fn characters_before(&self, end: usize) -> usize {
        let end = end.min(self.text.len());
        let Some(known) = self.characters.get(end / STEP) else { return end };
        known + count_characters(&self.text.as_bytes()[end / STEP * STEP..end])
    }
}

fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// Narrows a position; a config has at most 16 MiB.
pub(super) fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_column_counts_the_characters_before_it(text in "([a-c]|é|日|\n){0,600}", share in 0.0..1.0) {
            let index = (text.chars().count() as f64 * share) as usize;
            let at = text.char_indices().nth(index).map_or(text.len(), |(at, _)| at);
            let before = text[..at].rsplit('\n').next().unwrap();
            let span = LineIndex::new(&text).span(at..at);
            prop_assert_eq!(span.column as usize, before.chars().count());
            prop_assert_eq!(span.line as usize, text[..at].matches('\n').count() + 1);
        }
    }
}
