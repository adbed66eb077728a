//! MLflow's own SQLite database, in place, while MLflow servers use it too.

mod address;
mod cells;
mod connection;
mod create;
mod evidence;
mod examine;
mod fault;
mod origin;
mod read;
mod revisions;
mod shape;
mod workspace;
mod write;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Arc;

use address::Address;
use connection::{Database, Intent, Tables};
use fault::Fault;

use super::{
    Alias, AliasMove, AliasMoved, Error, Metric, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version,
    Workspace,
};

/// A client of one MLflow database. Cheap to clone; clones share one connection.
#[derive(Debug, Clone)]
pub struct Sqlite {
    database: Arc<Database>,
}

impl Sqlite {
    /// Makes a client of the database that a `sqlite:///path` address names. The file is not touched.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the address is not of that form.
    pub fn new(uri: &str) -> Result<Self> {
        Ok(Self { database: Arc::new(Database::new(Address::parse(uri)?, Workspace::default())) })
    }

    /// Keeps to the rows of one workspace.
    #[must_use]
    pub fn within(self, workspace: Workspace) -> Self {
        let Self { database } = self;
        let address = database.address().clone();
        Self { database: Arc::new(Database::new(address, workspace)) }
    }

    pub(super) fn uri(&self) -> &str {
        self.database.address().uri()
    }

    pub(super) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let name = name.clone();
        self.transact(Intent::Read, move |tables| tables.model(&name)).await
    }

    pub(super) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        let name = name.clone();
        self.transact(Intent::Read, move |tables| tables.version(&name, version)).await
    }

    pub(super) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        let name = name.clone();
        self.transact(Intent::Read, move |tables| tables.latest(&name)).await
    }

    pub(super) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let name = name.clone();
        self.transact(Intent::Read, move |tables| tables.versions(&name)).await
    }

    pub(super) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        let run_id = run_id.to_owned();
        self.transact(Intent::Read, move |tables| tables.run_metrics(&run_id)).await
    }

    pub(super) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        let model_id = model_id.to_owned();
        self.transact(Intent::Read, move |tables| tables.model_metrics(&model_id)).await
    }

    pub(super) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let (name, alias) = (name.clone(), alias.clone());
        self.transact(Intent::Read, move |tables| {
            tables.require_model(&name)?;
            let target = tables.alias_target(&name, &alias)?;
            target.map(|version| tables.version(&name, version)).transpose()
        })
        .await
    }

    /// Moves an alias and writes the tags that `amend` makes of where it was and of the model's tags, in one transaction.
    pub(super) async fn move_alias(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Result<AliasMoved> {
        let to = to.clone();
        let work = move |tables: &Tables<'_>| {
            let previous = tables.move_alias(&to)?;
            let written = tables.amend_tags(&to.name, |tags| amend(previous, tags))?;
            Ok(AliasMoved { previous, written })
        };
        self.transact(Intent::Write, work).await
    }

    /// Deletes an alias that points to a version and writes the tags that `amend` makes, in one transaction.
    pub(super) async fn remove_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Result<AliasMoved> {
        let (name, alias, previous) = (name.clone(), alias.clone(), Some(version));
        let work = move |tables: &Tables<'_>| {
            tables.delete_alias(&name, &alias, version)?;
            let written = tables.amend_tags(&name, |tags| amend(previous, tags))?;
            Ok(AliasMoved { previous, written })
        };
        self.transact(Intent::Write, work).await
    }

    pub(super) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        let (name, key, value) = (name.clone(), key.to_owned(), value.to_owned());
        self.transact(Intent::Write, move |tables| tables.tag_model(&name, &key, &value)).await
    }

    pub(super) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let name = name.clone();
        self.transact(Intent::Create, move |tables| tables.add_model(&name)).await
    }

    pub(super) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let new = new.clone();
        self.transact(Intent::Write, move |tables| tables.add_version(&new)).await
    }

    // Waiting for a lock blocks the thread, which must not be the one that all other work shares.
    async fn transact<T: Send + 'static>(
        &self,
        intent: Intent,
        work: impl FnOnce(&Tables<'_>) -> std::result::Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let database = Arc::clone(&self.database);
        match tokio::task::spawn_blocking(move || database.transact(intent, work)).await {
            Ok(done) => done,
            Err(lost) => match lost.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // Work is only ever cancelled before it begins.
                Err(_) => Err(Error::unreachable(self.uri(), "the program is ending")),
            },
        }
    }
}
