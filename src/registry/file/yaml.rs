//! The YAML of `meta.yaml`, kept exactly: what PyYAML makes of a text before, it makes of it after.
//!
//! PyYAML reads YAML 1.1, where `yes`, `1:30` and `2026-11-23` are no texts, and `1e5` is one. So nothing is given a
//! type here: what stood without quotes is written without, and every text of ours that could be more gets them.

use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// The deepest nesting that is read; MLflow writes two.
const MAX_DEPTH: usize = 32;

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A scalar, and whether it stood without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Mapping(Mapping),
}

/// A mapping in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mapping(Vec<(Node, Node)>);

impl Node {
    /// Makes a text.
    pub(super) fn text(text: &str) -> Self {
        Self::Scalar { text: text.to_owned(), plain: is_surely_text(text) }
    }

    /// Makes a number.
    pub(super) fn number(number: i64) -> Self {
        Self::Scalar { text: number.to_string(), plain: true }
    }

    /// Makes a text, or nothing.
    pub(super) fn optional(text: Option<&str>) -> Self {
        text.map_or_else(|| Self::Scalar { text: "null".into(), plain: true }, Self::text)
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

impl Mapping {
    /// Reads a document that is one mapping; says what is wrong with another, fit to follow its path.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut open: Vec<Vec<Node>> = vec![vec![]];
        for parsed in Parser::new_from_str(text) {
            let (event, _) = parsed.map_err(|error| format!("is not YAML: {error}"))?;
            let done = match event {
                Event::Scalar(_, _, anchor, ref tag) if anchor != 0 || tag.is_some() => return Err(unknown()),
                Event::Scalar(text, style, ..) => {
                    Node::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
                }
                Event::MappingStart(..) | Event::SequenceStart(..) if open.len() > MAX_DEPTH => {
                    return Err("is nested too deeply".to_owned());
                }
                Event::MappingStart(anchor, ref tag) | Event::SequenceStart(anchor, ref tag) => {
                    if anchor != 0 || tag.is_some() {
                        return Err(unknown());
                    }
                    open.push(vec![]);
                    continue;
                }
                Event::MappingEnd => Node::Mapping(pairs(open.pop().unwrap_or_default())?),
                Event::SequenceEnd => Node::List(open.pop().unwrap_or_default()),
                Event::Alias(_) => return Err(unknown()),
                _ => continue,
            };
            open.last_mut().map(|siblings| siblings.push(done));
        }
        match open.into_iter().flatten().collect::<Vec<_>>().as_slice() {
            [Node::Mapping(mapping)] => Ok(mapping.clone()),
            [] => Err("is empty".to_owned()),
            [_] => Err("is not a mapping of keys to values".to_owned()),
            _ => Err("holds several documents".to_owned()),
        }
    }

    /// Returns the value of a key; none where there is no such key, or its value is null.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.position(key).map(|at| &self.0[at].1).filter(|value| !value.is_null())
    }

    /// Sets a key in its place, or at the end.
    pub(super) fn set(&mut self, key: &str, value: Node) {
        match self.position(key) {
            Some(at) => self.0[at].1 = value,
            None => self.0.push((Node::text(key), value)),
        }
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| matches!(known, Node::Scalar { text, .. } if text == key))
    }

    /// Writes the document.
    pub(super) fn to_yaml(&self) -> String {
        let mut yaml = String::new();
        self.write(0, &mut yaml);
        yaml
    }

    fn write(&self, indent: usize, yaml: &mut String) {
        for (key, value) in &self.0 {
            let _ = write!(yaml, "{:indent$}{}:", "", key.on_a_line());
            value.write(indent, yaml);
        }
    }
}

impl Node {
    /// Writes what stands behind `key:` or `-`, to the end of the line and below it.
    fn write(&self, indent: usize, yaml: &mut String) {
        match self {
            Self::Mapping(mapping) if !mapping.0.is_empty() => {
                yaml.push('\n');
                mapping.write(indent + 2, yaml);
            }
            Self::List(items) if !items.is_empty() => {
                yaml.push('\n');
                for item in items {
                    let _ = write!(yaml, "{:1$}-", "", indent + 2);
                    item.write(indent + 2, yaml);
                }
            }
            _ => {
                let _ = writeln!(yaml, " {}", self.on_a_line());
            }
        }
    }

    fn on_a_line(&self) -> String {
        match self {
            Self::Mapping(_) => "{}".to_owned(),
            Self::List(_) => "[]".to_owned(),
            Self::Scalar { text, plain: true } if text.is_empty() => "null".to_owned(),
            Self::Scalar { text, plain: true } if !text.contains('\n') => text.clone(),
            Self::Scalar { text, .. } => quoted(text),
        }
    }
}

fn pairs(nodes: Vec<Node>) -> Result<Mapping, String> {
    let mut mapping = Mapping::default();
    let mut nodes = nodes.into_iter();
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        match &key {
            Node::Scalar { text, .. } if mapping.position(text).is_some() => {
                return Err(format!("has the key {text:?} twice"));
            }
            Node::Scalar { .. } => mapping.0.push((key, value)),
            _ => return Err("has a key that is not text".to_owned()),
        }
    }
    Ok(mapping)
}

fn unknown() -> String {
    "has an anchor or a tag of YAML".to_owned()
}

/// Returns whether a text is read as that text where it stands without quotes, by YAML 1.1 and later.
fn is_surely_text(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(fits)
        && !words.contains(&text.to_ascii_lowercase().as_str())
}

/// Quotes a text. What PyYAML refuses in a file, or takes for the end of a line, is escaped.
fn quoted(text: &str) -> String {
    let mut shown = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            '\n' => shown.push_str("\\n"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'.. => {
                shown.push(c);
            }
            _ => {
                let _ = write!(shown, "\\u{:04x}", u32::from(c));
            }
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As MLflow 3.17 writes it, with a key of a later release.
    const META: &str = "\
aliases:
  Champion: '1'
  '007': ' 2 '
creation_timestamp: 1795455102105
deployment_job_id: null
description: 'line1

  line2: ''x'' \"y\" ü 日本 — words
  and more words '
later: 1e5
last_updated_timestamp: 1795455102346
name: bikes
nothing:
empty: {}
list:
- 1:30
- a: yes
  b: [x, 2026-11-23]
- - deep
";

    fn text(mapping: &Mapping, key: &str) -> String {
        match mapping.get(key) {
            Some(Node::Scalar { text, .. }) => text.clone(),
            other => panic!("{key} is {other:?}"),
        }
    }

    #[test]
    fn what_is_not_touched_stays_what_it_is() {
        let mut meta = Mapping::parse(META).unwrap();
        assert_eq!(text(&meta, "description"), "line1\nline2: 'x' \"y\" ü 日本 — words and more words ");
        assert_eq!((meta.get("deployment_job_id"), meta.get("nothing"), meta.get("missing")), (None, None, None));
        meta.set("last_updated_timestamp", Node::number(7));
        let mut aliases = Mapping::default();
        aliases.set("Champion", Node::text("3"));
        meta.set("aliases", Node::Mapping(aliases));
        meta.set("added", Node::optional(None));
        insta::assert_snapshot!(meta.to_yaml(), @r#"
        aliases:
          Champion: "3"
        creation_timestamp: 1795455102105
        deployment_job_id: null
        description: "line1\nline2: 'x' \"y\" ü 日本 — words and more words "
        later: 1e5
        last_updated_timestamp: 7
        name: bikes
        nothing: null
        empty: {}
        list:
          - 1:30
          -
            a: yes
            b:
              - x
              - 2026-11-23
          -
            - deep
        added: null
        "#);
    }

    #[test]
    fn what_mlflow_never_writes_is_told() {
        for (bad, told) in [
            ("", "is empty"),
            ("# nothing\n", "is empty"),
            ("just text", "is not a mapping of keys to values"),
            ("- a\n- b\n", "is not a mapping of keys to values"),
            ("a: 1\n---\nb: 2\n", "holds several documents"),
            ("a: 1\na: 2\n", "has the key \"a\" twice"),
            ("a: &x 1\nb: *x\n", "has an anchor or a tag of YAML"),
            ("a: !!str 1\n", "has an anchor or a tag of YAML"),
            ("[a]: 1\n", "has a key that is not text"),
        ] {
            assert_eq!(Mapping::parse(bad), Err(told.to_owned()), "{bad}");
        }
        assert!(Mapping::parse("a: [1\n").unwrap_err().starts_with("is not YAML"));
        assert!(Mapping::parse("a: 'cut of").unwrap_err().starts_with("is not YAML"));
        assert!(Mapping::parse(&"[".repeat(100)).is_err());
    }

    #[test]
    fn texts_that_yaml_reads_as_something_else_are_quoted() {
        for odd in
            ["yes", "No", "null", "1", "1:30", "2026-11-23", "1e5", "~", "", "- a", "a: b", "#", "{", "ä", ".inf"]
        {
            assert!(Node::text(odd).on_a_line().starts_with('"'), "{odd}");
        }
        for plain in ["bikes", "READY", "s3-bucket/a_b.c", "None", "/srv/x"] {
            assert_eq!(Node::text(plain).on_a_line(), plain);
        }
        assert_eq!(
            Node::text("a\t\u{85}\u{2028}\u{feff}\r\0b").on_a_line(),
            r#""a\u0009\u0085\u2028\ufeff\u000d\u0000b""#
        );
    }

    proptest! {
        #[test]
        fn every_text_comes_back(key in "\\PC{1,8}", value in any::<String>()) {
            let mut mapping = Mapping::default();
            mapping.set(&key, Node::text(&value));
            let again = Mapping::parse(&mapping.to_yaml()).unwrap();
            prop_assert_eq!(text(&again, &key), value);
        }
    }
}
