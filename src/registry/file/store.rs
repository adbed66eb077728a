//! The folder of a store, and reading files and folders below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use super::address::Address;
use super::error::{unreadable, unwritable, with_address};
use crate::input_file;
use crate::registry::Result as RegistryResult;
use crate::registry::local::{LocalError, run_blocking};

/// The pauses between reads of a file that looks damaged. MLflow takes no lock and may be writing the file.
pub(super) const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(200)];

/// The largest file that is read, in bytes. A metric with a million values takes less.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A file store. All paths are relative to its root, in errors too.
#[derive(Debug)]
pub(in crate::registry) struct Store {
    address: Address,
    /// The models that this process cleaned up; `None` before the first cleanup. Each is cleaned up once.
    pub(super) cleaned: Mutex<Option<BTreeSet<PathBuf>>>,
}

/// The kind of an entry in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Folder,
}

impl Store {
    pub(super) fn new(address: Address) -> Self {
        Self { address, cleaned: Mutex::default() }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Runs blocking work on the store.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, LocalError> + Send + 'static,
    ) -> RegistryResult<T> {
        let store = Arc::clone(self);
        run_blocking(self.address.uri(), move || work(&store).map_err(|error| with_address(error, store.address())))
            .await
    }

    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        self.address.path().join(path)
    }

    /// Fails unless the store exists.
    pub(super) fn require(&self) -> Result<(), LocalError> {
        let folder = "check the address: a file store is a folder such as ./mlruns, and the address of a database begins \
                      with `sqlite:///`";
        match fs::metadata(self.address.path()) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(LocalError::unusable("it is not a folder", folder)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(LocalError::absent(
                "it does not exist",
                format!(
                    "check the address {} (`services.mlflow.tracking_uri`, else MLFLOW_TRACKING_URI), or register a model first, which makes the store",
                    self.address.uri()
                ),
            )),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(LocalError::unusable(format!("its path leads through a file: {error}"), folder))
            }
            Err(error) => Err(LocalError::unusable(
                format!("it cannot be reached: {error}"),
                "check the path, and that this user may read it",
            )),
        }
    }

    /// Creates the store if it does not exist, as MLflow does.
    pub(super) fn create(&self) -> Result<(), LocalError> {
        match self.require() {
            Err(LocalError::Unusable { absent: true, .. }) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        fs::create_dir_all(self.absolute(Path::new("models"))).map_err(|error| unwritable(Path::new("models"), &error))
    }

    /// Reads a regular file if it exists. Limits its kind and size, because other users may write to the store.
    pub(super) fn read(&self, path: &Path) -> Result<Option<String>, LocalError> {
        match input_file::read_text_up_to(&self.absolute(path), LARGEST) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// Returns whether a folder exists. Follows links, as MLflow does.
    pub(super) fn has_folder(&self, path: &Path) -> Result<bool, LocalError> {
        if_exists(path, fs::metadata(self.absolute(path))).map(|found| found.is_some_and(|found| found.is_dir()))
    }

    /// Returns whether a path exists, as a broken link does too.
    pub(super) fn exists(&self, path: &Path) -> Result<bool, LocalError> {
        if_exists(path, fs::symlink_metadata(self.absolute(path))).map(|found| found.is_some())
    }

    /// Lists a folder if it exists. Follows links, as MLflow does.
    pub(super) fn list(&self, path: &Path) -> Result<BTreeMap<String, EntryKind>, LocalError> {
        let entries = match fs::read_dir(self.absolute(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            entries => entries,
        };
        let listed = || -> io::Result<BTreeMap<String, EntryKind>> {
            let mut found = BTreeMap::new();
            for entry in entries? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else {
                    return Err(io::Error::new(ErrorKind::InvalidData, "the name of a file in it is not UTF-8 text"));
                };
                // A broken link counts as a file. Reading it reports the error.
                let is_folder = fs::metadata(entry.path()).is_ok_and(|found| found.is_dir());
                found.insert(name, if is_folder { EntryKind::Folder } else { EntryKind::File });
            }
            Ok(found)
        };
        listed().map_err(|error| unreadable(path, &error))
    }

    /// Reads every file below a folder. The keys are paths from there, with `/` between the names.
    pub(super) fn read_all(&self, folder: &Path) -> Result<BTreeMap<String, String>, LocalError> {
        let mut found = BTreeMap::new();
        let mut left = vec![String::new()];
        while let Some(below) = left.pop() {
            let here = if below.is_empty() { folder.to_owned() } else { folder.join(&below) };
            for (name, kind) in self.list(&here)? {
                let key = if below.is_empty() { name } else { format!("{below}/{name}") };
                // Linked folders are skipped, as in MLflow, because they may form a cycle.
                match kind {
                    EntryKind::Folder
                        if fs::symlink_metadata(self.absolute(&folder.join(&key))).is_ok_and(|it| it.is_symlink()) => {}
                    EntryKind::Folder => left.push(key),
                    EntryKind::File => {
                        if let Some(text) = self.read(&folder.join(&key))? {
                            found.insert(key, text);
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

/// Distinguishes a missing file from one that this user may not access or the disk cannot read.
fn if_exists(path: &Path, found: io::Result<Metadata>) -> Result<Option<Metadata>, LocalError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Repeats a read that fails, because MLflow may be writing the file. Returns the error that remains.
pub(super) fn retry_damaged<T>(mut read: impl FnMut() -> Result<T, LocalError>) -> Result<T, LocalError> {
    for pause in RETRY_PAUSES {
        match read() {
            Err(LocalError::Unusable { absent: false, .. }) => sleep(pause),
            done => return done,
        }
    }
    read()
}

#[cfg(test)]
mod tests {
    use super::super::error::damaged;
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(Address::parse(&root.path().display().to_string()).unwrap());
        (root, store)
    }

    #[test]
    fn the_keys_of_files_are_their_paths_below_the_folder() {
        let (root, store) = store();
        fs::create_dir_all(root.path().join("tags/a/b")).unwrap();
        for (path, text) in [("tags/k", "1"), ("tags/a/x", "2\n"), ("tags/a/b/y", "")] {
            fs::write(root.path().join(path), text).unwrap();
        }
        let found = store.read_all(Path::new("tags")).unwrap();
        let expected = [("a/b/y", ""), ("a/x", "2\n"), ("k", "1")];
        assert_eq!(found, expected.map(|(key, text)| (key.to_owned(), text.to_owned())).into());
        assert!(store.read_all(Path::new("aliases")).unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_linked_folder_of_tags_is_skipped() {
        let (root, store) = store();
        fs::create_dir(root.path().join("tags")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("tags/round")).unwrap();
        assert!(store.read_all(Path::new("tags")).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_mlflow_is_writing_is_read_again() {
        let mut tries = 0;
        let read = retry_damaged(|| {
            tries += 1;
            if tries < 3 { Err(damaged(Path::new("x"), "is empty")) } else { Ok(tries) }
        });
        assert_eq!(read.unwrap(), 3);
        let damaged = retry_damaged(|| Err::<(), _>(damaged(Path::new("x"), "is empty")));
        assert!(matches!(damaged, Err(LocalError::Unusable { .. })));
    }
}
