//! Turns: work on a store off the thread that everything shares, and writes one after the other.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::FileStore;
use super::fault::Fault;
use super::lock::Lock;
use super::store::Store;
use crate::registry::{Error, Result};

/// How long to wait for other runners; MLflow waits as long for a locked database.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait between two tries to take the lock of another process.
const POLL: Duration = Duration::from_millis(10);

/// Whether a write may make the store itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Write,
    Create,
}

/// The right to write: nobody else of this process or another runner has it.
struct Turn {
    _queue: OwnedMutexGuard<()>,
    _lock: Lock,
}

impl FileStore {
    /// Does work that changes something, while no other runner does.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Store) -> std::result::Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let turn = timeout(PATIENCE, self.turn(intent)).await.unwrap_or_else(|_| {
            Err(Error::unreachable(self.uri(), format!("another runner writes to it, still after {PATIENCE:?}")))
        })?;
        self.work(move |store| {
            let done = store.tidy().and_then(|()| work(store));
            store.leave();
            drop(turn);
            done
        })
        .await
    }

    /// Takes back and removes what a killed run left, if it left anything in the staging place and nobody writes.
    pub(in crate::registry) async fn clean_up(&self) {
        let is_left = self.work(|store| Ok(store.is_staging())).await;
        if is_left == Ok(true)
            && let Err(error) = self.write(Intent::Write, |_| Ok(())).await
        {
            debug!("what a killed run left in {} stays for the next run that writes: {error}", self.uri());
        }
    }

    async fn turn(&self, intent: Intent) -> Result<Turn> {
        let queue = Arc::clone(&self.queue).lock_owned().await;
        let mut is_told = false;
        loop {
            let lock = self.work(move |store| {
                match intent {
                    Intent::Create => store.make()?,
                    Intent::Write => store.require()?,
                }
                Lock::take(store.address().path())
            });
            if let Some(lock) = lock.await? {
                return Ok(Turn { _queue: queue, _lock: lock });
            }
            if !std::mem::replace(&mut is_told, true) {
                warn!("waiting: another runner writes to the file store {}", self.uri());
            }
            sleep(POLL).await;
        }
    }

    // Files block the thread, which must not be the one that all other work shares.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> std::result::Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let store = Arc::clone(&self.store);
        match spawn_blocking(move || work(&store).map_err(|fault| fault.at(store.address()))).await {
            Ok(done) => done,
            Err(lost) => match lost.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // Work is only ever cancelled before it begins.
                Err(_) => Err(Error::unreachable(self.uri(), "the program is ending")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_is_never_let_go_is_an_outage() {
        let root = tempfile::tempdir().unwrap();
        let store = FileStore::new(&root.path().display().to_string()).unwrap();
        let held = Lock::take(root.path()).unwrap();
        let refused = store.ensure_model(&"bikes".parse().unwrap()).await;
        let Err(Error::Unreachable { reason, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(reason, "another runner writes to it, still after 20s");
        drop(held);
        assert_eq!(store.ensure_model(&"bikes".parse().unwrap()).await, Ok(true));
    }
}
