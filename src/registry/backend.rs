//! The enum over the backends: the handful of calls that every job is made of.

use std::collections::BTreeMap;

use super::databricks::{self, Databricks};
use super::file::FileStore;
use super::rest::Rest;
use super::sqlite::Sqlite;
use super::{
    Alias, AliasMove, AliasMoved, AliasWrite, AliasWriteResult, Error, Metric, ModelName, ModelVersion, NewVersion,
    RegisteredModel, Result, Version,
};
use crate::boxed::boxed;

/// A model registry. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub enum Registry {
    /// An MLflow tracking server, over its REST API.
    Rest(Rest),
    /// MLflow's own SQLite database, in place.
    Sqlite(Sqlite),
    /// Unity Catalog in a Databricks workspace.
    Databricks(Databricks),
    /// MLflow's own file store, in place.
    File(FileStore),
}

// Boxed: every job would hold, and move, as much state as the largest call of any backend needs.
macro_rules! each {
    ($registry:expr, $backend:ident => $call:expr) => {
        match $registry {
            Registry::Rest($backend) => boxed(|| $call).await,
            Registry::Sqlite($backend) => boxed(|| $call).await,
            Registry::Databricks($backend) => boxed(|| $call).await,
            Registry::File($backend) => boxed(|| $call).await,
        }
    };
}

impl Registry {
    /// Returns the address, without credentials.
    pub fn uri(&self) -> &str {
        match self {
            Self::Rest(rest) => rest.uri(),
            Self::Sqlite(sqlite) => sqlite.uri(),
            Self::Databricks(databricks) => databricks.uri(),
            Self::File(store) => store.uri(),
        }
    }

    /// Returns where people look at it, behind `databricks:` where that is a workspace of Databricks.
    pub(crate) fn site(&self) -> &str {
        match self {
            Self::Databricks(databricks) => databricks.site(),
            other => other.uri(),
        }
    }

    /// Returns how long the value of a tag may be, in characters.
    pub(crate) const fn longest_tag(&self) -> usize {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => 5_000,
            Self::Databricks(_) => databricks::LONGEST_TAG,
        }
    }

    /// Returns the key that the registry keeps a tag under.
    pub(crate) fn stored_tag(&self, key: &str) -> String {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => key.to_owned(),
            Self::Databricks(_) => databricks::stored_tag(key),
        }
    }

    /// Returns what keeps versions from being registered here, where something does.
    pub(crate) fn no_registration(&self, name: &ModelName) -> Option<Error> {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => None,
            Self::Databricks(databricks) => Some(databricks.no_registration(name)),
        }
    }

    /// Returns whether [`Registry::set_alias`] checks where the alias is in the same step in which it moves it.
    pub(crate) const fn checks_as_it_moves(&self) -> bool {
        matches!(self, Self::Sqlite(_) | Self::File(_))
    }

    /// Reads a registered model with its aliases and tags.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from answering.
    pub async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        each!(self, backend => backend.get_model(name))
    }

    /// Reads one version.
    ///
    /// # Errors
    /// [`Error::VersionNotFound`], also where the model itself does not exist.
    pub async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        each!(self, backend => backend.get_version(name, version))
    }

    /// Reads the version with the highest number, whatever its status; none where the model or its versions are missing.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        each!(self, backend => backend.latest_version(name))
    }

    /// Reads every version, in no order, without the aliases that point to it; none where the model is missing.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        each!(self, backend => backend.versions(name))
    }

    /// Reads the latest value of each metric of a run.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], and whatever keeps the registry from answering.
    pub async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        each!(self, backend => backend.run_metrics(run_id))
    }

    /// Reads every value that was logged of the metrics of a logged model. MLflow keeps a NaN among them as 0.
    ///
    /// # Errors
    /// [`Error::LoggedModelNotFound`], and whatever keeps the registry from
    /// answering.
    pub async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        each!(self, backend => backend.model_metrics(model_id))
    }

    /// Reads the version an alias points to; none where there is no such alias. An outage is never read as that. Servers
    /// before MLflow 3.10 say of a missing model, too, that there is no such alias.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from answering.
    pub async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        each!(self, backend => backend.get_alias(name, alias))
    }

    /// Points an alias to a version in one write.
    ///
    /// # Errors
    /// [`Error::VersionNotFound`], and [`Error::AliasMoved`]
    /// when it is not where it is expected: where the registry has transactions, else before the move is sent again.
    pub async fn set_alias(&self, to: &AliasMove) -> Result<()> {
        self.send_alias_move(to).await.map(drop).map_err(|failed| failed.error)
    }

    /// Does what [`Registry::set_alias`] does, and says whether this write moved the alias, or may have.
    ///
    /// # Errors
    /// Those of [`Registry::set_alias`].
    pub async fn send_alias_move(&self, to: &AliasMove) -> AliasWriteResult {
        match self {
            Self::Rest(rest) => boxed(|| rest.set_alias(to)).await,
            Self::Databricks(databricks) => boxed(|| databricks.set_alias(to)).await,
            Self::Sqlite(sqlite) => applied(Box::pin(sqlite.move_alias(to, unrecorded)).await),
            Self::File(store) => applied(Box::pin(store.move_alias(to, unrecorded)).await),
        }
    }

    /// Deletes an alias that points to a version. MLflow asks a higher permission for it than for moving one.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and [`Error::AliasMoved`] when it
    /// points elsewhere: where the registry has transactions, else before the removal is sent again.
    pub async fn delete_alias(&self, name: &ModelName, alias: &Alias, version: Version) -> Result<()> {
        self.send_alias_removal(name, alias, version).await.map(drop).map_err(|failed| failed.error)
    }

    /// Does what [`Registry::delete_alias`] does, and says whether this write deleted the alias, or may have.
    ///
    /// # Errors
    /// Those of [`Registry::delete_alias`].
    pub async fn send_alias_removal(&self, name: &ModelName, alias: &Alias, version: Version) -> AliasWriteResult {
        match self {
            Self::Rest(rest) => boxed(|| rest.delete_alias(name, alias, version)).await,
            Self::Databricks(databricks) => boxed(|| databricks.delete_alias(name, alias, version)).await,
            Self::Sqlite(sqlite) => applied(Box::pin(sqlite.remove_alias(name, alias, version, unrecorded)).await),
            Self::File(store) => applied(Box::pin(store.remove_alias(name, alias, version, unrecorded)).await),
        }
    }

    /// Moves an alias and records it in one step, in a registry that has such steps; none in another, where nothing is
    /// done. `amend` gets where the alias is in that very step and the tags of the model, and returns the keys and values
    /// to write. Where anything fails, nothing of it remains.
    ///
    /// # Errors
    /// Those of [`Registry::set_alias`] and of [`Registry::set_model_tag`].
    pub async fn move_alias_and_record(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Option<Result<AliasMoved>> {
        match self {
            Self::Rest(_) | Self::Databricks(_) => None,
            Self::Sqlite(sqlite) => Some(Box::pin(sqlite.move_alias(to, amend)).await),
            Self::File(store) => Some(Box::pin(store.move_alias(to, amend)).await),
        }
    }

    /// Deletes an alias that points to a version and records it in one step, as [`Registry::move_alias_and_record`] does.
    ///
    /// # Errors
    /// Those of [`Registry::delete_alias`] and of [`Registry::set_model_tag`].
    pub async fn remove_alias_and_record(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Option<Result<AliasMoved>> {
        match self {
            Self::Rest(_) | Self::Databricks(_) => None,
            Self::Sqlite(sqlite) => Some(Box::pin(sqlite.remove_alias(name, alias, version, amend)).await),
            Self::File(store) => Some(Box::pin(store.remove_alias(name, alias, version, amend)).await),
        }
    }

    /// Takes back and removes what a killed run left, for a job that finds nothing to write: whoever writes does so first.
    pub async fn clean_up(&self) {
        match self {
            // SQLite rolls back what was not committed when the database is next read, and a server is not ours to tidy.
            Self::Rest(_) | Self::Databricks(_) | Self::Sqlite(_) => {}
            Self::File(store) => Box::pin(store.clean_up()).await,
        }
    }

    /// Sets a tag of a registered model.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from answering.
    pub async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        each!(self, backend => backend.set_model_tag(name, key, value))
    }

    /// Creates a registered model unless it is there; returns whether it was created.
    ///
    /// # Errors
    /// [`Error::IsPrompt`], and whatever keeps the registry from creating it.
    pub async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let is_new = each!(self, backend => backend.ensure_model(name))?;
        // A server says so itself.
        if !is_new && self.checks_as_it_moves() {
            boxed(|| self.refuse_prompt(name)).await?;
        }
        Ok(is_new)
    }

    /// Creates the next version of a registered model. Never tried twice: a second try could create a second version.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from creating it.
    pub async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let new = new.with_run();
        each!(self, backend => backend.create_version(&new))
    }

    /// Makes sure that what is there under a name is no prompt.
    async fn refuse_prompt(&self, name: &ModelName) -> Result<()> {
        // Why a model cannot be read is told to whoever asks for it.
        self.get_model(name).await.map_or(Ok(()), |model| model.refuse_prompt())
    }
}

impl RegisteredModel {
    /// Makes sure that it is no prompt.
    ///
    /// # Errors
    /// [`Error::IsPrompt`] where it is one.
    pub(crate) fn refuse_prompt(&self) -> Result<()> {
        match self.is_prompt() {
            true => Err(Error::IsPrompt { name: self.name.clone() }),
            false => Ok(()),
        }
    }
}

/// Says of a write in a transaction what became of it: nothing of one that failed remains.
fn applied(done: Result<AliasMoved>) -> AliasWriteResult {
    Ok(done.map(|_| AliasWrite::Applied)?)
}

/// Records nothing of a write of an alias.
fn unrecorded(_: Option<Version>, _: &BTreeMap<String, String>) -> Vec<(String, String)> {
    vec![]
}
