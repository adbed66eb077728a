//! Reverts and removes what killed runs left. The next run that holds the lock does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::thread::sleep;

use super::atomic_write::STAGED_PREFIX;
use super::meta;
use super::paths::VERSION_PREFIX;
use super::store::{RETRY_PAUSES, Store};
use super::undo::STAGING;
use crate::registry::local::LocalError;

impl Store {
    /// Returns whether the staging folder exists: a run uses it, or was killed while it did.
    pub(super) fn has_staging(&self) -> bool {
        self.absolute(Path::new(STAGING)).symlink_metadata().is_ok()
    }

    /// Reverts the unfinished move of a killed run, and removes the files that it left. The lock must be held.
    pub(super) fn clean_up(&self) -> Result<(), LocalError> {
        if self.has_staging() {
            // If this fails, nothing is written, because a write could make the move impossible to revert.
            if let Some(undo) = self.unfinished_move()? {
                undo.revert(self)?;
            }
            self.remove_undo()?;
            fs::remove_dir_all(self.absolute(Path::new(STAGING))).ok();
        }
        let mut cleaned = self.cleaned.lock().unwrap_or_else(PoisonError::into_inner);
        if cleaned.is_none() {
            cleaned.get_or_insert_default();
            self.folders(Path::new("models")).iter().for_each(|model| self.clean_up_model(model));
        }
        Ok(())
    }

    /// Removes the empty folders of versions from a model that is about to be written. The lock must be held.
    pub(super) fn remove_empty_versions(&self, model: &Path) {
        let mut cleaned = self.cleaned.lock().unwrap_or_else(PoisonError::into_inner);
        if !cleaned.get_or_insert_default().insert(model.to_owned()) {
            return;
        }
        let versions = self.folders(model).into_iter().filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(VERSION_PREFIX)) && !self.absolute(&path.join(meta::FILE)).exists()
        });
        versions.for_each(|version| self.remove_empty(&version));
    }

    /// Removes the staging folder if it is empty.
    pub(super) fn remove_empty_staging(&self) {
        fs::remove_dir(self.absolute(Path::new(STAGING))).ok();
    }

    /// Returns whether a folder is empty apart from staged files that a killed run left.
    pub(super) fn is_bare(&self, folder: &Path) -> bool {
        let Ok(entries) = fs::read_dir(self.absolute(folder)) else { return false };
        entries.into_iter().all(|entry| entry.is_ok_and(|entry| is_staged(&entry)))
    }

    /// Removes staged files from the folder of a model, and the folder itself if it is empty then.
    fn clean_up_model(&self, model: &Path) {
        let Ok(entries) = fs::read_dir(self.absolute(model)) else { return };
        for entry in entries.filter_map(Result::ok).filter(is_staged) {
            let path = entry.path();
            // This user may lack the permission to remove files of another.
            fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)).ok();
        }
        if self.is_bare(model) {
            self.remove_empty(model);
        }
    }

    /// Removes a folder that stays empty for a while. MLflow may be filling it, but while a model or a version has no
    /// `meta.yaml`, MLflow cannot list any.
    fn remove_empty(&self, folder: &Path) {
        for pause in RETRY_PAUSES {
            if !self.is_bare(folder) {
                return;
            }
            sleep(pause);
        }
        fs::remove_dir(self.absolute(folder)).ok();
    }

    fn folders(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.absolute(folder)) else { return Vec::new() };
        let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| !kind.is_file());
        entries.filter_map(Result::ok).filter(is_folder).map(|entry| folder.join(entry.file_name())).collect()
    }
}

fn is_staged(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|name| name.starts_with(STAGED_PREFIX))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::super::address::Address;
    use super::*;

    /// Creates a store with files and, where a path ends with `/`, folders.
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
    fn staged_files_and_empty_models_are_removed() {
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
        store.clean_up().unwrap();
        assert_eq!(names(root.path().join("models")), ["bikes"]);
        assert_eq!(names(root.path().join("models/bikes")), ["meta.yaml"]);
        assert_eq!(names(root.path().to_owned()), [".trash", "models"]);
    }

    #[test]
    fn folders_with_other_files_stay() {
        let (root, store) =
            store(&["models/a/notes", "models/.runner-b/meta.yaml", "models/c/version-1/", "models/c/version-2/x"]);
        store.clean_up().unwrap();
        store.remove_empty_versions(Path::new("models/c"));
        assert_eq!(names(root.path().join("models")), [".runner-b", "a", "c"]);
        assert_eq!(names(root.path().join("models/c")), ["version-2"]);
    }

    #[test]
    fn a_folder_that_mlflow_is_filling_stays() {
        let (root, store) = store(&["models/new/"]);
        let folder = root.path().join("models/new");
        std::thread::scope(|scope| {
            let cleanup = scope.spawn(|| store.clean_up().unwrap());
            fs::write(folder.join("meta.yaml"), "name: new").unwrap();
            cleanup.join().unwrap();
        });
        assert_eq!(names(folder), ["meta.yaml"]);
    }
}
