//! The calls that jobs are made of, in MLflow's endpoints.

use reqwest::StatusCode;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Rest;
use super::call::Call;
use super::failure::Failure;
use super::wire::{OneModel, OneVersion, WireModel};
use crate::registry::{Alias, AliasMove, Error, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version};

/// What MLflow says when the thing asked for is not there.
const MISSING: &str = "RESOURCE_DOES_NOT_EXIST";

impl Rest {
    pub(in crate::registry) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let model = self.find_model(name).await?;
        model.map(RegisteredModel::from).ok_or_else(|| Error::ModelNotFound { name: name.clone() })
    }

    pub(in crate::registry) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        let query = vec![("name", name.as_str().to_owned()), ("version", version.to_string())];
        let call = Call::read("model-versions/get", query, format!("read version {version} of {name}"));
        match self.client.send::<OneVersion>(&call).await {
            Ok(reply) => self.expecting(name, version, reply.model_version.into()),
            Err(failure) if is_missing(&failure) => Err(Error::VersionNotFound { name: name.clone(), version }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let query = vec![("name", name.as_str().to_owned()), ("alias", alias.to_string())];
        let call = Call::read("registered-models/alias", query, format!("read the alias {alias} of {name}"));
        match self.client.send::<OneVersion>(&call).await {
            Ok(reply) => Ok(Some(reply.model_version.into())),
            Err(failure) if is_no_alias(&failure) => Ok(None),
            Err(failure) if is_missing(&failure) => Err(match dangling_version(&failure) {
                Some(version) => Error::VersionNotFound { name: name.clone(), version },
                None => Error::ModelNotFound { name: name.clone() },
            }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    /// Has no transactions to check `expect` in: the caller compared it with what it read.
    pub(in crate::registry) async fn set_alias(&self, to: &AliasMove) -> Result<()> {
        let AliasMove { name, alias, version, expect: _ } = to;
        let body = json!({ "name": name, "alias": alias, "version": version.to_string() });
        let call = Call::write("registered-models/alias", body, format!("set the alias {alias} of {name}"));
        match self.client.send::<IgnoredAny>(&call).await {
            Ok(_) => Ok(()),
            Err(failure) if is_missing(&failure) => {
                Err(Error::VersionNotFound { name: name.clone(), version: *version })
            }
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    /// Has no transactions to check where the alias is: the caller compared it with what it read.
    pub(in crate::registry) async fn delete_alias(&self, name: &ModelName, alias: &Alias) -> Result<()> {
        let body = json!({ "name": name, "alias": alias });
        let call = Call::delete("registered-models/alias", body, format!("delete the alias {alias} of {name}"));
        match self.client.send::<IgnoredAny>(&call).await {
            Ok(_) => Ok(()),
            Err(failure) if is_missing(&failure) => Err(Error::ModelNotFound { name: name.clone() }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        let body = json!({ "name": name, "key": key, "value": value });
        let call = Call::write("registered-models/set-tag", body, format!("set a tag of {name}"));
        match self.client.send::<IgnoredAny>(&call).await {
            Ok(_) => Ok(()),
            Err(failure) if is_missing(&failure) => Err(Error::ModelNotFound { name: name.clone() }),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let call = Call::write("registered-models/create", json!({ "name": name }), format!("create the model {name}"));
        match self.client.send::<IgnoredAny>(&call).await {
            Ok(_) => Ok(true),
            Err(failure) if has_code(&failure, "RESOURCE_ALREADY_EXISTS") => Ok(false),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(in crate::registry) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let name = &new.name;
        let call = Call::write_once("model-versions/create", creation(new), format!("create a version of {name}"));
        match self.client.send::<OneVersion>(&call).await {
            Ok(reply) => Ok(reply.model_version.into()),
            // A missing run or source is told with the same code, and is another matter.
            Err(failure) if is_missing(&failure) && is_about_model(&failure) => {
                Err(Error::ModelNotFound { name: name.clone() })
            }
            Err(failure) if failure.leaves_doubt() => {
                Err(Error::Unconfirmed { uri: self.uri().to_owned(), action: call.action, reason: failure.reason() })
            }
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    pub(super) async fn find_model(&self, name: &ModelName) -> Result<Option<WireModel>> {
        let query = vec![("name", name.as_str().to_owned())];
        let call = Call::read("registered-models/get", query, format!("read the model {name}"));
        match self.client.send::<OneModel>(&call).await {
            Ok(reply) => Ok(Some(reply.registered_model)),
            Err(failure) if is_missing(&failure) => Ok(None),
            Err(failure) => Err(self.explain(failure, &call)),
        }
    }

    // A cache in between may answer for another version.
    fn expecting(&self, name: &ModelName, version: Version, found: ModelVersion) -> Result<ModelVersion> {
        if found.version == version {
            return Ok(found);
        }
        let reason = format!("asked for version {version} of {name}, it answered with version {}", found.version);
        Err(self.unreadable(reason))
    }

    pub(super) fn unreadable(&self, reason: String) -> Error {
        Error::Unreadable { uri: self.uri().to_owned(), reason }
    }

    pub(super) fn explain(&self, failure: Failure, call: &Call) -> Error {
        self.client.explain(failure, call)
    }
}

fn creation(new: &NewVersion) -> Value {
    let mut body = json!({ "name": new.name, "source": new.source });
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

fn is_about_model(failure: &Failure) -> bool {
    failure.said().is_some_and(|(_, message)| message.starts_with("Registered Model with name="))
}

/// Tells the one 400 that means "no such alias" from every other: only its text does.
fn is_no_alias(failure: &Failure) -> bool {
    let bad_request = matches!(failure, Failure::Status { status, .. } if *status == StatusCode::BAD_REQUEST);
    bad_request
        && failure.said().is_some_and(|(code, message)| {
            let message = message.to_lowercase();
            code == "INVALID_PARAMETER_VALUE"
                && message.split_once("alias ").is_some_and(|(_, rest)| rest.contains("not found"))
        })
}

/// Reads which version an alias points to in vain.
fn dangling_version(failure: &Failure) -> Option<Version> {
    let (_, message) = failure.said()?;
    let (_, number) = message.strip_prefix("Model Version (name=")?.rsplit_once("version=")?;
    number.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::failure::Said;
    use super::*;

    fn failure(status: u16, code: &str, message: &str) -> Failure {
        let said = Said::Mlflow { code: code.into(), message: message.into() };
        Failure::Status { status: StatusCode::from_u16(status).unwrap(), said, retry_after: None }
    }

    #[test]
    fn only_one_answer_means_that_there_is_no_such_alias() {
        let text = "Registered model alias Champion not found.";
        assert!(is_no_alias(&failure(400, "INVALID_PARAMETER_VALUE", text)));
        assert!(!is_no_alias(&failure(404, "INVALID_PARAMETER_VALUE", text)));
        assert!(!is_no_alias(&failure(400, "BAD_REQUEST", text)));
        assert!(!is_no_alias(&failure(400, "INVALID_PARAMETER_VALUE", "Missing value for required parameter 'alias'")));
        assert!(!is_no_alias(&Failure::cut_short()));
    }

    #[test]
    fn an_alias_of_a_deleted_version_is_told_from_a_missing_model() {
        let version = |message| dangling_version(&failure(404, MISSING, message)).map(Version::get);
        assert_eq!(version("Model Version (name=m1, version=3) not found"), Some(3));
        assert_eq!(version("Model Version (name=version=9), version=3) not found"), Some(3));
        assert_eq!(version("Registered Model with name=m1 not found"), None);
    }
}
