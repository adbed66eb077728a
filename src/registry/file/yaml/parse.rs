//! Parsing a document: its keys, their values and their lines.

use std::collections::BTreeSet;

use granit_parser::{Event, Parser, ScalarStyle};

use super::document::{Document, Entry, Value};

/// The line breaks of YAML 1.1.
const BREAKS: [char; 4] = ['\n', '\u{85}', '\u{2028}', '\u{2029}'];

const LAYOUT: &str = "does not begin each key on a line of its own";

impl Document {
    /// Parses a document.
    ///
    /// # Errors
    /// The problem, as a text that follows the path of the file.
    pub(in crate::registry::file) fn parse(text: &str) -> Result<Self, String> {
        // The parser counts lines by line feeds, so other line breaks must become line feeds first.
        if text.replace("\r\n", "\n").contains('\r') {
            return Err("has a line that ends in a bare carriage return".to_owned());
        }
        let found = parse_entries(&text.replace(&BREAKS[1..], "\n"))?;
        let lines: Vec<&str> = text.split_inclusive(BREAKS).collect();
        let mut known = BTreeSet::new();
        let mut document = Self { head: join(&lines, 0, found.first().map_or(0, |first| first.0)), entries: vec![] };
        if document.head.lines().any(|line| !line.is_empty() && !line.starts_with('#')) {
            return Err(LAYOUT.to_owned());
        }
        for (place, (line, key, value)) in found.iter().enumerate() {
            if !known.insert(key) {
                return Err(format!("has the key {key:?} twice"));
            }
            let end = found.get(place + 1).map_or(lines.len(), |next| next.0);
            if end <= *line {
                return Err(LAYOUT.to_owned());
            }
            let (key, value) = (key.clone(), value.clone());
            document.entries.push(Entry { key, value, lines: join(&lines, *line, end) });
        }
        Ok(document)
    }
}

/// Joins lines. Adds a line break at the end if there is none.
fn join(lines: &[&str], from: usize, until: usize) -> String {
    let mut text = lines.get(from..until).unwrap_or_default().concat();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Parses the keys and values of the only mapping of a text, each with its line from 0.
fn parse_entries(text: &str) -> Result<Vec<(usize, String, Value)>, String> {
    let mut entries = vec![];
    let mut key: Option<(usize, String)> = None;
    let (mut depth, mut documents) = (0, 0);
    for parsed in Parser::new_from_str(text) {
        let (event, span) = parsed.map_err(|error| format!("is not YAML: {error}"))?;
        check_no_anchor_or_tag(&event)?;
        let (before, after) = match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => (depth, depth + 1),
            Event::MappingEnd | Event::SequenceEnd => (depth, depth - 1),
            _ => (depth, depth),
        };
        depth = after;
        match (before, event) {
            (_, Event::DocumentStart(is_explicit, ..)) => {
                documents += 1;
                if is_explicit || documents > 1 || text.lines().any(|line| line.starts_with("...")) {
                    return Err("has marks of documents, or several of them".to_owned());
                }
            }
            (0, Event::SequenceStart(..) | Event::Scalar(..)) => return Err(not_a_mapping(text)),
            (1, Event::Scalar(text, style, ..)) => match key.take() {
                None if span.start.col() != 0 => return Err(LAYOUT.to_owned()),
                None => key = Some((span.start.line() - 1, text.into_owned())),
                Some((line, key)) => entries.push((line, key, value(&text, style))),
            },
            (1, Event::MappingStart(..) | Event::SequenceStart(..)) => match key.take() {
                None => return Err("has a key that is not text".to_owned()),
                Some((line, key)) => entries.push((line, key, Value::Nested)),
            },
            _ => {}
        }
    }
    if documents == 0 { Err("is empty".to_owned()) } else { Ok(entries) }
}

fn value(text: &str, style: ScalarStyle) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" if style == ScalarStyle::Plain => Value::Null,
        text => Value::Text(text.to_owned()),
    }
}

fn not_a_mapping(text: &str) -> String {
    let is_empty = text.trim().is_empty();
    if is_empty { "is empty".to_owned() } else { "is not a mapping of keys to values".to_owned() }
}

/// Refuses anchors, aliases and tags, which give a value another meaning than its text.
fn check_no_anchor_or_tag(event: &Event<'_>) -> Result<(), String> {
    let is_marked = match event {
        Event::Alias(_) => true,
        Event::Scalar(_, _, anchor, tag)
        | Event::MappingStart(_, anchor, tag)
        | Event::SequenceStart(_, anchor, tag) => *anchor != 0 || tag.is_some(),
        _ => false,
    };
    if is_marked { Err("has an anchor or a tag of YAML".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_that_mlflow_never_writes_is_refused() {
        for (bad, problem) in [
            ("", "is empty"),
            ("# nothing\n", "is empty"),
            ("just text", "is not a mapping of keys to values"),
            ("- a\n- b\n", "is not a mapping of keys to values"),
            ("a: 1\n---\nb: 2\n", "has marks of documents, or several of them"),
            ("---\na: 1\n", "has marks of documents, or several of them"),
            ("a: 1\na: 2\n", "has the key \"a\" twice"),
            ("a: 1\n...\n", "has marks of documents, or several of them"),
            ("a: &x 1\nb: *x\n", "has an anchor or a tag of YAML"),
            ("a: !!str 1\n", "has an anchor or a tag of YAML"),
            ("a: [!!str 1]\n", "has an anchor or a tag of YAML"),
            ("[a]: 1\n", "has a key that is not text"),
            ("{a: 1, b: 2}\n", LAYOUT),
            ("{\na: 1,\nb: 2\n}\n", LAYOUT),
            ("  a: 1\n", LAYOUT),
            ("\ta: 1\n", LAYOUT),
            ("a: 1\rb: 2\r", "has a line that ends in a bare carriage return"),
        ] {
            assert_eq!(Document::parse(bad), Err(problem.to_owned()), "{bad}");
        }
        for bad in ["a: [1\n", "a: 'cut of", "a: b: c\n"] {
            let problem = Document::parse(bad).unwrap_err();
            assert!(problem.starts_with("is not YAML"), "{bad}: {problem}");
        }
        assert!(Document::parse(&format!("a: {}", "[".repeat(100_000))).is_err());
    }

    #[test]
    fn windows_line_breaks_are_kept() {
        let document = Document::parse("name: bikes\r\nversion: 1\r\n").unwrap();
        assert_eq!(document.get("name"), &Value::Text("bikes".into()));
        assert_eq!(document.to_string(), "name: bikes\r\nversion: 1\r\n");
    }
}
