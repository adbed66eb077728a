//! The lock that makes runners write one after the other. MLflow itself takes none.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::error::{PATIENCE, unwritable, with_address};
use super::store::Store;
use crate::registry::Result;
use crate::registry::local::{Intent, LocalError};

/// The pause between two tries to take the lock of another process.
const POLL: Duration = Duration::from_millis(10);

/// The locked file, in the root of the store, where MLflow reads only folders.
const LOCK_FILE: &str = ".runner.lock";

/// The right to write to a store, held against other tasks of this process and other runners.
pub(super) struct WriteLock {
    _queue: OwnedMutexGuard<()>,
    _file: LockedFile,
}

/// A locked file. The operating system releases the lock when the process ends, however it ends. The empty file stays
/// and blocks nobody.
#[derive(Debug)]
struct LockedFile {
    _held: File,
}

impl WriteLock {
    /// Waits for the lock. Creates the store first if the work intends to.
    pub(super) async fn acquire(store: &Arc<Store>, queue: &Arc<Mutex<()>>, intent: Intent) -> Result<Self> {
        match timeout(PATIENCE, Self::wait(store, queue, intent)).await {
            Ok(lock) => lock,
            Err(_) => Err(with_address(LocalError::Locked, store.address())),
        }
    }

    async fn wait(store: &Arc<Store>, queue: &Arc<Mutex<()>>, intent: Intent) -> Result<Self> {
        let queue = Arc::clone(queue).lock_owned().await;
        let mut is_logged = false;
        loop {
            let file = store.run(move |store| {
                match intent {
                    Intent::Create => store.create()?,
                    Intent::Read | Intent::Write => store.require()?,
                }
                LockedFile::try_lock(store.address().path())
            });
            if let Some(file) = file.await? {
                return Ok(Self { _queue: queue, _file: file });
            }
            if !std::mem::replace(&mut is_logged, true) {
                warn!("waiting: another runner writes to the file store {}", store.address().uri());
            }
            sleep(POLL).await;
        }
    }
}

impl LockedFile {
    /// Locks the file unless another process holds it.
    fn try_lock(root: &Path) -> std::result::Result<Option<Self>, LocalError> {
        let file = open(&root.join(LOCK_FILE)).map_err(|error| unwritable(Path::new(LOCK_FILE), &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _held: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(LocalError::unusable(
                format!("its {LOCK_FILE} cannot be locked: {error}"),
                "keep the store on a file system with locks, or point at the MLflow server in front of it",
            )),
        }
    }
}

/// Opens the file and creates it where it is missing. A user who may not write a file of another user can still lock it.
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
    fn the_lock_is_exclusive_and_a_leftover_file_does_not_block() {
        let root = tempfile::tempdir().unwrap();
        let held = LockedFile::try_lock(root.path()).unwrap();
        assert!(held.is_some());
        assert!(LockedFile::try_lock(root.path()).unwrap().is_none());
        drop(held);
        assert!(root.path().join(LOCK_FILE).exists());
        assert!(LockedFile::try_lock(root.path()).unwrap().is_some());
    }

    #[test]
    fn a_folder_in_place_of_the_lock_file_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(LOCK_FILE)).unwrap();
        let Err(LocalError::Unusable { reason, .. }) = LockedFile::try_lock(root.path()) else {
            panic!("it was locked")
        };
        assert!(reason.starts_with("its .runner.lock cannot be written"), "{reason}");
    }
}
