//! The enum of the backends, with the operations that jobs use.

use std::collections::BTreeMap;

use super::alias_write::{AliasChange, AliasChanged, AliasWrite, AliasWriteResult};
use super::databricks::{self, Databricks};
use super::error::{Error, Result};
use super::file::FileStore;
use super::local::Intent;
use super::metric::Metric;
use super::model::{ModelVersion, NewVersion, RegisteredModel};
use super::names::{Alias, ModelName, Version};
use super::rest::Rest;
use super::sqlite::Sqlite;

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

/// Calls a server, or runs work on a local store that owns clones of the listed arguments.
// Boxed, because otherwise the future of every job is as large as the largest call of any backend.
macro_rules! dispatch {
    ($registry:expr, $server:ident => $call:expr, $intent:ident [$($arg:ident),*] $store:ident => $work:expr) => {
        match $registry {
            Registry::Rest($server) => Box::pin($call).await,
            Registry::Databricks($server) => Box::pin($call).await,
            Registry::Sqlite(sqlite) => {
                $(let $arg = $arg.to_owned();)*
                Box::pin(sqlite.transact(Intent::$intent, move |$store| $work)).await
            }
            Registry::File(files) => {
                $(let $arg = $arg.to_owned();)*
                Box::pin(files.transact(Intent::$intent, move |$store| $work)).await
            }
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

    /// Returns the URL of the registry for people, prefixed by `databricks:` for a Databricks workspace.
    pub(crate) fn site(&self) -> &str {
        match self {
            Self::Databricks(databricks) => databricks.site(),
            other => other.uri(),
        }
    }

    /// Returns the maximum length of a tag value, in characters.
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

    /// Returns the error of registering a version if the registry does not support it.
    pub(crate) fn no_registration(&self, name: &ModelName) -> Option<Error> {
        match self {
            Self::Rest(_) | Self::Sqlite(_) | Self::File(_) => None,
            Self::Databricks(databricks) => Some(databricks.no_registration(name)),
        }
    }

    /// Returns whether [`Registry::write_alias`] checks where the alias is in the same transaction that moves it.
    pub(crate) const fn checks_as_it_moves(&self) -> bool {
        matches!(self, Self::Sqlite(_) | Self::File(_))
    }

    /// Reads a registered model with its aliases and tags.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from answering.
    pub async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        dispatch!(self, server => server.get_model(name), Read [name] store => store.model(&name))
    }

    /// Reads one version.
    ///
    /// # Errors
    /// [`Error::VersionNotFound`], also if the model does not exist.
    pub async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        dispatch!(self, server => server.get_version(name, version), Read [name] store => store.version(&name, version))
    }

    /// Reads the version with the highest number, whatever its status; none if the model or its versions do not exist.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        dispatch!(self, server => server.latest_version(name), Read [name] store => store.latest_version(&name))
    }

    /// Reads all versions, in no order and without their aliases; none if the model does not exist.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        dispatch!(self, server => server.versions(name), Read [name] store => store.versions(&name))
    }

    /// Reads the latest value of each metric of a run.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], and whatever keeps the registry from answering.
    pub async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        dispatch!(self, server => server.run_metrics(run_id), Read [run_id] store => store.run_metrics(&run_id))
    }

    /// Reads all logged values of the metrics of a logged model. MLflow stores NaN as 0 there.
    ///
    /// # Errors
    /// [`Error::LoggedModelNotFound`], and whatever keeps the registry from answering.
    pub async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        dispatch!(self, server => server.model_metrics(model_id), Read [model_id] store => store.model_metrics(&model_id))
    }

    /// Reads the version that an alias points to; none if the alias does not exist. An outage is an error. Servers before
    /// MLflow 3.10 report a missing alias also if the model does not exist.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from answering.
    pub async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        dispatch!(self, server => server.get_alias(name, alias), Read [name, alias] store => {
            store.require_model(&name)?;
            let target = store.alias_target(&name, &alias)?;
            target.map(|version| store.version(&name, version)).transpose()
        })
    }

    /// Points an alias to a version, or deletes it, in one write. Returns whether this write changed it, or may have.
    /// MLflow requires a higher permission for deleting an alias than for moving one.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], [`Error::VersionNotFound`], and [`Error::AliasMoved`] when the alias is not where it is
    /// expected. A registry with transactions checks that at every write, others before they send the write again.
    pub async fn write_alias(&self, change: &AliasChange) -> AliasWriteResult {
        match self {
            Self::Rest(rest) => Box::pin(rest.write_alias(change)).await,
            Self::Databricks(databricks) => Box::pin(databricks.write_alias(change)).await,
            Self::Sqlite(_) | Self::File(_) => {
                let done = self.write_alias_and_record(change, |_, _| vec![]).await;
                Ok(done.transpose().map(|_| AliasWrite::Applied)?)
            }
        }
    }

    /// Changes an alias and records it in one transaction. Returns none, and does nothing, if the registry has no
    /// transactions. `amend` receives the current version of the alias and the tags of the model, and returns the tags
    /// to write. An error rolls everything back.
    ///
    /// # Errors
    /// Those of [`Registry::write_alias`] and of [`Registry::set_model_tag`].
    pub async fn write_alias_and_record(
        &self,
        change: &AliasChange,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Option<Result<AliasChanged>> {
        match self {
            Self::Rest(_) | Self::Databricks(_) => None,
            Self::Sqlite(sqlite) => {
                let change = change.clone();
                Some(Box::pin(sqlite.transact(Intent::Write, move |tables| tables.write_alias(&change, amend))).await)
            }
            Self::File(files) => {
                let change = change.clone();
                Some(Box::pin(files.transact(Intent::Write, move |store| store.write_alias(&change, amend))).await)
            }
        }
    }

    /// Rolls back and removes what a killed run left, for a job that writes nothing. Every write does this first.
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
        dispatch!(self, server => server.set_model_tag(name, key, value), Write [name, key, value] store => {
            store.set_model_tag(&name, &key, &value)
        })
    }

    /// Creates a registered model unless it exists; returns whether it was created.
    ///
    /// # Errors
    /// [`Error::IsPrompt`], and whatever keeps the registry from creating it.
    pub async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let is_new =
            dispatch!(self, server => server.ensure_model(name), Create [name] store => store.ensure_model(&name))?;
        // A server reports a prompt itself.
        if !is_new && self.checks_as_it_moves() {
            // A model that cannot be read is reported by the next call that reads it.
            Box::pin(self.get_model(name)).await.map_or(Ok(()), |model| model.refuse_prompt())?;
        }
        Ok(is_new)
    }

    /// Creates the next version of a registered model. It is never retried, because that could create a second version.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], and whatever keeps the registry from creating it.
    pub async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let new = &new.with_run_of_source();
        dispatch!(self, server => server.create_version(new), Write [new] store => store.create_version(&new))
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
