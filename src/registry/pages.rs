//! Lists of versions that a server sends page by page, and what ends one that it would never end.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{ModelName, ModelVersion};

/// The most pages of one list. A model of a million versions has a hundred on an MLflow server.
const MOST_PAGES: usize = 1_000;

/// The most memory that the versions of one list may take, roughly, in bytes.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// How far the reading of a list has come.
pub(super) struct Pages<'a> {
    name: &'a ModelName,
    /// The tokens so far, as hashes: a server may send long ones.
    tokens: HashSet<u64>,
    bytes: usize,
}

impl<'a> Pages<'a> {
    /// Begins the list of the versions of a model.
    pub(super) fn of(name: &'a ModelName) -> Self {
        Self { name, tokens: HashSet::new(), bytes: 0 }
    }

    /// Takes the token of the next page; none where the list has come to its end.
    ///
    /// # Errors
    /// That the list has no end.
    pub(super) fn turn(&mut self, token: Option<String>) -> Result<Option<String>, String> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        if !self.tokens.insert(hasher.finish()) {
            return Err(format!("its list of the versions of {} goes in circles", self.name));
        }
        if self.tokens.len() >= MOST_PAGES {
            return Err(format!("its list of the versions of {} has no end after {MOST_PAGES} pages", self.name));
        }
        Ok(Some(token))
    }

    /// Counts what a version takes that is kept.
    ///
    /// # Errors
    /// That it is too much.
    pub(super) fn keep(&mut self, version: &ModelVersion) -> Result<(), String> {
        self.bytes += version.memory_size();
        match self.bytes > MOST_BYTES {
            true => Err(format!(
                "its list of the versions of {} is longer than {} MiB",
                self.name,
                MOST_BYTES / 1024 / 1024
            )),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_with_the_last_page_or_with_patience() {
        let name = "bikes".parse().unwrap();
        let mut pages = Pages::of(&name);
        assert_eq!(pages.turn(None), Ok(None));
        assert_eq!(pages.turn(Some(String::new())), Ok(None));
        assert_eq!(pages.turn(Some("a".into())), Ok(Some("a".into())));
        assert!(pages.turn(Some("a".into())).unwrap_err().contains("in circles"));
        let end = (0..).find_map(|page| pages.turn(Some(page.to_string())).err()).unwrap();
        assert!(end.contains("no end after 1000 pages"), "{end}");
    }
}
