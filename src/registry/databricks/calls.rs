//! The calls that jobs are made of, in the endpoints of Unity Catalog.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::json;

use super::Databricks;
use super::session::{ADDRESS, refuses_address, refuses_login};
use super::tags;
use super::wire::{OneModel, OneVersion};
use crate::registry::rest::{Call, Course, Failure};
use crate::registry::{
    Alias, AliasMove, AliasWriteResult, Error, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version,
};

const LOGIN: &str = "check DATABRICKS_HOST and DATABRICKS_TOKEN, or the profile they come from; tokens expire";

/// What to ask oneself where the answers are not those of a workspace.
pub(super) const NO_WORKSPACE: &str = "is the host in DATABRICKS_HOST or in the profile a Databricks workspace?";

pub(super) const PERMISSION: &str = "ask for USE CATALOG, USE SCHEMA and EXECUTE to read the model, and for its ownership or MANAGE \
                          to move its aliases";

impl Databricks {
    pub(in crate::registry) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let query = vec![("name", name.as_str().to_owned())];
        let action = || format!("read the model {name}");
        let call = Call::read("unity-catalog/registered-models/get", query, &action);
        let reply: Option<OneModel> = self.find(&call).await?;
        let found = reply.ok_or_else(|| Error::ModelNotFound { name: name.clone() })?;
        let model = RegisteredModel::from(found.registered_model);
        model.require(name).map_err(|reason| self.unreadable(reason))?;
        Ok(model)
    }

    pub(in crate::registry) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        let query = vec![("name", name.as_str().to_owned()), ("version", version.to_string())];
        let action = || format!("read version {version} of {name}");
        let call = Call::read("unity-catalog/model-versions/get", query, &action);
        let reply: Option<OneVersion> = self.find(&call).await?;
        let found = reply.ok_or_else(|| Error::VersionNotFound { name: name.clone(), version })?;
        let found = ModelVersion::from(found.model_version);
        found.require_version(name, version).map_err(|reason| self.unreadable(reason))?;
        Ok(found)
    }

    pub(super) fn unreadable(&self, reason: String) -> Error {
        Error::unreadable(self.session.host(), reason)
    }

    /// What is missing where an alias is asked for in vain may be the alias, its version or the model.
    pub(in crate::registry) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let query = vec![("name", name.as_str().to_owned()), ("alias", alias.to_string())];
        let action = || format!("read the alias {alias} of {name}");
        let call = Call::read("unity-catalog/registered-models/alias", query, &action);
        let reply: Option<OneVersion> = self.find(&call).await?;
        match reply {
            Some(reply) => {
                let found = ModelVersion::from(reply.model_version);
                found.require_alias(name, alias).map_err(|reason| self.unreadable(reason))?;
                Ok(Some(found))
            }
            None => match self.get_model(name).await?.alias(alias) {
                Some(version) => self.get_version(name, version).await.map(Some),
                None => Ok(None),
            },
        }
    }

    /// Has no transactions to check `expect` in: the caller compared it with what it read.
    pub(in crate::registry) async fn set_alias(&self, to: &AliasMove) -> AliasWriteResult {
        let AliasMove { name, alias, version, .. } = to;
        let body = json!({ "name": name, "alias": alias, "version": version.to_string() });
        let action = || format!("set the alias {alias} of {name}");
        let call = Call::write("unity-catalog/registered-models/alias", &body, &action);
        let missing = || async { Err(Error::VersionNotFound { name: name.clone(), version: *version }) };
        self.steer(&call.looking(), Course::of(to), missing).await
    }

    /// Has no transactions to check where the alias is: the caller compared it with what it read.
    pub(in crate::registry) async fn delete_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
    ) -> AliasWriteResult {
        let body = json!({ "name": name, "alias": alias });
        let action = || format!("delete the alias {alias} of {name}");
        let call = Call::delete("unity-catalog/registered-models/alias", &body, &action);
        // It is gone if the model is there.
        let missing = || async { self.get_model(name).await.map(drop) };
        self.steer(&call.looking(), Course::away(name, alias, version), missing).await
    }

    async fn steer<M>(&self, call: &Call<'_>, course: Course<'_>, missing: impl Fn() -> M) -> AliasWriteResult
    where
        M: Future<Output = Result<()>>,
    {
        let missing = &missing;
        let send = || async move {
            match self.session.send::<IgnoredAny>(call).await? {
                Err(failure) if is_missing(&failure) => missing().await.map(Ok),
                answer => Ok(answer.map(drop)),
            }
        };
        let Course { name, alias, .. } = course;
        let look = || async move { Ok(self.get_alias(name, alias).await?.map(|found| found.version)) };
        let explain = |failure| self.explain(failure, call);
        self.session.client().send_looking(call, &course, send, look, explain).await
    }

    pub(in crate::registry) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        let body = json!({ "name": name, "key": tags::stored(key), "value": value });
        let action = || format!("set a tag of {name}");
        let call = Call::write("unity-catalog/registered-models/set-tag", &body, &action);
        let missing = || Error::ModelNotFound { name: name.clone() };
        self.find::<IgnoredAny>(&call).await?.map(drop).ok_or_else(missing)
    }

    /// Versions come from elsewhere: whoever registers one uploads its files, to a place that Unity Catalog gives them.
    pub(in crate::registry) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        Err(self.no_registration(name))
    }

    /// See [`Self::ensure_model`].
    pub(in crate::registry) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        Err(self.no_registration(&new.name))
    }

    pub(in crate::registry) fn no_registration(&self, name: &ModelName) -> Error {
        Error::Unsupported {
            uri: self.session.host().to_owned(),
            action: format!("a version of {name} cannot be registered from here"),
            hint: "whoever registers a version in Unity Catalog uploads its files: register it with MLflow's own client \
                   (`mlflow.register_model`), and promote it here",
        }
    }

    /// Sends a call; none where what it is about is not there.
    pub(super) async fn find<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<Option<T>> {
        match self.session.send(call).await? {
            Ok(reply) => Ok(Some(reply)),
            Err(failure) if is_missing(&failure) => Ok(None),
            Err(failure) => Err(self.explain(failure, call)),
        }
    }

    fn explain(&self, failure: Failure, call: &Call<'_>) -> Error {
        let (is_login, is_address) = (refuses_login(&failure), refuses_address(&failure));
        match failure.into_error(self.session.host(), call) {
            Error::LoginRefused { uri, user, reason, .. } => Error::LoginRefused { uri, user, reason, hint: LOGIN },
            Error::PermissionDenied { uri, user, reason, .. } if is_login => {
                Error::LoginRefused { uri, user, reason, hint: LOGIN }
            }
            Error::PermissionDenied { uri, user, action, reason, .. } => {
                let hint = if is_address { ADDRESS } else { PERMISSION };
                Error::PermissionDenied { uri, user, action, reason, hint }
            }
            Error::Unreadable { uri, reason, may_have_applied } => {
                Error::Unreadable { uri, reason: format!("{reason}; {NO_WORKSPACE}"), may_have_applied }
            }
            error => error,
        }
    }
}

/// Returns whether a thing is not there: a version, an alias, a model, its schema or its catalog. A workspace without a
/// metastore has no Unity Catalog at all, which says nothing of a model.
fn is_missing(failure: &Failure) -> bool {
    matches!(failure, Failure::Status { status, .. } if status.as_u16() == 404)
        && failure
            .said()
            .is_some_and(|(code, _)| code.ends_with("_DOES_NOT_EXIST") && code != "METASTORE_DOES_NOT_EXIST")
}
