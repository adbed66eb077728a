//! The client of one file store.

use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::debug;

use super::address::Address;
use super::store::Store;
use super::write_lock::WriteLock;
use crate::registry::Result;
use crate::registry::local::{Intent, LocalError};

/// A client of one file store. Cheap to clone; clones write one after the other.
#[derive(Debug, Clone)]
pub struct FileStore {
    pub(super) store: Arc<Store>,
    queue: Arc<Mutex<()>>,
}

impl FileStore {
    /// Creates a client of the folder that a `file:` address or a bare path names. Does not access the folder.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](crate::registry::Error::Misconfigured) when the address names no folder of this machine.
    pub fn new(uri: &str) -> Result<Self> {
        let address = Address::parse(uri)?;
        address.check_intended()?;
        Ok(Self { store: Arc::new(Store::new(address)), queue: Arc::default() })
    }

    pub(in crate::registry) fn uri(&self) -> &str {
        self.store.address().uri()
    }

    /// Returns the warning that MLflow itself gives about file stores.
    pub(crate) fn deprecation(&self) -> String {
        format!(
            "MLflow's file store is in maintenance mode and will not receive further updates: move {root} to a database, \
             losslessly, with `mlflow migrate-filestore --source {root} --target sqlite:///mlflow.db`",
            root = self.store.address().path().display()
        )
    }

    /// Runs work on the store. A write first cleans up, and excludes other runners.
    pub(in crate::registry) async fn transact<T: Send + 'static>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Store) -> std::result::Result<T, LocalError> + Send + 'static,
    ) -> Result<T> {
        if intent == Intent::Read {
            return self.store.run(work).await;
        }
        let lock = WriteLock::acquire(&self.store, &self.queue, intent).await?;
        self.store
            .run(move |store| {
                let done = store.clean_up().and_then(|()| work(store));
                store.remove_empty_staging();
                drop(lock);
                done
            })
            .await
    }

    /// Reverts and removes what a killed run left, if it left anything in the staging folder and nobody writes.
    pub(in crate::registry) async fn clean_up(&self) {
        let is_left = self.store.run(|store| Ok(store.has_staging())).await;
        if is_left == Ok(true)
            && let Err(error) = self.transact(Intent::Write, |_| Ok(())).await
        {
            debug!("what a killed run left in {} stays for the next run that writes: {error}", self.uri());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Error;

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_is_never_released_is_an_outage() {
        let root = tempfile::tempdir().unwrap();
        let store = FileStore::new(&root.path().display().to_string()).unwrap();
        let other = FileStore::new(&root.path().display().to_string()).unwrap();
        let held = WriteLock::acquire(&other.store, &other.queue, Intent::Write).await.unwrap();
        let create =
            async || store.transact(Intent::Create, |store| store.ensure_model(&"bikes".parse().unwrap())).await;
        let refused = create().await;
        let Err(Error::Unreachable { reason, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(reason, "is locked by another runner (waited 20s)");
        drop(held);
        assert_eq!(create().await, Ok(true));
    }
}
