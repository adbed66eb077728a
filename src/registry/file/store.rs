//! The folder of a store: what is in it, read without changing anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use super::address::Address;
use super::fault::Fault;
use crate::input_file;

/// The pauses between reads of a file that looks damaged: MLflow, which takes no lock, may be writing it.
pub(super) const SETTLING: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(200)];

/// The largest file that is read, in bytes: a metric that was logged some million times takes less.
const LARGEST: u64 = 256 * 1024 * 1024;

/// A file store. All paths are relative to its root, and are told that way.
#[derive(Debug)]
pub(super) struct Store {
    address: Address,
    /// The models that were tidied up, none before the first look at the store. What another run leaves after that is for
    /// the run after this one.
    pub(super) tidied: Mutex<Option<BTreeSet<PathBuf>>>,
}

/// What a file is in a folder of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

impl Store {
    pub(super) fn new(address: Address) -> Self {
        Self { address, tidied: Mutex::default() }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Returns where a path of the store is.
    pub(super) fn at(&self, path: &Path) -> PathBuf {
        self.address.path().join(path)
    }

    /// Fails unless there is a store.
    pub(super) fn require(&self) -> Result<(), Fault> {
        let folder = "check the address: a file store is a folder such as ./mlruns, and the address of a database begins \
                      with `sqlite:///`";
        match fs::metadata(self.address.path()) {
            Ok(found) if found.is_dir() => Ok(()),
            Ok(_) => Err(Fault::unusable("it is not a folder", folder)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Fault::absent(format!(
                "check the address {} (`services.mlflow.tracking_uri`, else MLFLOW_TRACKING_URI), or register a model first, which makes the store",
                self.address.uri()
            ))),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(Fault::unusable(format!("its path leads through a file: {error}"), folder))
            }
            Err(error) => Err(Fault::unusable(
                format!("it cannot be reached: {error}"),
                "check the path, and that this user may read it",
            )),
        }
    }

    /// Makes the store where it is missing, as MLflow does.
    pub(super) fn make(&self) -> Result<(), Fault> {
        match self.require() {
            Err(Fault::Unusable { absent: true, .. }) | Ok(()) => {}
            Err(fault) => return Err(fault),
        }
        fs::create_dir_all(self.at(Path::new("models"))).map_err(|error| Fault::unwritten(Path::new("models"), &error))
    }

    /// Reads a regular file; none where there is nothing. Who writes to the store must not hang or fill up who reads it.
    pub(super) fn read(&self, path: &Path) -> Result<Option<String>, Fault> {
        match input_file::read_text_up_to(&self.at(path), LARGEST) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::unread(path, &error)),
        }
    }

    /// Returns whether there is a folder, links followed as MLflow does.
    pub(super) fn has_folder(&self, path: &Path) -> Result<bool, Fault> {
        found(path, fs::metadata(self.at(path))).map(|found| found.is_some_and(|found| found.is_dir()))
    }

    /// Returns whether something is there, be it a link that leads nowhere.
    pub(super) fn has(&self, path: &Path) -> Result<bool, Fault> {
        found(path, fs::symlink_metadata(self.at(path))).map(|found| found.is_some())
    }

    /// Lists a folder, links followed as MLflow does; nothing where there is no such folder.
    pub(super) fn list(&self, path: &Path) -> Result<BTreeMap<String, Kind>, Fault> {
        let entries = match fs::read_dir(self.at(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            entries => entries,
        };
        let listed = || -> io::Result<BTreeMap<String, Kind>> {
            let mut found = BTreeMap::new();
            for entry in entries? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else {
                    return Err(io::Error::new(ErrorKind::InvalidData, "the name of a file in it is not UTF-8 text"));
                };
                // A link that leads nowhere is no folder, and is told of where it is read as a file.
                let is_folder = fs::metadata(entry.path()).is_ok_and(|found| found.is_dir());
                found.insert(name, if is_folder { Kind::Folder } else { Kind::File });
            }
            Ok(found)
        };
        listed().map_err(|error| Fault::unread(path, &error))
    }

    /// Reads every file below a folder, under its path with `/` between the names.
    pub(super) fn read_all(&self, folder: &Path) -> Result<BTreeMap<String, String>, Fault> {
        let mut found = BTreeMap::new();
        let mut left = vec![String::new()];
        while let Some(below) = left.pop() {
            let here = if below.is_empty() { folder.to_owned() } else { folder.join(&below) };
            for (name, kind) in self.list(&here)? {
                let key = if below.is_empty() { name } else { format!("{below}/{name}") };
                // A linked folder is passed over, as in MLflow; it may lead round in circles.
                match kind {
                    Kind::Folder
                        if fs::symlink_metadata(self.at(&folder.join(&key))).is_ok_and(|it| it.is_symlink()) => {}
                    Kind::Folder => left.push(key),
                    Kind::File => {
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

/// Tells what is not there from what this user may not look at, or the disk does not give.
fn found(path: &Path, found: io::Result<Metadata>) -> Result<Option<Metadata>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Fault::unread(path, &error)),
    }
}

/// Reads what MLflow may just be writing: only what stays damaged is.
pub(super) fn settled<T>(mut read: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    for pause in SETTLING {
        match read() {
            Err(Fault::Unusable { absent: false, .. }) => sleep(pause),
            done => return done,
        }
    }
    read()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(Address::parse(&root.path().display().to_string()).unwrap());
        (root, store)
    }

    #[test]
    fn files_below_a_folder_have_its_path_in_their_keys() {
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
    fn a_linked_folder_of_tags_cannot_lead_round_in_circles() {
        let (root, store) = store();
        fs::create_dir(root.path().join("tags")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("tags/round")).unwrap();
        assert!(store.read_all(Path::new("tags")).unwrap().is_empty());
    }

    #[test]
    fn what_mlflow_is_just_writing_is_read_again() {
        let mut tries = 0;
        let read = settled(|| {
            tries += 1;
            if tries < 3 { Err(Fault::damaged(Path::new("x"), "is empty")) } else { Ok(tries) }
        });
        assert_eq!(read.unwrap(), 3);
        let damaged = settled(|| Err::<(), _>(Fault::damaged(Path::new("x"), "is empty")));
        assert!(matches!(damaged, Err(Fault::Unusable { .. })));
    }
}
