//! The YAML of `meta.yaml`: a key a line, or several lines where its value takes them, as PyYAML writes it.
//!
//! PyYAML reads YAML 1.1, where `yes`, `1:30` and `2026-11-23` are no texts, `1e5` is one, and U+2028 ends a line. No
//! reader of YAML 1.2 sees all that as it does. So what is not changed is never written anew: its lines stay.

mod parse;
mod scalar;

use std::collections::BTreeMap;
use std::fmt;

use scalar::scalar;

/// A document that is one mapping, in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// What stands before the first key.
    head: String,
    entries: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    key: String,
    value: Value,
    /// The lines of the key and its value.
    lines: String,
}

/// What a value is, as far as anybody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// What could be a text: its type is not asked.
    Text(String),
    /// A list or a mapping.
    Nested,
}

/// A value to write.
#[derive(Debug, Clone)]
pub(super) enum Written {
    /// A text, or nothing.
    Text(Option<String>),
    /// A whole number.
    Number(i64),
    /// Texts by texts.
    Texts(BTreeMap<String, String>),
}

impl Document {
    /// Returns the value of a key; a key that is missing has none.
    pub(super) fn get(&self, key: &str) -> &Value {
        self.entries.iter().find(|entry| entry.key == key).map_or(&Value::Null, |entry| &entry.value)
    }

    /// Sets a key in its place, or at the end.
    pub(super) fn set(&mut self, key: &str, value: &Written) {
        let entry = Entry { key: key.to_owned(), value: value.read(), lines: value.lines(key) };
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        self.entries.iter().try_for_each(|entry| f.write_str(&entry.lines))
    }
}

impl Written {
    /// Makes a text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }

    fn read(&self) -> Value {
        match self {
            Self::Text(None) => Value::Null,
            Self::Text(Some(text)) => Value::Text(text.clone()),
            Self::Number(number) => Value::Text(number.to_string()),
            Self::Texts(_) => Value::Nested,
        }
    }

    fn lines(&self, key: &str) -> String {
        let key = scalar(key);
        match self {
            Self::Text(None) => format!("{key}: null\n"),
            Self::Text(Some(text)) => format!("{key}: {}\n", scalar(text)),
            Self::Number(number) => format!("{key}: {number}\n"),
            Self::Texts(texts) if texts.is_empty() => format!("{key}: {{}}\n"),
            Self::Texts(texts) => {
                let lines = texts.iter().map(|(key, text)| format!("  {}: {}\n", scalar(key), scalar(text)));
                format!("{key}:\n{}", lines.collect::<String>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As MLflow 3.17 writes it, with keys of a later release.
    const META: &str = "\
aliases:
  Champion: '1'
  '007': ' 2 '
creation_timestamp: 1795455102105
description: 'line1

  line2: ''x'' \"y\" ü 日本 — words
  and more words '
later: 1e5
last_updated_timestamp: 1795455102346
name: bikes
nothing:
odd: 'a\u{2028}  b

\u{2028}  c'
list:
- 1:30
- a: yes
";

    #[test]
    fn what_is_not_touched_keeps_its_lines() {
        let mut meta = Document::parse(META).unwrap();
        assert_eq!(meta.to_string(), META);
        let text = "line1\nline2: 'x' \"y\" ü 日本 — words and more words ";
        assert_eq!(meta.get("description"), &Value::Text(text.into()));
        assert_eq!((meta.get("nothing"), meta.get("missing")), (&Value::Null, &Value::Null));
        assert_eq!((meta.get("later"), meta.get("list")), (&Value::Text("1e5".into()), &Value::Nested));
        meta.set("last_updated_timestamp", &Written::Number(7));
        meta.set("aliases", &Written::Texts([("Champion".into(), "3".into())].into()));
        meta.set("added", &Written::Text(None));
        let expected =
            META.replace("1795455102346", "7").replace("  Champion: '1'\n  '007': ' 2 '\n", "  Champion: \"3\"\n");
        assert_eq!(meta.to_string(), expected + "added: null\n");
    }

    #[test]
    fn a_comment_and_a_last_line_without_an_end_are_kept() {
        let mut meta = Document::parse("# mine\nname: bikes\n# also mine\nversion: 1").unwrap();
        meta.set("name", &Written::text("boats"));
        meta.set("added", &Written::Texts(BTreeMap::new()));
        assert_eq!(meta.to_string(), "# mine\nname: boats\nversion: 1\nadded: {}\n");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(key in "\\PC{1,8}", text in any::<String>()) {
            let mut written = Document::default();
            written.set(&key, &Written::text(&text));
            written.set("texts", &Written::Texts([(key.clone(), text.clone())].into()));
            let read = Document::parse(&written.to_string()).unwrap();
            prop_assert_eq!(read.get(&key), &Value::Text(text));
            prop_assert_eq!(read.to_string(), written.to_string());
        }
    }
}
