//! A document that is one mapping. It keeps the lines of each key and its value.

use std::collections::BTreeMap;
use std::fmt;

use super::scalar::format_scalar;

/// A mapping, in the order of its keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::registry::file) struct Document {
    /// The text before the first key.
    pub(super) head: String,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    /// The lines of the key and its value.
    pub(super) lines: String,
}

/// The value of a key. The types of scalars are not distinguished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry::file) enum Value {
    /// Null, or no value.
    Null,
    /// A scalar.
    Text(String),
    /// A list or a mapping.
    Nested,
}

/// A value to write.
#[derive(Debug, Clone)]
pub(in crate::registry::file) enum NewValue {
    /// A text, or null.
    Text(Option<String>),
    /// A whole number.
    Number(i64),
    /// A mapping of texts to texts.
    Map(BTreeMap<String, String>),
}

impl Document {
    /// Returns the value of a key; null if the key is missing.
    pub(in crate::registry::file) fn get(&self, key: &str) -> &Value {
        self.entries.iter().find(|entry| entry.key == key).map_or(&Value::Null, |entry| &entry.value)
    }

    /// Sets a key in place, or at the end if it is new.
    pub(in crate::registry::file) fn set(&mut self, key: &str, value: &NewValue) {
        let entry = Entry { key: key.to_owned(), value: value.to_value(), lines: value.format_lines(key) };
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

impl NewValue {
    pub(in crate::registry::file) fn text(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Text(None) => Value::Null,
            Self::Text(Some(text)) => Value::Text(text.clone()),
            Self::Number(number) => Value::Text(number.to_string()),
            Self::Map(_) => Value::Nested,
        }
    }

    fn format_lines(&self, key: &str) -> String {
        let key = format_scalar(key);
        match self {
            Self::Text(None) => format!("{key}: null\n"),
            Self::Text(Some(text)) => format!("{key}: {}\n", format_scalar(text)),
            Self::Number(number) => format!("{key}: {number}\n"),
            Self::Map(texts) if texts.is_empty() => format!("{key}: {{}}\n"),
            Self::Map(texts) => {
                let lines =
                    texts.iter().map(|(key, text)| format!("  {}: {}\n", format_scalar(key), format_scalar(text)));
                format!("{key}:\n{}", lines.collect::<String>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A file of MLflow 3.17, with keys of a later release.
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
    fn keys_that_do_not_change_keep_their_lines() {
        let mut meta = Document::parse(META).unwrap();
        assert_eq!(meta.to_string(), META);
        let text = "line1\nline2: 'x' \"y\" ü 日本 — words and more words ";
        assert_eq!(meta.get("description"), &Value::Text(text.into()));
        assert_eq!((meta.get("nothing"), meta.get("missing")), (&Value::Null, &Value::Null));
        assert_eq!((meta.get("later"), meta.get("list")), (&Value::Text("1e5".into()), &Value::Nested));
        meta.set("last_updated_timestamp", &NewValue::Number(7));
        meta.set("aliases", &NewValue::Map([("Champion".into(), "3".into())].into()));
        meta.set("added", &NewValue::Text(None));
        let expected =
            META.replace("1795455102346", "7").replace("  Champion: '1'\n  '007': ' 2 '\n", "  Champion: \"3\"\n");
        assert_eq!(meta.to_string(), expected + "added: null\n");
    }

    #[test]
    fn a_comment_and_a_last_line_without_a_line_break_are_kept() {
        let mut meta = Document::parse("# mine\nname: bikes\n# also mine\nversion: 1").unwrap();
        meta.set("name", &NewValue::text("boats"));
        meta.set("added", &NewValue::Map(BTreeMap::new()));
        assert_eq!(meta.to_string(), "# mine\nname: boats\nversion: 1\nadded: {}\n");
    }

    proptest! {
        #[test]
        fn every_text_round_trips(key in "\\PC{1,8}", text in any::<String>()) {
            let mut written = Document::default();
            written.set(&key, &NewValue::text(&text));
            written.set("texts", &NewValue::Map([(key.clone(), text.clone())].into()));
            let read = Document::parse(&written.to_string()).unwrap();
            prop_assert_eq!(read.get(&key), &Value::Text(text));
            prop_assert_eq!(read.to_string(), written.to_string());
        }
    }
}
