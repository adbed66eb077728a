//! Appends a move to a history: computes which tags of the model to write.

use std::collections::BTreeMap;

use super::entry::HistoryEntry;
use super::tag::{History, tag_key};
use crate::registry::Alias;

/// Returns the tags to write so that the history of an alias includes a move. A tag value that is not a history is first
/// copied to a free backup tag, and a new history begins.
pub fn append(
    alias: &Alias,
    entry: HistoryEntry,
    tags: &BTreeMap<String, String>,
    max_chars: usize,
) -> Vec<(String, String)> {
    let key = tag_key(alias.as_str());
    let found = tags.get(&key).map(String::as_str);
    let (mut history, backup) = match History::parse(found) {
        Ok(history) => (history, None),
        Err(_) => {
            (History::default(), found.and_then(|value| Some((free_backup_key(alias, value, tags)?, value.to_owned()))))
        }
    };
    history.push(entry, max_chars);
    backup.into_iter().chain([(key, history.to_tag_value())]).collect()
}

/// Returns the keys of the backup tags that hold former values of a history tag.
pub fn backup_keys(alias: &str, tags: &BTreeMap<String, String>) -> Vec<String> {
    possible_backup_keys(alias).take_while(|key| tags.contains_key(key)).collect()
}

/// Returns the first backup key that is free or already holds the value.
fn free_backup_key(alias: &Alias, value: &str, tags: &BTreeMap<String, String>) -> Option<String> {
    possible_backup_keys(alias.as_str()).find(|key| tags.get(key).is_none_or(|present| present == value))
}

fn possible_backup_keys(alias: &str) -> impl Iterator<Item = String> {
    let first = format!("runner.history.{alias}.aside");
    let base = first.clone();
    [first].into_iter().chain((2_u32..).map(move |number| format!("{base}.{number}")))
}

#[cfg(test)]
mod tests {
    use super::super::entry::MoveKind;
    use super::*;
    use crate::registry::Version;

    const KEY: &str = "runner.history.Champion";

    /// Appends a move to the given tags, and returns the tags that are written.
    fn written(tags: &[(&str, &str)]) -> Vec<(String, String)> {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let entry = HistoryEntry::new(MoveKind::Promotion, Version::new(1), None, "ada", None);
        append(&"Champion".parse().unwrap(), entry, &tags, 5_000)
    }

    fn keys(tags: &[(&str, &str)]) -> Vec<String> {
        written(tags).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn only_the_history_tag_is_written() {
        assert_eq!(keys(&[]), [KEY]);
        assert_eq!(keys(&[(KEY, "[]")]), [KEY]);
        assert_eq!(keys(&[(KEY, "")]), [KEY]);
    }

    #[test]
    fn a_value_that_is_not_a_history_is_backed_up_without_overwriting_another_backup() {
        let backup = format!("{KEY}.aside");
        assert_eq!(written(&[(KEY, "mine")])[0], (backup.clone(), "mine".to_owned()));
        assert_eq!(keys(&[(KEY, "mine"), (&backup, "older")]), [format!("{backup}.2"), KEY.to_owned()]);
        assert_eq!(keys(&[(KEY, "mine"), (&backup, "mine")]), [backup, KEY.to_owned()]);
    }

    #[test]
    fn consecutive_backup_tags_are_found() {
        let tags = ["", ".aside", ".aside.2", ".aside.4"].map(|end| (format!("{KEY}{end}"), String::new()));
        assert_eq!(backup_keys("Champion", &tags.into()), [format!("{KEY}.aside"), format!("{KEY}.aside.2")]);
    }
}
