//! Renders lines of a config for errors. Keys, structure and the fixed words of the schema are shown; of the values,
//! only the one that is wrong may be shown.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::diagnostic::Excerpt;
use super::node::{Node, Span, Value};
use super::schema_node::SchemaNode;
use crate::secret::REDACTED;

/// The number of characters that are shown on each side of a place.
const AROUND: usize = 200;

/// The parts of a text that may be shown.
pub(super) struct ShownParts<'s> {
    /// The parsed text; `None` where it could not be parsed.
    pub(super) root: Option<&'s Node>,
    /// The root of the schema. A value that is a fixed word of its field is shown.
    pub(super) top: SchemaNode<'s>,
    /// The words of the schema. Of a text that could not be parsed only these are shown, because a key may be a value
    /// there.
    pub(super) vocabulary: &'s BTreeSet<String>,
    /// The span of the wrong value, if it may be shown.
    pub(super) value: Option<Span>,
}

/// Renders the line of a span. Every value that is not a word of the schema is masked, and the span is underlined.
pub(super) fn excerpt(text: &str, target: Span, parts: &ShownParts<'_>) -> Option<Excerpt> {
    let start = text.get(..target.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let (number, column) = target.line_and_column(text);
    let from = column.saturating_sub(AROUND);
    let end = (target.end as usize).min(start + line.len()).max(target.start as usize);
    let length = text.get(target.start as usize..end)?.chars().count().max(1);
    let window = line.char_indices().skip(from).take(column - from + length.min(AROUND) + AROUND);
    let window: Vec<(usize, char)> = window.map(|(at, letter)| (start + at, letter)).collect();
    let mut masked: Vec<bool> = window.iter().map(|(_, letter)| !is_structure(*letter)).collect();
    match parts.root {
        Some(root) => Masker { text, window: &window, masked: &mut masked, parts }.mask(root),
        None => show_words(&window, parts.vocabulary, &mut masked),
    }
    let (text, caret) = render(&window, &masked, column - from..column - from + length, from > 0);
    Some(Excerpt { number, column, text, caret })
}

/// Masks the values in a part of a line by their spans.
struct Masker<'m> {
    text: &'m str,
    window: &'m [(usize, char)],
    masked: &'m mut [bool],
    parts: &'m ShownParts<'m>,
}

impl<'m> Masker<'m> {
    fn mask(mut self, root: &'m Node) {
        if root.is_collection() {
            self.walk(root, &mut Vec::new(), &mut HashSet::new());
        }
        if let Some(value) = self.parts.value {
            self.mark(value, false);
        }
    }

    /// Masks a value and everything below it. The target of a YAML alias is visited only where it is defined.
    fn walk(&mut self, node: &'m Node, path: &mut Vec<String>, visited: &mut HashSet<*const ()>) {
        match &node.value {
            Value::List(_) | Value::Map(_) if self.text[node.span.start as usize..].starts_with('*') => {
                self.mark(node.span, true);
            }
            Value::Map(map) if visited.insert(Rc::as_ptr(map).cast()) => {
                for (key, entry) in map.iter() {
                    path.push(key.clone());
                    if self.touches(entry.key_span) {
                        // In `key:value` without a blank, the value is part of the key.
                        self.mark(entry.key_span, key.contains([':', '=']) || self.is_below_secret(path));
                    }
                    self.walk(&entry.node, path, visited);
                    path.pop();
                }
            }
            Value::List(items) if visited.insert(Rc::as_ptr(items).cast()) => {
                for (place, item) in items.iter().enumerate() {
                    path.push(place.to_string());
                    self.walk(item, path, visited);
                    path.pop();
                }
            }
            Value::List(_) | Value::Map(_) => {}
            _ if self.touches(node.span) => self.mark(node.span, !self.is_word(path, node.span)),
            _ => {}
        }
    }

    fn touches(&self, span: Span) -> bool {
        let (Some((first, _)), Some((last, _))) = (self.window.first(), self.window.last()) else { return false };
        span.start as usize <= *last && span.end as usize > *first
    }

    fn mark(&mut self, span: Span, is_masked: bool) {
        let bytes = span.bytes();
        let first = self.window.partition_point(|(at, _)| *at < bytes.start);
        let last = self.window.partition_point(|(at, _)| *at < bytes.end);
        // The span of a plain scalar may include trailing blanks.
        let blanks = self.window[first..last].iter().rev().take_while(|(_, letter)| letter.is_whitespace()).count();
        self.masked[first..last - blanks].fill(is_masked);
    }

    /// Returns whether a key is inside a secret value, and may itself be secret.
    fn is_below_secret(&self, path: &[String]) -> bool {
        (1..path.len()).any(|depth| self.parts.top.at(&path[..depth], None).is_some_and(SchemaNode::is_secret))
    }

    /// Returns whether a value is one of the fixed words of its field, which is never secret.
    fn is_word(&self, path: &[String], value: Span) -> bool {
        let written = self.text.get(value.bytes()).unwrap_or_default();
        let text = written.trim().trim_matches(['"', '\'']);
        match path.last().map(String::as_str) {
            // A key above a `KIND` may be mistyped, so the field may be unknown.
            Some("KIND") => self.parts.vocabulary.contains(text) && !self.is_below_secret(path),
            _ => self.parts.top.is_word(path, text),
        }
    }
}

/// Returns whether a character is punctuation or blank space of the format, and not part of a value.
fn is_structure(letter: char) -> bool {
    letter.is_whitespace() || letter.is_control() || "{}[](),:;=-?|>\"'&*!#.".contains(letter)
}

/// Unmasks the words of a line that are in the vocabulary of the schema.
fn show_words(window: &[(usize, char)], vocabulary: &BTreeSet<String>, masked: &mut [bool]) {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let mut start = 0;
    while start < window.len() {
        let word: String = window[start..].iter().map(|(_, letter)| *letter).take_while(|c| is_part(*c)).collect();
        let length = word.chars().count();
        if length > 0 && vocabulary.contains(&word) {
            masked[start..start + length].fill(false);
        }
        start += length.max(1);
    }
}

/// Renders a line with one mask for each masked stretch, and returns the byte range to underline.
fn render(window: &[(usize, char)], masked: &[bool], target: Range<usize>, is_cut: bool) -> (String, (usize, usize)) {
    let mut text = if is_cut { "…".to_owned() } else { String::new() };
    let mut caret = (None, None);
    let is_blank = |at: &usize| window[*at].1.is_whitespace() && *at > target.start;
    let last = (0..target.end.min(window.len())).rev().find(|at| !is_blank(at)).unwrap_or_default();
    let mut at = 0;
    while at < window.len() {
        let length = if masked[at] { masked_length(&window[at..], &masked[at..]) } else { 1 };
        let start = text.len();
        match (masked[at], window[at].1) {
            (true, _) => text.push_str(REDACTED),
            (false, letter) if letter.is_control() => text.push(' '),
            (false, letter) => text.push(letter),
        }
        let covered = at..at + length;
        if covered.contains(&target.start) {
            caret.0 = Some(start);
        }
        if covered.contains(&last) {
            caret.1 = Some(text.len());
        }
        at += length;
    }
    let end = text.len();
    let start = caret.0.unwrap_or(end);
    (text, (start, caret.1.unwrap_or(end).max(start)))
}

/// Returns the length of a masked stretch. Blanks between masked words are part of it, because they would reveal the
/// number of words.
fn masked_length(window: &[(usize, char)], masked: &[bool]) -> usize {
    let both = window.iter().zip(masked).take_while(|((_, letter), is_masked)| **is_masked || *letter == ' ');
    both.enumerate().filter(|(_, (_, is_masked))| **is_masked).last().map_or(1, |(last, _)| last + 1)
}

#[cfg(test)]
mod tests {
    use super::super::node::SourceId;
    use super::super::reader::{Format, read};
    use super::*;

    fn last_line(format: Format, text: &str) -> String {
        let last = text.rfind('\n').map_or(0, |at| at + 1);
        line_of(format, text, last..last + 1, false).text
    }

    fn line_of(format: Format, text: &str, target: Range<usize>, is_value: bool) -> Excerpt {
        let parsed = read(text, format, SourceId::default());
        let schema = crate::config::schema();
        let top = SchemaNode::top(&schema);
        let target = Span::new(target);
        let root = parsed.root.as_ref();
        let vocabulary = top.vocabulary();
        let value = is_value.then_some(target);
        excerpt(text, target, &ShownParts { root, top, vocabulary: &vocabulary, value }).unwrap()
    }

    #[test]
    fn an_excerpt_shows_keys_and_structure_without_values() {
        let yaml = |text: &str| last_line(Format::Yaml, text);
        assert_eq!(
            yaml("mlflow: { tracking_ur: \"http://me:hunter2@x\", b: [1, ~] } # no"),
            "mlflow: { tracking_ur: ***, b: [***, ***] } # ***"
        );
        assert_eq!(yaml("command: [curl, --token, hunter2, -d, 'a, b: c']"), "command: [***, ***, ***, ***, ***]");
        assert_eq!(yaml("- ulr: https://hooks/hunter2 and more"), "- ulr: ***");
        assert_eq!(yaml("headers: {X-Token: hunter2}"), "headers: {X-Token: ***}");
        assert_eq!(last_line(Format::Toml, "[a.b]\nuri = 'hunter2' # hunter2"), "uri = *** # ***");
        assert_eq!(
            last_line(Format::Json, "{\"uri\": \"hunter2\", \"b\": [true, 12]}"),
            "{\"uri\": ***, \"b\": [***, ***]}"
        );
    }

    #[test]
    fn schema_words_are_shown_in_their_own_fields() {
        let yaml = |text: &str| last_line(Format::Yaml, text);
        assert_eq!(yaml("job: { KIND: PromotionJob, versoin: 3 }"), "job: { KIND: PromotionJob, versoin: *** }");
        assert_eq!(
            yaml("jbos: [{KIND: \"RollbackJob\", record: false, alias: PromotionJob, message: 'true'}]"),
            "jbos: [{KIND: \"RollbackJob\", record: ***, alias: ***, message: ***}]"
        );
        assert_eq!(
            yaml("services: {logger: {level: warn, colorize: true, sink: stdout}, mlflow: {tracking_token: true}}"),
            "services: {logger: {level: warn, colorize: true, sink: ***}, mlflow: {tracking_token: ***}}"
        );
        assert_eq!(yaml("job: {KIND: hunter2, tags: {KIND: hunter3}}"), "job: {KIND: ***, tags: {KIND: ***}}");
        assert_eq!(
            yaml("services: {mlflow: {tracking_token: {KIND: PromotionJob}}}"),
            "services: {mlflow: {tracking_token: {***: ***}}}"
        );
        assert_eq!(last_line(Format::Toml, "[[jobs]]\nKIND = 'PromotionJob'"), "KIND = 'PromotionJob'");
        assert_eq!(last_line(Format::Json, "{\"job\": {\"record\": false}}"), "{\"job\": {\"record\": false}}");
    }

    #[test]
    fn the_value_that_is_wrong_is_shown_and_underlined() {
        let line = line_of(Format::Yaml, "a: {b: soo, c: hunter2}", 7..10, true);
        assert_eq!((line.text.as_str(), &line.text[line.caret.0..line.caret.1]), ("a: {b: soo, c: ***}", "soo"));
        let hidden = line_of(Format::Yaml, "a: {b: soo, c: hunter2}", 15..22, false);
        assert_eq!(
            (hidden.text.as_str(), &hidden.text[hidden.caret.0..hidden.caret.1]),
            ("a: {b: ***, c: ***}", "***")
        );
    }

    #[test]
    fn an_excerpt_of_an_unparsable_text_shows_only_schema_words() {
        assert_eq!(last_line(Format::Yaml, "alias: [hunter2, hunter3: }"), "alias: [***, ***: }");
        assert_eq!(last_line(Format::Toml, "alias = \"hunter2\ntracking_token = hunter 2"), "tracking_token = ***");
        assert_eq!(last_line(Format::Json, "{\"alias\": \"hunter2"), "{\"alias\": \"***");
    }

    #[test]
    fn an_excerpt_hides_a_secret_in_every_notation() {
        let yaml = [
            "tracking_password: hunter2",
            "mlflow: {tracking_username: me, tracking_token: \"hunter2\", x: 1}",
            "'my token': hunter2",
            "uri: http://me:hunter2@host/",
            "tracking_password:\n  hunter2",
            "tracking_password: |\n  x\n  hunter2",
            "tracking_password: |\n  a: hunter2",
            "tracking_password: \"x\n  y\n  hunter2\"",
            "a: &hunter2 b",
            "mlflow: {tracking_token:hunter2, x: 1}",
            "a: \"x\n  hunter2: b\"",
        ];
        for text in yaml {
            assert!(!last_line(Format::Yaml, text).contains("hunter2"), "{text}");
        }
        let toml = [
            "m = {a = 1, token = 'hunter2'}",
            "token = \"\"\"\nabc==\nhunter2\"\"\"",
            "services.mlflow.\"tracking_token\" = 'hunter2'",
            "webhook.x = 'hunter2'",
        ];
        for text in toml {
            assert!(!last_line(Format::Toml, text).contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_long_line_is_truncated_around_the_span() {
        let text = format!("{}: b", "a".repeat(1000));
        let line = line_of(Format::Yaml, &text, 1002..1003, false);
        assert!(line.text.starts_with('…') && line.text.ends_with("a: ***"), "{}", line.text);
        assert!(line.text.chars().count() < 2 * AROUND + 10);
        assert_eq!(&line.text[line.caret.0..line.caret.1], "***");
    }
}
