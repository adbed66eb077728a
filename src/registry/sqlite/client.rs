//! The client of one database.

use std::sync::Arc;

use super::address::Address;
use super::connection::{Database, Tables};
use crate::registry::local::{Intent, LocalError, NewTags, Tags, impl_registry_calls, run_blocking};
use crate::registry::{
    Alias, AliasMove, AliasMoved, Metric, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version,
    Workspace,
};

/// A client of one MLflow database. Cheap to clone; clones share one connection.
#[derive(Debug, Clone)]
pub struct Sqlite {
    pub(super) database: Arc<Database>,
}

impl Sqlite {
    /// Makes a client of the database that a `sqlite:///path` address names. Does not touch the file.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](crate::registry::Error::Misconfigured) when the address has another form.
    pub fn new(uri: &str) -> Result<Self> {
        Ok(Self { database: Arc::new(Database::new(Address::parse(uri)?, Workspace::default())) })
    }

    /// Returns a client that reads and writes the rows of one workspace only.
    #[must_use]
    pub fn within(self, workspace: Workspace) -> Self {
        let address = self.database.address().clone();
        Self { database: Arc::new(Database::new(address, workspace)) }
    }

    pub(in crate::registry) fn uri(&self) -> &str {
        self.database.address().uri()
    }

    /// Runs work in one transaction: all of its writes are kept, or none.
    pub(super) async fn transact<T: Send + 'static>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Tables<'_>) -> std::result::Result<T, LocalError> + Send + 'static,
    ) -> Result<T> {
        let database = Arc::clone(&self.database);
        run_blocking(self.uri(), move || database.transact(intent, work)).await
    }
}

impl_registry_calls!(Sqlite);
