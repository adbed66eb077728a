//! The endpoints of Unity Catalog.

use super::Databricks;
use super::dialect::is_missing;
use super::names::{from_stored_key, to_stored_key};
use crate::registry::alias_write::{AliasChange, AliasWriteResult};
use crate::registry::client::{ApiRequest, OneVersion, RequestError};
use crate::registry::error::{Error, Result};
use crate::registry::{Alias, Metric, ModelName, ModelVersion, NewVersion, RegisteredModel, Version};

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

    /// Changes an alias. There is no transaction that could check `expect`: the caller compared it with what it read.
    pub(in crate::registry) async fn write_alias(&self, change: &AliasChange) -> AliasWriteResult {
        let AliasChange { name, alias, to, .. } = change;
        let describe = || change.describe();
        let request = &ApiRequest::alias_change("unity-catalog/registered-models/alias", change, &describe);
        let not_found = || async move {
            match *to {
                Some(version) => Err(Error::VersionNotFound { name: name.clone(), version }),
                // If the model exists, the alias is gone.
                None => self.get_model(name).await.map(drop),
            }
        };
        let on_missing = |error: &RequestError| is_missing(error).then(not_found);
        let read_alias = || async move { Ok(self.get_alias(name, alias).await?.map(|found| found.version)) };
        let explain = |error| self.api.explain(error, request);
        self.api.session.send_with_check(request, change, on_missing, read_alias, explain).await
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
