//! The enum over the backends, with the calls that jobs consist of.

use std::collections::BTreeMap;

use super::alias_write::{AliasTransition, AliasWrite, AliasWriteResult};
use super::databricks::{self, Databricks};
use super::error::{Error, Result};
use super::file::FileStore;
use super::metric::Metric;
use super::model::{AliasMove, AliasMoved, ModelVersion, NewVersion, RegisteredModel};
use super::names::{Alias, ModelName, Version};
use super::rest::Rest;
use super::sqlite::Sqlite;
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

// Boxed: otherwise every job holds and moves as much state as the largest call of any backend needs.
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
    /// Returns the URI without credentials.
    pub fn uri(&self) -> &str {
        match self {
            Self::Rest(rest) => rest.uri(),
            Self::Sqlite(sqlite) => sqlite.uri(),
            Self::Databricks(databricks) => databricks.uri(),
            Self::File(store) => store.uri(),
        }
    }

    /// Returns the URL of the registry for people, with the prefix `databricks:` for a workspace of Databricks.
    pub(crate) fn site(&self) -> &str {
        match self {
            Self::Databricks(databricks) => databricks.site(),
            other => other.uri(),
        }
    }

    /// Returns the longest value of a tag, in characters.
    pub(crate) const fn longest_tag(&self) -> usize {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => 5_000,
            Self::Databricks(_) => databricks::LONGEST_TAG,
        }
    }

    /// Returns the key under which the registry stores a tag.
    pub(crate) fn stored_tag(&self, key: &str) -> String {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => key.to_owned(),
            Self::Databricks(_) => databricks::to_stored_key(key),
        }
    }

    /// Returns why versions cannot be registered here; none if they can.
    pub(crate) fn no_registration(&self, name: &ModelName) -> Option<Error> {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => None,
            Self::Databricks(databricks) => Some(databricks.no_registration(name)),
        }
    }

    /// Returns whether [`Registry::set_alias`] checks where the alias is in the same transaction that moves it.
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
    /// [`Error::VersionNotFound`], also if the model does not exist.
    pub async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        each!(self, backend => backend.get_version(name, version))
    }

    /// Reads the version with the highest number, whatever its status; none if the model or its versions do not exist.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        each!(self, backend => backend.latest_version(name))
    }

    /// Reads all versions, in no order and without their aliases; none if the model does not exist.
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

    /// Reads all logged values of the metrics of a logged model. MLflow stores NaN as 0 there.
    ///
    /// # Errors
    /// [`Error::LoggedModelNotFound`], and whatever keeps the registry from answering.
    pub async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        each!(self, backend => backend.model_metrics(model_id))
    }

    /// Reads the version that an alias points to; none if the alias does not exist. An outage is an error. Servers before
    /// MLflow 3.10 report a missing alias also if the model does not exist.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from answering.
    pub async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        each!(self, backend => backend.get_alias(name, alias))
    }

    /// Points an alias to a version in one write.
    ///
    /// # Errors
    /// [`Error::VersionNotFound`], and [`Error::AliasMoved`] when the alias is not where it is expected. A registry with
    /// transactions checks that at every write, others before they send the write again.
    pub async fn set_alias(&self, to: &AliasMove) -> Result<()> {
        self.send_alias_move(to).await.map(drop).map_err(|error| error.error)
    }

    /// Sets an alias as [`Registry::set_alias`] does, and returns whether this write moved it, or may have.
    ///
    /// # Errors
    /// Those of [`Registry::set_alias`].
    pub async fn send_alias_move(&self, to: &AliasMove) -> AliasWriteResult {
        match self {
            Self::Rest(rest) => boxed(|| rest.write_alias(AliasTransition::to_version(to))).await,
            Self::Databricks(databricks) => boxed(|| databricks.write_alias(AliasTransition::to_version(to))).await,
            Self::Sqlite(sqlite) => applied(Box::pin(sqlite.move_alias(to, amend_nothing)).await),
            Self::File(store) => applied(Box::pin(store.move_alias(to, amend_nothing)).await),
        }
    }

    /// Deletes an alias that points to a version. MLflow requires a higher permission than for moving one.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and [`Error::AliasMoved`] when the alias points elsewhere. A registry with transactions
    /// checks that at every write, others before they send the write again.
    pub async fn delete_alias(&self, name: &ModelName, alias: &Alias, version: Version) -> Result<()> {
        self.send_alias_removal(name, alias, version).await.map(drop).map_err(|error| error.error)
    }

    /// Deletes an alias as [`Registry::delete_alias`] does, and returns whether this write deleted it, or may have.
    ///
    /// # Errors
    /// Those of [`Registry::delete_alias`].
    pub async fn send_alias_removal(&self, name: &ModelName, alias: &Alias, version: Version) -> AliasWriteResult {
        let transition = || AliasTransition::deletion(name, alias, version);
        match self {
            Self::Rest(rest) => boxed(|| rest.write_alias(transition())).await,
            Self::Databricks(databricks) => boxed(|| databricks.write_alias(transition())).await,
            Self::Sqlite(sqlite) => applied(Box::pin(sqlite.remove_alias(name, alias, version, amend_nothing)).await),
            Self::File(store) => applied(Box::pin(store.remove_alias(name, alias, version, amend_nothing)).await),
        }
    }

    /// Moves an alias and records it in one transaction. Returns none, and does nothing, if the registry has no
    /// transactions. `amend` receives the current version of the alias and the tags of the model, and returns the tags
    /// to write. An error rolls everything back.
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

    /// Deletes an alias that points to a version and records it in one transaction, as
    /// [`Registry::move_alias_and_record`] does.
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

    /// Rolls back and removes what a killed run left, for a job that writes nothing. Every write does so first.
    pub async fn clean_up(&self) {
        match self {
            // SQLite rolls back at the next read, and a server cleans up itself.
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

    /// Creates a registered model unless it exists; returns whether it was created.
    ///
    /// # Errors
    /// [`Error::IsPrompt`], and whatever keeps the registry from creating it.
    pub async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let is_new = each!(self, backend => backend.ensure_model(name))?;
        // A server reports a prompt itself.
        if !is_new && self.checks_as_it_moves() {
            boxed(|| self.refuse_prompt(name)).await?;
        }
        Ok(is_new)
    }

    /// Creates the next version of a registered model. It is never retried, because that could create a second version.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from creating it.
    pub async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let new = new.with_run_of_source();
        each!(self, backend => backend.create_version(&new))
    }

    /// Checks that a name is not that of a prompt.
    async fn refuse_prompt(&self, name: &ModelName) -> Result<()> {
        // A model that cannot be read is reported by the next call that reads it.
        self.get_model(name).await.map_or(Ok(()), |model| model.refuse_prompt())
    }
}

impl RegisteredModel {
    /// Checks that the model is not a prompt.
    ///
    /// # Errors
    /// [`Error::IsPrompt`] if it is one.
    pub(crate) fn refuse_prompt(&self) -> Result<()> {
        match self.is_prompt() {
            true => Err(Error::IsPrompt { name: self.name.clone() }),
            false => Ok(()),
        }
    }
}

/// Converts the result of a transaction, of which nothing remains after an error.
fn applied(done: Result<AliasMoved>) -> AliasWriteResult {
    Ok(done.map(|_| AliasWrite::Applied)?)
}

/// Amends no tags.
fn amend_nothing(_: Option<Version>, _: &BTreeMap<String, String>) -> Vec<(String, String)> {
    vec![]
}
