//! The endpoints of Unity Catalog.

use super::Databricks;
use super::names::{from_stored_key, to_stored_key};
use crate::registry::alias_write::{AliasTransition, AliasWriteResult};
use crate::registry::client::{ApiRequest, OneVersion};
use crate::registry::error::{Error, Result};
use crate::registry::{Alias, Expect, Metric, ModelName, ModelVersion, NewVersion, RegisteredModel, Version};

impl Databricks {
    pub(in crate::registry) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let model = self.api.get_model(name).await?;
        let tags = model.tags.into_iter().map(|(key, value)| (from_stored_key(key), value)).collect();
        Ok(RegisteredModel { tags, ..model })
    }

    pub(in crate::registry) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        self.api.get_version(name, version).await
    }

    pub(in crate::registry) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        self.api.set_model_tag(name, &to_stored_key(key), value).await
    }

    pub(in crate::registry) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        self.api.run_metrics(run_id).await
    }

    pub(in crate::registry) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        self.api.model_metrics(model_id).await
    }

    /// Reads an alias. A response that something does not exist may mean the alias, its version or the model.
    pub(in crate::registry) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let query = vec![("name", name.as_str().to_owned()), ("alias", alias.to_string())];
        let describe = || format!("read the alias {alias} of {name}");
        let request = ApiRequest::read("unity-catalog/registered-models/alias", query, &describe);
        match self.api.find::<OneVersion>(&request).await? {
            Some(response) => {
                let found = self.api.version(response.model_version);
                found.require_alias(name, alias).map_err(|reason| self.api.unreadable(reason))?;
                Ok(Some(found))
            }
            None => match self.get_model(name).await?.alias(alias) {
                Some(version) => self.get_version(name, version).await.map(Some),
                None => Ok(None),
            },
        }
    }

    pub(in crate::registry) async fn write_alias(&self, transition: AliasTransition<'_>) -> AliasWriteResult {
        let AliasTransition { name, alias, to, .. } = transition;
        let on_missing = || async move {
            match to {
                Expect::At(version) => Err(Error::VersionNotFound { name: name.clone(), version }),
                // If the model exists, the alias is gone.
                Expect::Absent => self.get_model(name).await.map(drop),
            }
        };
        let explain = |error, request: &ApiRequest<'_>| self.api.explain(error, request);
        self.api.write_alias(&transition, on_missing, || self.get_alias(name, alias), explain).await
    }

    /// Refuses: whoever registers a version uploads its files, to a place that Unity Catalog assigns.
    pub(in crate::registry) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        Err(self.no_registration(name))
    }

    /// Refuses, as [`Self::ensure_model`] does.
    pub(in crate::registry) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        Err(self.no_registration(&new.name))
    }

    pub(in crate::registry) fn no_registration(&self, name: &ModelName) -> Error {
        Error::Unsupported {
            uri: self.api.session.uri().to_owned(),
            action: format!("a version of {name} cannot be registered from here"),
            hint: "whoever registers a version in Unity Catalog uploads its files: register it with MLflow's own client \
                   (`mlflow.register_model`), and promote it here",
        }
    }
}
