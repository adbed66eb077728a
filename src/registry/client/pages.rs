//! Limits for lists that a server sends page by page, so that one without an end is noticed.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::registry::{ModelName, ModelVersion};

/// The most pages of one list. A model with a million versions has a hundred pages on an MLflow server.
const MOST_PAGES: usize = 1_000;

/// The most memory that the versions of one list may take, roughly, in bytes.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// The pages of a list of versions that were read so far.
pub struct Pages<'a> {
    name: &'a ModelName,
    /// The tokens of the pages, as hashes: a server may send long ones.
    tokens: HashSet<u64>,
    bytes: usize,
}

impl<'a> Pages<'a> {
    /// Begins the list of the versions of a model.
    pub fn new(name: &'a ModelName) -> Self {
        Self { name, tokens: HashSet::new(), bytes: 0 }
    }

    /// Takes the token of the next page; returns none at the end of the list.
    ///
    /// # Errors
    /// That the list has no end.
    pub fn next_token(&mut self, token: Option<String>) -> Result<Option<String>, String> {
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

    /// Counts the memory of a version that the caller keeps.
    ///
    /// # Errors
    /// That the list takes too much.
    pub fn count(&mut self, version: &ModelVersion) -> Result<(), String> {
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
    fn a_list_without_an_end_is_noticed() {
        let name = "bikes".parse().unwrap();
        let mut pages = Pages::new(&name);
        assert_eq!(pages.next_token(None), Ok(None));
        assert_eq!(pages.next_token(Some(String::new())), Ok(None));
        assert_eq!(pages.next_token(Some("a".into())), Ok(Some("a".into())));
        assert!(pages.next_token(Some("a".into())).unwrap_err().contains("in circles"));
        let end = (0..).find_map(|page| pages.next_token(Some(page.to_string())).err()).unwrap();
        assert!(end.contains("no end after 1000 pages"), "{end}");
    }
}
