//! The lock that keeps runners apart. MLflow itself takes none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::fault::Fault;

/// The file whose lock is taken, in the root of the store, where MLflow only looks at folders.
const NAME: &str = ".runner.lock";

/// Holds the store against other runners until it is dropped. The operating system lets go of it when a process ends,
/// however it ends; the empty file stays behind and blocks nobody.
#[derive(Debug)]
pub(super) struct Lock {
    _held: File,
}

impl Lock {
    /// Takes the lock unless another holds it.
    pub(super) fn take(root: &Path) -> Result<Option<Self>, Fault> {
        let file = open(&root.join(NAME)).map_err(|error| Fault::unwritten(Path::new(NAME), &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _held: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Fault::unusable(
                format!("its {NAME} cannot be locked: {error}"),
                "keep the store on a file system with locks, or point at the MLflow server in front of it",
            )),
        }
    }
}

/// Opens the file, and makes it where it is missing. Who may not write what another user made can still lock it.
fn open(path: &Path) -> io::Result<File> {
    match OpenOptions::new().write(true).create(true).truncate(false).open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => File::open(path).map_err(|_| error),
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_at_a_time_and_a_file_left_behind_blocks_nobody() {
        let root = tempfile::tempdir().unwrap();
        let held = Lock::take(root.path()).unwrap();
        assert!(held.is_some());
        assert!(Lock::take(root.path()).unwrap().is_none());
        drop(held);
        assert!(root.path().join(NAME).exists());
        assert!(Lock::take(root.path()).unwrap().is_some());
    }

    #[test]
    fn a_folder_in_its_place_is_told() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(NAME)).unwrap();
        let Err(Fault::Unusable { reason, .. }) = Lock::take(root.path()) else { panic!("it was locked") };
        assert!(reason.starts_with("its .runner.lock cannot be written"), "{reason}");
    }
}
