//! Where in a JSON text keys and values are. A reader of YAML does not take every JSON: not one that is indented by
//! tabs, nor one with letters outside of the first plane written as `\u…`.

use super::position::{Positions, Spot, Walk};

/// Walks a JSON text; after a syntax error, what came before it is known.
pub(super) fn positions(text: &str) -> Positions {
    let mut scan = Scan { rest: text, line: 1, column: 0, walk: Walk::default() };
    let mut depth = 0_usize;
    loop {
        scan.skip(|c| c.is_whitespace() || matches!(c, ',' | ':'));
        let here = scan.here(1);
        match scan.rest.chars().next() {
            None if depth == 0 => return scan.walk.found,
            Some('{') => scan.walk.mapping(here),
            Some('[') => scan.walk.list(here),
            Some('}' | ']') if depth > 0 => scan.walk.close(),
            Some('"') => match scan.string() {
                Some(()) => continue,
                None => return scan.walk.found.incomplete(),
            },
            Some(c) if c.is_ascii_alphanumeric() || c == '-' => {
                scan.word();
                continue;
            }
            _ => return scan.walk.found.incomplete(),
        }
        depth = if scan.rest.starts_with(['{', '[']) { depth + 1 } else { depth - 1 };
        scan.advance(1);
    }
}

struct Scan<'t> {
    rest: &'t str,
    line: usize,
    column: usize,
    walk: Walk,
}

impl Scan<'_> {
    const fn here(&self, length: usize) -> Spot {
        Spot { line: self.line, column: self.column, length }
    }

    /// Goes on by a number of bytes, which end between two characters.
    fn advance(&mut self, bytes: usize) {
        let (over, rest) = self.rest.split_at(bytes);
        for c in over.chars() {
            (self.line, self.column) = if c == '\n' { (self.line + 1, 0) } else { (self.line, self.column + 1) };
        }
        self.rest = rest;
    }

    fn skip(&mut self, is_skipped: impl Fn(char) -> bool) {
        let end = self.rest.find(|c| !is_skipped(c)).unwrap_or(self.rest.len());
        self.advance(end);
    }

    fn string(&mut self) -> Option<()> {
        let bytes = self.rest.as_bytes();
        let mut end = 1;
        while *bytes.get(end)? != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let written = self.rest.get(..=end)?;
        let text: String = serde_json::from_str(written).ok()?;
        let spot = self.here(written.chars().count());
        self.walk.scalar(&text, spot, true);
        self.advance(end + 1);
        Some(())
    }

    fn word(&mut self) {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')));
        let end = end.unwrap_or(self.rest.len());
        let spot = self.here(end);
        self.walk.scalar("", spot, true);
        self.advance(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::problem::Place;
    use crate::config::tree::KeyPath;

    #[test]
    fn keys_and_values_are_found_in_every_json() {
        let text = "{\n\t\"a\": {\"\\ud83d\\ude00\": [1, {\"b\": \"\\\"x}\"}]},\n\t\"long\": true}";
        let found = positions(text);
        let at = |keys: &[&str]| found.spot(&Place::Value(KeyPath::new(keys))).map(|spot| (spot.line, spot.column));
        assert_eq!(at(&["a"]), Some((2, 1)));
        assert_eq!(at(&["a", "\u{1f600}", "1", "b"]), Some((2, 33)));
        assert_eq!(at(&["long"]), Some((3, 9)));
        assert!(found.is_complete());
    }

    #[test]
    fn what_comes_before_a_syntax_error_is_known() {
        let found = positions("{\"a\": 1,\n\"b\": \"x");
        assert!(!found.is_complete());
        assert_eq!(found.spot(&Place::Key(KeyPath::new(&["a"]))).map(|spot| spot.line), Some(1));
    }
}
