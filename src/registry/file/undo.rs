//! How to take an unfinished move back: a move is several files, and a run can be killed between any two of them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::replace::Staged;
use super::store::Store;
use super::tidy::STAGING;

/// What is written before a move begins and removed when it is done. One run writes at a time, so there is one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Undo {
    /// The folder of the model.
    folder: PathBuf,
    /// When the move counts.
    commit: Commit,
    /// What else is written, in its order.
    files: Vec<Change>,
}

/// What makes a move count, in one rename.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Commit {
    /// This file is no longer there: it was the alias that was staged.
    Gone(PathBuf),
    /// This file is there: it was the alias that is deleted.
    There(PathBuf),
}

/// A file before and after.
#[derive(Debug, Serialize, Deserialize)]
struct Change {
    path: PathBuf,
    before: Option<String>,
    after: String,
}

impl Undo {
    /// Returns how to take back what is staged, until something counts.
    pub(super) fn of(store: &Store, folder: PathBuf, commit: Commit, staged: &[Staged]) -> Result<Self, Fault> {
        let change = |file: &Staged| {
            let path = file.place().to_owned();
            Ok(Change { before: store.read(&path)?, path, after: file.text().to_owned() })
        };
        Ok(Self { folder, commit, files: staged.iter().map(change).collect::<Result<_, Fault>>()? })
    }

    /// Returns what makes the move count.
    pub(super) const fn commit(&self) -> &Commit {
        &self.commit
    }

    /// Returns whether it names nothing but files below the folder of a model: whoever may write to the store must not
    /// have other files changed by whoever writes to it next.
    fn stays_within_a_model(&self) -> bool {
        let (Commit::Gone(commit) | Commit::There(commit)) = &self.commit;
        let mut paths = self.files.iter().map(|change| &change.path).chain([commit]);
        let is_plain = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        self.folder.starts_with("models") && paths.all(|path| is_plain(path) && path.starts_with(&self.folder))
    }

    /// Writes it to the disk.
    pub(super) fn write(&self, store: &Store) -> Result<(), Fault> {
        let text =
            serde_json::to_string(self).map_err(|error| Fault::unwritten(&place(), &std::io::Error::other(error)))?;
        store.stage(store.staging()?, place(), text)?.commit(store)
    }

    /// Puts every file back that still holds what the move wrote.
    pub(super) fn revert(&self, store: &Store) -> Result<(), Fault> {
        for Change { path, before, after } in self.files.iter().rev() {
            if store.read(path)?.as_ref() != Some(after) {
                continue;
            }
            match before {
                Some(before) => store.stage(&self.folder, path.clone(), before.as_str())?.commit(store)?,
                None => store.remove(path)?,
            }
        }
        Ok(())
    }

    /// Shows the tags below a folder as they were before the move.
    pub(super) fn hide(&self, folder: &Path, tags: &mut BTreeMap<String, String>) {
        for Change { path, before, after } in self.files.iter().rev() {
            let Some(key) = path.strip_prefix(folder).ok().and_then(|key| key.to_str()) else { continue };
            let key = key.replace(std::path::MAIN_SEPARATOR, "/");
            if tags.get(&key) == Some(after) {
                match before {
                    Some(before) => tags.insert(key, before.clone()),
                    None => tags.remove(&key),
                };
            }
        }
    }
}

impl Store {
    /// Returns how to take back a move that was begun and does not count yet.
    pub(super) fn unfinished(&self) -> Result<Option<Undo>, Fault> {
        // It is put there whole: what cannot be read is none.
        let undo = self.read(&place())?.and_then(|text| serde_json::from_str::<Undo>(&text).ok());
        let Some(undo) = undo.filter(Undo::stays_within_a_model) else { return Ok(None) };
        let counts = match &undo.commit {
            Commit::Gone(path) => !self.has(path)?,
            Commit::There(path) => self.has(path)?,
        };
        Ok((!counts).then_some(undo))
    }

    /// Forgets how to take a move back, once it counts.
    pub(super) fn forget(&self) -> Result<(), Fault> {
        self.remove(&place())
    }
}

/// Returns where it is, from the root of the store.
fn place() -> PathBuf {
    Path::new(STAGING).join("undo.json")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::super::address::Address;
    use super::*;
    use crate::registry::{Alias, AliasMove, ModelName, Version};

    const TAG: &str = "models/bikes/tags/k";

    fn store() -> (TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(Address::parse(&root.path().display().to_string()).unwrap());
        for (path, text) in [
            ("meta.yaml", "name: bikes\n"),
            ("version-1/meta.yaml", "version: 1\n"),
            ("version-2/meta.yaml", "version: 2\n"),
            ("aliases/A", "1"),
            ("tags/k", "old"),
        ] {
            let path = root.path().join("models/bikes").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        (root, store)
    }

    fn bikes() -> ModelName {
        "bikes".parse().unwrap()
    }

    fn alias() -> Alias {
        "A".parse().unwrap()
    }

    fn tags(keys: &[&str]) -> Vec<(String, String)> {
        keys.iter().map(|key| ((*key).to_owned(), "new".to_owned())).collect()
    }

    /// Begins a move that is never made, as a run that is killed right before it does.
    fn begin(store: &Store) {
        let folder = Path::new("models/bikes");
        let moved = store.stage(folder, folder.join("aliases/A"), "2").unwrap();
        let staged = ["tags/k", "tags/a/b"].map(|tag| store.stage(folder, folder.join(tag), "new").unwrap());
        let undo = Undo::of(store, folder.to_owned(), Commit::Gone(moved.path(store)), &staged).unwrap();
        undo.write(store).unwrap();
        staged.into_iter().for_each(|file| file.commit(store).unwrap());
        std::mem::forget(moved);
    }

    fn everything(root: &Path) -> Vec<String> {
        let mut found = vec![];
        let mut left = vec![root.to_owned()];
        while let Some(folder) = left.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path)
                } else {
                    found.push(path.strip_prefix(root).unwrap().display().to_string())
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn a_move_that_was_not_finished_is_not_seen_and_is_taken_back() {
        let (root, store) = store();
        let (before, files) = (store.model(&bikes()).unwrap(), everything(root.path()));
        begin(&store);
        assert_eq!(fs::read_to_string(root.path().join(TAG)).unwrap(), "new");
        assert_eq!(store.model(&bikes()).unwrap(), before);
        store.tidy().unwrap();
        assert_eq!((store.model(&bikes()).unwrap(), everything(root.path())), (before, files));
        assert!(!store.is_staging());
    }

    #[test]
    fn what_somebody_else_wrote_since_stays() {
        let (root, store) = store();
        begin(&store);
        fs::write(root.path().join(TAG), "theirs").unwrap();
        store.tidy().unwrap();
        let tags = store.model(&bikes()).unwrap().tags;
        assert_eq!(tags, [("k".to_owned(), "theirs".to_owned())].into());
    }

    #[test]
    fn what_leads_out_of_the_folder_of_a_model_is_not_followed() {
        let (root, store) = store();
        let victim = root.path().join("victim");
        fs::write(&victim, "new").unwrap();
        for (folder, path) in [
            ("models/bikes", "models/bikes/../../victim".to_owned()),
            ("models/bikes", "victim".to_owned()),
            ("", "victim".to_owned()),
            ("/", victim.display().to_string()),
        ] {
            let alias = Path::new("models/bikes/aliases/A");
            let change = Change { path: path.clone().into(), before: None, after: "new".to_owned() };
            let undo = Undo { folder: folder.into(), commit: Commit::Gone(alias.to_owned()), files: vec![change] };
            undo.write(&store).unwrap();
            store.tidy().unwrap();
            assert_eq!((fs::read_to_string(&victim).unwrap(), store.is_staging()), ("new".to_owned(), false), "{path}");
        }
    }

    #[test]
    fn a_move_that_counts_is_kept() {
        let (_root, store) = store();
        begin(&store);
        let Some(Undo { commit: Commit::Gone(moved), .. }) = store.unfinished().unwrap() else { panic!() };
        store.rename(&moved, Path::new("models/bikes/aliases/A")).unwrap();
        store.tidy().unwrap();
        let model = store.model(&bikes()).unwrap();
        assert_eq!(model.alias(&alias()), Version::new(2));
        assert_eq!(model.tags, tags(&["k", "a/b"]).into_iter().collect());
    }

    #[cfg(unix)]
    #[test]
    fn a_move_that_fails_halfway_leaves_nothing() {
        let (root, store) = store();
        let (before, files) = (store.model(&bikes()).unwrap(), everything(root.path()));
        // A tag cannot stand below another one: the second of these is refused when it is put in its place.
        let to =
            AliasMove { name: bikes(), alias: alias(), version: Version::new(2).unwrap(), expect: None, seen: None };
        assert!(store.move_alias(&to, |_, _| tags(&["k", "k/below"])).is_err());
        assert!(
            store.remove_alias(&bikes(), &alias(), Version::new(1).unwrap(), |_, _| tags(&["k", "k/below"])).is_err()
        );
        store.leave();
        assert_eq!((store.model(&bikes()).unwrap(), everything(root.path())), (before, files));
        assert!(!store.is_staging());
    }

    #[test]
    fn a_deleted_alias_is_recorded_with_it() {
        let (root, store) = store();
        let done = store.remove_alias(&bikes(), &alias(), Version::new(1).unwrap(), |previous, seen| {
            assert_eq!((previous, seen["k"].as_str()), (Version::new(1), "old"));
            tags(&["k"])
        });
        store.leave();
        assert_eq!(done.unwrap().written, tags(&["k"]));
        let model = store.model(&bikes()).unwrap();
        assert!(model.aliases.is_empty() && model.tags["k"] == "new", "{model:?}");
        assert!(everything(root.path()).iter().all(|path| !path.contains(".runner")));
    }
}
