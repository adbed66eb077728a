//! The tag of the registered model that holds the history of one alias.

use std::collections::BTreeMap;

use serde::{Deserialize as _, Serialize, Serializer};
use serde_json::Value;

use super::entry::HistoryEntry;
use crate::text::truncate_to_fit;

/// The prefix of the keys of all history tags.
const PREFIX: &str = "runner.history.";

/// Returns the key of the tag that holds the history of an alias.
pub fn tag_key(alias: &str) -> String {
    [PREFIX, alias].concat()
}

/// Returns the alias that the key of a history tag names.
pub fn alias_from_tag_key(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX).filter(|alias| !alias.contains('.'))
}

/// The moves of one alias, newest first.
#[derive(Debug, Clone, Default)]
pub struct History(Vec<Record>);

/// An entry, with the JSON it was read from: fields that only a newer release knows must survive a rewrite.
#[derive(Debug, Clone)]
struct Record {
    entry: HistoryEntry,
    read: Option<Value>,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.read {
            Some(read) => read.serialize(serializer),
            None => self.entry.serialize(serializer),
        }
    }
}

impl History {
    /// Reads the history of an alias from the tags of its model.
    ///
    /// # Errors
    /// See [`Self::parse`].
    pub fn from_tags(tags: &BTreeMap<String, String>, alias: &str) -> Result<Self, serde_json::Error> {
        Self::parse(tags.get(&tag_key(alias)).map(String::as_str))
    }

    /// Parses the value of the tag. A missing or empty tag is an empty history.
    ///
    /// # Errors
    /// When the value is not a history. It is damaged or belongs to another tool, so it must not be overwritten.
    pub fn parse(tag: Option<&str>) -> Result<Self, serde_json::Error> {
        let Some(tag) = tag.filter(|tag| !tag.trim().is_empty()) else { return Ok(Self::default()) };
        let records: Vec<Value> = serde_json::from_str(tag)?;
        let record = |read: Value| Ok(Record { entry: HistoryEntry::deserialize(&read)?, read: Some(read) });
        records.into_iter().map(record).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the entries, newest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &HistoryEntry> {
        self.0.iter().map(|record| &record.entry)
    }

    /// Adds the newest entry, and drops the oldest ones until the tag value has at most `max_chars` characters.
    pub fn push(&mut self, mut entry: HistoryEntry, max_chars: usize) {
        // A fifth each for actor and message leaves room for the other fields and for one earlier entry.
        let max_text = max_chars / 5;
        entry.actor = truncate_json(entry.actor, max_text);
        entry.message = entry.message.map(|message| truncate_json(message, max_text));
        self.0.insert(0, Record { entry, read: None });
        while self.0.len() > 1 && self.to_tag_value().chars().count() > max_chars {
            self.0.pop();
        }
    }

    /// Renders the value of the tag.
    pub fn to_tag_value(&self) -> String {
        // Serializing plain structs with text keys cannot fail.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// Truncates a text so that its JSON form, quotes and escapes included, has at most `max_chars` characters.
fn truncate_json(text: String, max_chars: usize) -> String {
    const LONGEST_ESCAPE: usize = r"\u0000".len();
    if text.len() * LONGEST_ESCAPE + 2 <= max_chars {
        return text;
    }
    let width = |c: char| serde_json::Value::from(c.to_string()).to_string().chars().count() - 2;
    truncate_to_fit(&text, max_chars.saturating_sub(2), width).into_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::entry::MoveKind;
    use super::*;
    use crate::registry::Version;

    fn entry(version: u64, message: &str) -> HistoryEntry {
        let mut entry = HistoryEntry::new(
            MoveKind::Promotion,
            Version::new(version),
            Version::new(version - 1),
            "ada",
            Some(message),
        );
        entry.time = Timestamp::UNIX_EPOCH;
        entry
    }

    #[test]
    fn the_newest_entry_comes_first() {
        let mut history = History::parse(None).unwrap();
        history.push(entry(1, "first"), 5_000);
        history.push(entry(2, "second"), 5_000);
        insta::assert_snapshot!(history.to_tag_value(), @r#"[{"version":2,"previous_version":1,"time":"1970-01-01T00:00:00Z","actor":"ada","message":"second"},{"version":1,"previous_version":null,"time":"1970-01-01T00:00:00Z","actor":"ada","message":"first"}]"#);
        let read = History::parse(Some(&history.to_tag_value())).unwrap();
        assert!(read.entries().eq(history.entries()) && read.to_tag_value() == history.to_tag_value());
    }

    #[test]
    fn a_tag_of_another_tool_is_not_a_history() {
        for tag in ["v1", "{}", "[1]", r#"[{"version":"x"}]"#] {
            assert!(History::parse(Some(tag)).is_err(), "{tag}");
        }
    }

    #[test]
    fn fields_of_a_newer_release_survive_a_rewrite() {
        let newer = r#"{"version":1,"previous_version":null,"time":"2026-01-01T00:00:00+01:00","actor":"a","message":null,"kind":"copy","of":{"x":[1]}}"#;
        let mut history = History::parse(Some(&format!("[{newer}]"))).unwrap();
        history.push(entry(2, "older release"), 5_000);
        assert!(history.to_tag_value().ends_with(&format!(",{newer}]")), "{}", history.to_tag_value());
        assert_eq!(history.rollback_targets(), [1]);
    }

    #[test]
    fn only_keys_of_history_tags_name_an_alias() {
        assert_eq!(alias_from_tag_key("runner.history.Prod_é"), Some("Prod_é"));
        for other in ["runner.history.Champion.aside", "runner.history.Champion.aside.2", "history.Champion"] {
            assert_eq!(alias_from_tag_key(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn the_value_always_fits_a_tag_and_keeps_the_newest_entry(
            messages in prop::collection::vec(".{0,3000}", 1..12),
            longest in prop::sample::select(vec![1_000_usize, 5_000]),
        ) {
            let mut history = History::default();
            for (version, message) in (1..).zip(&messages) {
                history.push(entry(version, message), longest);
            }
            prop_assert!(history.to_tag_value().chars().count() <= longest);
            prop_assert_eq!(history.0[0].entry.version, Some(messages.len() as u64));
        }
    }
}
