//! The history of an alias: a tag of the registered model that says who moved it, when and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::registry::{Alias, Version};

/// Returns the key of the tag that holds the history of an alias.
pub(super) fn key(alias: &Alias) -> String {
    format!("runner.history.{alias}")
}

/// The moves of one alias, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct History(Vec<Entry>);

/// One move of an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Where it moved to; none when it was deleted.
    pub(super) version: Option<u64>,
    /// Where it was before; none on a first promotion.
    pub(super) previous_version: Option<u64>,
    /// When, in UTC.
    pub(super) time: Timestamp,
    /// Who is held responsible.
    pub(super) actor: String,
    /// Why.
    pub(super) message: Option<String>,
}

impl Entry {
    /// Makes the entry of a move that happens now, to the second.
    pub(super) fn now(version: Option<Version>, previous: Option<Version>, actor: &str, message: Option<&str>) -> Self {
        let time = Timestamp::now();
        Self {
            version: version.map(Version::get),
            previous_version: previous.map(Version::get),
            time: Timestamp::from_second(time.as_second()).unwrap_or(time),
            actor: actor.to_owned(),
            message: message.map(str::to_owned),
        }
    }
}

impl History {
    /// Reads the value of the tag; a model without the tag has an empty history.
    ///
    /// # Errors
    /// When the value is not a history: it is somebody else's, and must not be overwritten.
    pub(super) fn parse(tag: Option<&str>) -> Result<Self, serde_json::Error> {
        tag.map_or_else(|| Ok(Self::default()), serde_json::from_str)
    }

    /// Returns whether the alias was at a version, as far as the moves that are kept go back.
    pub(super) fn holds(&self, version: Version) -> bool {
        let number = Some(version.get());
        self.0.iter().any(|entry| entry.version == number || entry.previous_version == number)
    }

    /// Adds the newest move, and drops the oldest ones until the value fits into a tag of so many characters.
    pub(super) fn record(&mut self, mut entry: Entry, longest: usize) {
        // Who and why leave room for the rest, and for an entry before this one.
        let text = longest / 5;
        entry.actor = cut(entry.actor, text);
        entry.message = entry.message.map(|message| cut(message, text));
        self.0.insert(0, entry);
        while self.0.len() > 1 && self.to_tag().chars().count() > longest {
            self.0.pop();
        }
    }

    /// Returns the value of the tag.
    pub(super) fn to_tag(&self) -> String {
        // A list of plain structs with text keys always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Cuts a text so that even a single entry fits, however many of its characters JSON has to escape.
fn cut(text: String, mut room: usize) -> String {
    if serde_json::Value::from(text.as_str()).to_string().chars().count() <= room {
        return text;
    }
    let mut kept = String::new();
    for c in text.chars() {
        let width = serde_json::Value::from(c.to_string()).to_string().chars().count() - 2;
        if width + 3 > room {
            break;
        }
        room -= width;
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(version: u64, message: &str) -> Entry {
        Entry {
            version: Some(version),
            previous_version: version.checked_sub(1),
            time: Timestamp::UNIX_EPOCH,
            actor: "ada".into(),
            message: Some(message.into()),
        }
    }

    #[test]
    fn the_newest_move_comes_first() {
        let mut history = History::parse(None).unwrap();
        history.record(entry(1, "first"), 5_000);
        history.record(entry(2, "second"), 5_000);
        insta::assert_snapshot!(history.to_tag(), @r#"[{"version":2,"previous_version":1,"time":"1970-01-01T00:00:00Z","actor":"ada","message":"second"},{"version":1,"previous_version":0,"time":"1970-01-01T00:00:00Z","actor":"ada","message":"first"}]"#);
        assert_eq!(History::parse(Some(&history.to_tag())).unwrap(), history);
    }

    #[test]
    fn somebody_elses_tag_is_no_history() {
        for tag in ["", "v1", "{}", "[1]", r#"[{"version":"x"}]"#] {
            assert!(History::parse(Some(tag)).is_err(), "{tag}");
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
            prop_assert_eq!(history.0[0].version, Some(messages.len() as u64));
        }
    }
}
