//! Keeping a history: what is written into which tags of the model.

use std::collections::BTreeMap;

use super::entry::Entry;
use super::tag::{History, key};
use crate::registry::Alias;

/// Returns the tags to write so that a move is in the history of an alias. A value that is no history goes aside
/// first, to a tag that is free, and a new history begins.
pub(in crate::jobs) fn amend(
    alias: &Alias,
    entry: Entry,
    tags: &BTreeMap<String, String>,
    longest: usize,
) -> Vec<(String, String)> {
    let key = key(alias.as_str());
    let found = tags.get(&key).map(String::as_str);
    let (mut history, aside) = match History::parse(found) {
        Ok(history) => (history, None),
        Err(_) => {
            (History::default(), found.and_then(|value| Some((free_aside(alias, value, tags)?, value.to_owned()))))
        }
    };
    history.record(entry, longest);
    aside.into_iter().chain([(key, history.to_tag())]).collect()
}

/// Returns the keys of what was kept aside of the history of an alias.
pub(in crate::jobs) fn asides(alias: &str, tags: &BTreeMap<String, String>) -> Vec<String> {
    aside_keys(alias).take_while(|key| tags.contains_key(key)).collect()
}

/// Returns the first key that holds nothing else yet.
fn free_aside(alias: &Alias, value: &str, tags: &BTreeMap<String, String>) -> Option<String> {
    aside_keys(alias.as_str()).find(|key| tags.get(key).is_none_or(|kept| kept == value))
}

fn aside_keys(alias: &str) -> impl Iterator<Item = String> {
    let first = format!("runner.history.{alias}.aside");
    let more = first.clone();
    [first].into_iter().chain((2_u32..).map(move |number| format!("{more}.{number}")))
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;
    use crate::registry::Version;

    const KEY: &str = "runner.history.Champion";

    /// Adds a move to tags that hold these, and returns the keys that are written.
    fn written(tags: &[(&str, &str)]) -> Vec<(String, String)> {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let entry = Entry::now(Kind::Promotion, Version::new(1), None, "ada", None);
        amend(&"Champion".parse().unwrap(), entry, &tags, 5_000)
    }

    fn keys(tags: &[(&str, &str)]) -> Vec<String> {
        written(tags).into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn a_history_is_written_alone() {
        assert_eq!(keys(&[]), [KEY]);
        assert_eq!(keys(&[(KEY, "[]")]), [KEY]);
        assert_eq!(keys(&[(KEY, "")]), [KEY]);
    }

    #[test]
    fn what_is_no_history_goes_aside_first_and_never_over_another() {
        let aside = format!("{KEY}.aside");
        assert_eq!(written(&[(KEY, "mine")])[0], (aside.clone(), "mine".to_owned()));
        assert_eq!(keys(&[(KEY, "mine"), (&aside, "older")]), [format!("{aside}.2"), KEY.to_owned()]);
        assert_eq!(keys(&[(KEY, "mine"), (&aside, "mine")]), [aside, KEY.to_owned()]);
    }

    #[test]
    fn what_is_aside_is_found() {
        let tags = ["", ".aside", ".aside.2", ".aside.4"].map(|end| (format!("{KEY}{end}"), String::new()));
        assert_eq!(asides("Champion", &tags.into()), [format!("{KEY}.aside"), format!("{KEY}.aside.2")]);
    }
}
