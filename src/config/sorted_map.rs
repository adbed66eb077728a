//! A small map for the mappings of a config.

use std::collections::BTreeMap;

/// A map from texts to values, sorted by the texts. It takes no more memory than its entries, because a batch has one for
/// each of its jobs; the smallest `BTreeMap` has room for eleven entries.
#[derive(Clone, PartialEq)]
pub(super) struct SortedMap<V>(Vec<(String, V)>);

impl<V> SortedMap<V> {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.find(key).ok().map(|place| &self.0[place].1)
    }

    /// Returns the value of a key, and adds the given one if it is missing.
    pub(super) fn get_or_insert(&mut self, key: &str, missing: V) -> &mut V {
        let place = self.find(key).unwrap_or_else(|place| {
            self.0.insert(place, (key.to_owned(), missing));
            place
        });
        &mut self.0[place].1
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(key, _)| key)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(super) fn retain(&mut self, mut is_kept: impl FnMut(&String, &V) -> bool) {
        self.0.retain(|(key, value)| is_kept(key, value));
    }

    /// Returns the place of a key, or where it would be.
    fn find(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(key))
    }
}

impl<V> Default for SortedMap<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> From<BTreeMap<String, V>> for SortedMap<V> {
    fn from(entries: BTreeMap<String, V>) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<V> FromIterator<(String, V)> for SortedMap<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(entries: I) -> Self {
        entries.into_iter().collect::<BTreeMap<_, _>>().into()
    }
}
