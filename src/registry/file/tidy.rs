//! What killed runs left behind is taken back and removed by the next run that holds the lock.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::thread::sleep;

use super::fault::Fault;
use super::meta;
use super::replace::UNFINISHED;
use super::store::{SETTLING, Store};

/// The folder of what has no folder of a model to be in: new models, and how to take an unfinished move back. It is in
/// the root of the store, where MLflow takes every folder for an experiment whose name does not end with `.trash`.
pub(super) const STAGING: &str = ".runner.trash";

impl Store {
    /// Returns the staging place, and makes it where it is missing.
    pub(super) fn staging(&self) -> Result<&'static Path, Fault> {
        let staging = Path::new(STAGING);
        fs::create_dir_all(self.at(staging)).map_err(|error| Fault::unwritten(staging, &error))?;
        Ok(staging)
    }

    /// Returns whether a run is staging something, or was killed at it.
    pub(super) fn is_staging(&self) -> bool {
        self.at(Path::new(STAGING)).symlink_metadata().is_ok()
    }

    /// Takes back what a killed run did not finish, and removes what it left. The lock must be held.
    pub(super) fn tidy(&self) -> Result<(), Fault> {
        if self.is_staging() {
            // Nothing may be written over it, and so nothing is written where this fails.
            if let Some(undo) = self.unfinished()? {
                undo.revert(self)?;
            }
            self.forget()?;
            fs::remove_dir_all(self.at(Path::new(STAGING))).ok();
        }
        let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
        if tidied.is_none() {
            tidied.get_or_insert_default();
            self.folders(Path::new("models")).iter().for_each(|model| self.tidy_model(model));
        }
        Ok(())
    }

    /// Removes the empty folders of versions of a model that is about to be written. The lock must be held.
    pub(super) fn tidy_versions(&self, model: &Path) {
        let mut tidied = self.tidied.lock().unwrap_or_else(PoisonError::into_inner);
        if !tidied.get_or_insert_default().insert(model.to_owned()) {
            return;
        }
        let versions = self.folders(model).into_iter().filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with("version-")) && !self.at(&path.join(meta::FILE)).exists()
        });
        versions.for_each(|version| self.remove_empty(&version));
    }

    /// Removes the staging place, if nothing is left there.
    pub(super) fn leave(&self) {
        fs::remove_dir(self.at(Path::new(STAGING))).ok();
    }

    /// Returns whether a folder holds nothing but what a killed run did not put in its place.
    pub(super) fn is_bare(&self, folder: &Path) -> bool {
        let Ok(entries) = fs::read_dir(self.at(folder)) else { return false };
        entries.into_iter().all(|entry| entry.is_ok_and(|entry| is_unfinished(&entry)))
    }

    /// Removes what was not put in its place in the folder of a model, and the folder itself if nothing else is in it.
    fn tidy_model(&self, model: &Path) {
        let Ok(entries) = fs::read_dir(self.at(model)) else { return };
        for entry in entries.filter_map(Result::ok).filter(is_unfinished) {
            let path = entry.path();
            // What another user left may have to stay.
            fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)).ok();
        }
        if self.is_bare(model) {
            self.remove_empty(model);
        }
    }

    /// Removes a folder that stays empty, because MLflow can list nothing while there is a model or a version without
    /// `meta.yaml`. One that it is just filling is left alone.
    fn remove_empty(&self, folder: &Path) {
        for pause in SETTLING {
            if !self.is_bare(folder) {
                return;
            }
            sleep(pause);
        }
        fs::remove_dir(self.at(folder)).ok();
    }

    fn folders(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.at(folder)) else { return Vec::new() };
        let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| !kind.is_file());
        entries.filter_map(Result::ok).filter(is_folder).map(|entry| folder.join(entry.file_name())).collect()
    }
}

fn is_unfinished(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::address::Address;
    use super::*;

    /// Makes a store with files and, where a path ends with `/`, folders.
    fn store(paths: &[&str]) -> (TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        for path in paths {
            let (folder, file) = path.rsplit_once('/').unwrap();
            fs::create_dir_all(root.path().join(folder)).unwrap();
            if !file.is_empty() {
                fs::write(root.path().join(path), "").unwrap();
            }
        }
        let store = Store::new(Address::parse(&root.path().display().to_string()).unwrap());
        (root, store)
    }

    fn names(folder: PathBuf) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_not_put_in_its_place_is_removed_everywhere() {
        let (root, store) = store(&[
            "models/bikes/meta.yaml",
            "models/bikes/.runner-Ab12cd",
            "models/bikes/.runner-folder/tags/k",
            "models/newx/.runner-Xy34zw",
            "models/empty/",
            ".runner.trash/.runner-newy/meta.yaml",
            ".runner.trash/undo.json",
            ".trash/7/meta.yaml",
        ]);
        store.tidy().unwrap();
        assert_eq!(names(root.path().join("models")), ["bikes"]);
        assert_eq!(names(root.path().join("models/bikes")), ["meta.yaml"]);
        assert_eq!(names(root.path().to_owned()), [".trash", "models"]);
    }

    #[test]
    fn what_holds_anything_else_stays() {
        let (root, store) =
            store(&["models/a/notes", "models/.runner-b/meta.yaml", "models/c/version-1/", "models/c/version-2/x"]);
        store.tidy().unwrap();
        store.tidy_versions(Path::new("models/c"));
        assert_eq!(names(root.path().join("models")), [".runner-b", "a", "c"]);
        assert_eq!(names(root.path().join("models/c")), ["version-2"]);
    }

    #[test]
    fn a_folder_that_mlflow_is_just_filling_stays() {
        let (root, store) = store(&["models/new/"]);
        let folder = root.path().join("models/new");
        std::thread::scope(|scope| {
            let tidy = scope.spawn(|| store.tidy().unwrap());
            fs::write(folder.join("meta.yaml"), "name: new").unwrap();
            tidy.join().unwrap();
        });
        assert_eq!(names(folder), ["meta.yaml"]);
    }
}
