//! The calls that jobs are made of, in MLflow's endpoints.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Rest;
use super::call::Call;
use super::failure::Failure;
use super::wire::{OneModel, OneVersion, WireModel};
use crate::registry::source::Source;
use crate::registry::{Error, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version};

/// What MLflow says when the thing asked for is not there.
const MISSING: &str = "RESOURCE_DOES_NOT_EXIST";

impl Rest {
    pub(in crate::registry) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let model = self.find_model(name).await?.map(RegisteredModel::from);
        let model = model.ok_or_else(|| Error::ModelNotFound { name: name.clone() })?;
        model.require(name).map_err(|reason| self.unreadable(reason))?;
        Ok(model)
    }

    pub(in crate::registry) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        let query = vec![("name", name.as_str().to_owned()), ("version", version.to_string())];
        let action = || format!("read version {version} of {name}");
        let call = Call::read("model-versions/get", query, &action);
        match self.client.send::<OneVersion>(&call).await {
            Ok(reply) => {
                let found = ModelVersion::from(reply.model_version);
                found.require_version(name, version).map_err(|reason| self.unreadable(reason))?;
                Ok(found)
            }
            Err(failure) if is_missing(&failure) => Err(Error::VersionNotFound { name: name.clone(), version }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        let body = BTreeMap::from([("name", name.as_str()), ("key", key), ("value", value)]);
        let action = || format!("set a tag of {name}");
        let call = Call::write("registered-models/set-tag", &body, &action);
        match self.client.send::<IgnoredAny>(&call).await {
            Ok(_) => Ok(()),
            Err(failure) if is_missing(&failure) => Err(Error::ModelNotFound { name: name.clone() }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let action = || format!("create the model {name}");
        let call = Call::write("registered-models/create", &json!({ "name": name }), &action);
        match self.client.send::<IgnoredAny>(&call).await {
            Ok(_) => Ok(true),
            Err(failure) if has_code(&failure, "RESOURCE_ALREADY_EXISTS") => match is_about_prompt(&failure) {
                true => Err(Error::IsPrompt { name: name.clone() }),
                false => Ok(false),
            },
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let name = &new.name;
        let action = || format!("create a version of {name}");
        let model_id = self.model_behind(&new.source).await?;
        let body = creation(new, model_id.as_deref());
        let call = Call::write_once("model-versions/create", &body, &action);
        match self.client.send::<OneVersion>(&call).await {
            Ok(reply) => {
                let made = ModelVersion::from(reply.model_version);
                made.require(name).map_err(|reason| self.unconfirmed(&call, reason))?;
                Ok(made)
            }
            // A missing run or source is told with the same code, and is another matter.
            Err(failure) if is_missing(&failure) && is_about_model(&failure) => {
                Err(Error::ModelNotFound { name: name.clone() })
            }
            Err(failure) if failure.leaves_doubt() => Err(self.unconfirmed(&call, failure.reason())),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    /// Returns the logged model that a source stands for, which a server wants to be told beside it.
    async fn model_behind(&self, source: &str) -> Result<Option<String>> {
        Ok(match Source::parse(source) {
            Source::LoggedModel(id) => Some(id.to_owned()),
            Source::Version(name, version) => self.get_version(&name, version).await?.model_id,
            Source::Run(_) | Source::Other => None,
        })
    }

    pub(super) async fn find_model(&self, name: &ModelName) -> Result<Option<WireModel>> {
        let query = vec![("name", name.as_str().to_owned())];
        let action = || format!("read the model {name}");
        let call = Call::read("registered-models/get", query, &action);
        match self.client.send::<OneModel>(&call).await {
            Ok(reply) => Ok(Some(reply.registered_model)),
            Err(failure) if is_missing(&failure) => Ok(None),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    fn unconfirmed(&self, call: &Call<'_>, reason: String) -> Error {
        Error::Unconfirmed { uri: self.uri().to_owned(), action: call.action(), reason }
    }

    pub(super) fn unreadable(&self, reason: String) -> Error {
        Error::unreadable(self.uri(), reason)
    }

    pub(super) fn explain(&self, failure: Failure, call: &Call<'_>) -> Error {
        self.client.explain(failure, call)
    }
}

fn creation(new: &NewVersion, model_id: Option<&str>) -> Value {
    let mut body = json!({ "name": new.name, "source": new.source });
    if let Some(model_id) = model_id {
        body["model_id"] = json!(model_id);
    }
    if let Some(run_id) = &new.run_id {
        body["run_id"] = json!(run_id);
    }
    if let Some(description) = &new.description {
        body["description"] = json!(description);
    }
    if !new.tags.is_empty() {
        body["tags"] = new.tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    }
    body
}

fn has_code(failure: &Failure, expected: &str) -> bool {
    failure.said().is_some_and(|(code, _)| code == expected)
}

pub(super) fn is_missing(failure: &Failure) -> bool {
    has_code(failure, MISSING)
}

fn is_about_prompt(failure: &Failure) -> bool {
    failure.said().is_some_and(|(_, message)| message.contains("already taken by a prompt"))
}

fn is_about_model(failure: &Failure) -> bool {
    failure.said().is_some_and(|(_, message)| message.starts_with("Registered Model with name="))
}
