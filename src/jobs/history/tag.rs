//! The tag that holds a history.

use serde::{Deserialize as _, Serialize, Serializer};
use serde_json::Value;

use super::entry::Entry;
use crate::text::truncate_to_fit;

/// What the keys of all histories begin with.
const PREFIX: &str = "runner.history.";

/// Returns the key of the tag that holds the history of an alias.
pub(in crate::jobs) fn key(alias: &str) -> String {
    [PREFIX, alias].concat()
}

/// Returns the alias whose history a tag holds, as its key says.
pub(in crate::jobs) fn alias_of(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX).filter(|alias| !alias.contains('.'))
}

/// The moves of one alias, newest first.
#[derive(Debug, Clone, Default)]
pub(in crate::jobs) struct History(Vec<Record>);

/// A move as it is understood, and as it was read, if it was: a newer release may have said more.
#[derive(Debug, Clone)]
struct Record {
    entry: Entry,
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
    /// Reads the value of the tag; a model without the tag, or with an empty one, has an empty history.
    ///
    /// # Errors
    /// When the value is not a history: it is somebody else's, or damaged, and must not be lost.
    pub(in crate::jobs) fn parse(tag: Option<&str>) -> Result<Self, serde_json::Error> {
        let Some(tag) = tag.filter(|tag| !tag.trim().is_empty()) else { return Ok(Self::default()) };
        let records: Vec<Value> = serde_json::from_str(tag)?;
        let record = |read: Value| Ok(Record { entry: Entry::deserialize(&read)?, read: Some(read) });
        records.into_iter().map(record).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the moves, newest first.
    pub(in crate::jobs) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter().map(|record| &record.entry)
    }

    /// Adds the newest move, and drops the oldest ones until the value fits into a tag of so many characters.
    pub(in crate::jobs) fn record(&mut self, mut entry: Entry, longest: usize) {
        // Who and why leave room for the rest, and for an entry before this one.
        let text = longest / 5;
        entry.actor = cut(entry.actor, text);
        entry.message = entry.message.map(|message| cut(message, text));
        self.0.insert(0, Record { entry, read: None });
        while self.0.len() > 1 && self.to_tag().chars().count() > longest {
            self.0.pop();
        }
    }

    /// Returns the value of the tag.
    pub(in crate::jobs) fn to_tag(&self) -> String {
        // Values, and plain structs with text keys, always have a JSON form.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// Cuts a text so that even a single entry fits, however many of its characters JSON has to escape.
fn cut(text: String, room: usize) -> String {
    const LONGEST_ESCAPE: usize = r"\u0000".len();
    if text.len() * LONGEST_ESCAPE + 2 <= room {
        return text;
    }
    let width = |c: char| serde_json::Value::from(c.to_string()).to_string().chars().count() - 2;
    truncate_to_fit(&text, room.saturating_sub(2), width).into_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::Kind;
    use super::*;
    use crate::registry::Version;

    fn entry(version: u64, message: &str) -> Entry {
        let mut entry =
            Entry::now(Kind::Promotion, Version::new(version), Version::new(version - 1), "ada", Some(message));
        entry.time = Timestamp::UNIX_EPOCH;
        entry
    }

    #[test]
    fn the_newest_move_comes_first() {
        let mut history = History::parse(None).unwrap();
        history.record(entry(1, "first"), 5_000);
        history.record(entry(2, "second"), 5_000);
        insta::assert_snapshot!(history.to_tag(), @r#"[{"version":2,"previous_version":1,"time":"1970-01-01T00:00:00Z","actor":"ada","message":"second"},{"version":1,"previous_version":null,"time":"1970-01-01T00:00:00Z","actor":"ada","message":"first"}]"#);
        let read = History::parse(Some(&history.to_tag())).unwrap();
        assert!(read.entries().eq(history.entries()) && read.to_tag() == history.to_tag());
    }

    #[test]
    fn somebody_elses_tag_is_no_history() {
        for tag in ["v1", "{}", "[1]", r#"[{"version":"x"}]"#] {
            assert!(History::parse(Some(tag)).is_err(), "{tag}");
        }
    }

    #[test]
    fn what_only_a_newer_release_understands_is_kept() {
        let newer = r#"{"version":1,"previous_version":null,"time":"2026-01-01T00:00:00+01:00","actor":"a","message":null,"kind":"copy","of":{"x":[1]}}"#;
        let mut history = History::parse(Some(&format!("[{newer}]"))).unwrap();
        history.record(entry(2, "older release"), 5_000);
        assert!(history.to_tag().ends_with(&format!(",{newer}]")), "{}", history.to_tag());
        assert_eq!(history.earlier(), [1]);
    }

    #[test]
    fn only_keys_of_histories_name_an_alias() {
        assert_eq!(alias_of("runner.history.Prod_é"), Some("Prod_é"));
        for other in ["runner.history.Champion.aside", "runner.history.Champion.aside.2", "history.Champion"] {
            assert_eq!(alias_of(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn it_always_fits_a_tag_and_keeps_the_newest(
            messages in prop::collection::vec(".{0,3000}", 1..12),
            longest in prop::sample::select(vec![1_000_usize, 5_000]),
        ) {
            let mut history = History::default();
            for (version, message) in (1..).zip(&messages) {
                history.record(entry(version, message), longest);
            }
            prop_assert!(history.to_tag().chars().count() <= longest);
            prop_assert_eq!(history.0[0].entry.version, Some(messages.len() as u64));
        }
    }
}
