//! The undo file of a move. A move writes several files, and a run can be killed between any two of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic_write::StagedFile;
use super::error::unwritable;
use super::store::Store;
use crate::registry::local::LocalError;

/// The folder for undo files and for new models that have no folder yet. It is in the root of the store, where MLflow
/// treats every folder as an experiment unless its name ends with `.trash`.
pub(super) const STAGING: &str = ".runner.trash";

/// How to revert a move. It is written before the move begins and removed when the move is done. Only one run writes at a
/// time, so there is one undo file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Undo {
    /// The folder of the model.
    folder: PathBuf,
    /// How to tell whether the move counts.
    commit: CommitMark,
    /// The other files that the move writes, in their order.
    files: Vec<Change>,
}

/// The trace of the last rename of a move, which makes it count. The names are part of the undo file's format.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum CommitMark {
    /// The move counts once this file is gone. It is the staged file of the alias.
    Gone(PathBuf),
    /// The move counts once this file exists. It is the renamed file of the deleted alias.
    There(PathBuf),
}

/// The content of a file before and after the move.
#[derive(Debug, Serialize, Deserialize)]
struct Change {
    path: PathBuf,
    before: Option<String>,
    after: String,
}

impl Undo {
    /// Describes how to revert staged files, before any is renamed to its target.
    pub(super) fn new(
        store: &Store,
        folder: PathBuf,
        commit: CommitMark,
        staged: &[StagedFile],
    ) -> Result<Self, LocalError> {
        let change = |file: &StagedFile| {
            let path = file.target().to_owned();
            Ok(Change { before: store.read(&path)?, path, after: file.text().to_owned() })
        };
        Ok(Self { folder, commit, files: staged.iter().map(change).collect::<Result<_, LocalError>>()? })
    }

    pub(super) const fn commit_mark(&self) -> &CommitMark {
        &self.commit
    }

    /// Returns whether all paths are below the folder of a model. Otherwise a user who may write to the store could make
    /// the next user change other files.
    fn is_within_model(&self) -> bool {
        let (CommitMark::Gone(commit) | CommitMark::There(commit)) = &self.commit;
        let mut paths = self.files.iter().map(|change| &change.path).chain([commit]);
        let is_plain = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        self.folder.starts_with("models") && paths.all(|path| is_plain(path) && path.starts_with(&self.folder))
    }

    pub(super) fn write(&self, store: &Store) -> Result<(), LocalError> {
        let text =
            serde_json::to_string(self).map_err(|error| unwritable(&undo_file(), &std::io::Error::other(error)))?;
        store.stage(store.create_staging()?, undo_file(), text)?.commit(store)
    }

    /// Restores every file that still has the content that the move wrote.
    pub(super) fn revert(&self, store: &Store) -> Result<(), LocalError> {
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

    /// Changes tags read from a folder to what they were before the move.
    pub(super) fn revert_tags(&self, folder: &Path, tags: &mut BTreeMap<String, String>) {
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
    /// Creates the staging folder if it does not exist, and returns it.
    pub(super) fn create_staging(&self) -> Result<&'static Path, LocalError> {
        let staging = Path::new(STAGING);
        fs::create_dir_all(self.absolute(staging)).map_err(|error| unwritable(staging, &error))?;
        Ok(staging)
    }

    /// Reads the undo file of a move that began and does not count yet.
    pub(super) fn unfinished_move(&self) -> Result<Option<Undo>, LocalError> {
        // The file is written in one step, so an unreadable one is not from a runner.
        let undo = self.read(&undo_file())?.and_then(|text| serde_json::from_str::<Undo>(&text).ok());
        let Some(undo) = undo.filter(Undo::is_within_model) else { return Ok(None) };
        let counts = match &undo.commit {
            CommitMark::Gone(path) => !self.exists(path)?,
            CommitMark::There(path) => self.exists(path)?,
        };
        Ok((!counts).then_some(undo))
    }

    pub(super) fn remove_undo(&self) -> Result<(), LocalError> {
        self.remove(&undo_file())
    }
}

fn undo_file() -> PathBuf {
    Path::new(STAGING).join("undo.json")
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::address::Address;
    use super::*;
    use crate::registry::{Alias, AliasChange, ModelName, Version};

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

    fn version(number: u64) -> Version {
        Version::new(number).unwrap()
    }

    fn tags(keys: &[&str]) -> Vec<(String, String)> {
        keys.iter().map(|key| ((*key).to_owned(), "new".to_owned())).collect()
    }

    /// Begins a move and leaves it unfinished, as a run that is killed before the last rename.
    fn begin(store: &Store) {
        let folder = Path::new("models/bikes");
        let moved = store.stage(folder, folder.join("aliases/A"), "2").unwrap();
        let staged = ["tags/k", "tags/a/b"].map(|tag| store.stage(folder, folder.join(tag), "new").unwrap());
        let undo = Undo::new(store, folder.to_owned(), CommitMark::Gone(moved.path(store)), &staged).unwrap();
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
    fn an_unfinished_move_is_hidden_from_readers_and_reverted() {
        let (root, store) = store();
        let (before, files) = (store.model(&bikes()).unwrap(), everything(root.path()));
        begin(&store);
        assert_eq!(fs::read_to_string(root.path().join(TAG)).unwrap(), "new");
        assert_eq!(store.model(&bikes()).unwrap(), before);
        store.clean_up().unwrap();
        assert_eq!((store.model(&bikes()).unwrap(), everything(root.path())), (before, files));
        assert!(!store.has_staging());
    }

    #[test]
    fn a_later_change_by_somebody_else_is_not_reverted() {
        let (root, store) = store();
        begin(&store);
        fs::write(root.path().join(TAG), "theirs").unwrap();
        store.clean_up().unwrap();
        let tags = store.model(&bikes()).unwrap().tags;
        assert_eq!(tags, [("k".to_owned(), "theirs".to_owned())].into());
    }

    #[test]
    fn an_undo_file_cannot_change_files_outside_a_model() {
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
            let undo = Undo { folder: folder.into(), commit: CommitMark::Gone(alias.to_owned()), files: vec![change] };
            undo.write(&store).unwrap();
            store.clean_up().unwrap();
            assert_eq!(
                (fs::read_to_string(&victim).unwrap(), store.has_staging()),
                ("new".to_owned(), false),
                "{path}"
            );
        }
    }

    #[test]
    fn a_committed_move_is_kept() {
        let (_root, store) = store();
        begin(&store);
        let Some(Undo { commit: CommitMark::Gone(moved), .. }) = store.unfinished_move().unwrap() else { panic!() };
        store.rename(&moved, Path::new("models/bikes/aliases/A")).unwrap();
        store.clean_up().unwrap();
        let model = store.model(&bikes()).unwrap();
        assert_eq!(model.alias(&alias()), Version::new(2));
        assert_eq!(model.tags, tags(&["k", "a/b"]).into_iter().collect());
    }

    #[cfg(unix)]
    #[test]
    fn a_partial_move_is_reverted() {
        let (root, store) = store();
        let (before, files) = (store.model(&bikes()).unwrap(), everything(root.path()));
        // A tag cannot be below another tag, so the second of these is refused when it is renamed to its target.
        for change in
            [AliasChange::set(bikes(), alias(), version(2)), AliasChange::delete(bikes(), alias(), version(1))]
        {
            assert!(store.write_alias(&change, |_, _| tags(&["k", "k/below"])).is_err());
        }
        store.remove_empty_staging();
        assert_eq!((store.model(&bikes()).unwrap(), everything(root.path())), (before, files));
        assert!(!store.has_staging());
    }

    #[test]
    fn a_deletion_is_recorded_with_its_alias() {
        let (root, store) = store();
        let change = AliasChange::delete(bikes(), alias(), version(1));
        let done = store.write_alias(&change, |previous, seen| {
            assert_eq!((previous, seen["k"].as_str()), (Version::new(1), "old"));
            tags(&["k"])
        });
        store.remove_empty_staging();
        assert_eq!(done.unwrap().written, tags(&["k"]));
        let model = store.model(&bikes()).unwrap();
        assert!(model.aliases.is_empty() && model.tags["k"] == "new", "{model:?}");
        assert!(everything(root.path()).iter().all(|path| !path.contains(".runner")));
    }
}
