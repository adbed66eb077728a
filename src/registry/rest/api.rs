//! The endpoints of MLflow's REST API.

use reqwest::StatusCode;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::{Rest, is_missing};
use crate::registry::alias_write::{AliasChange, AliasWriteResult};
use crate::registry::client::{ApiRequest, ErrorBody, OneVersion, RequestError};
use crate::registry::error::{Error, Result};
use crate::registry::source::Source;
use crate::registry::{Alias, Metric, ModelName, ModelVersion, NewVersion, RegisteredModel, Version};

impl Rest {
    pub(in crate::registry) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        self.api.get_model(name).await
    }

    pub(in crate::registry) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        self.api.get_version(name, version).await
    }

    pub(in crate::registry) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        self.api.set_model_tag(name, key, value).await
    }

    pub(in crate::registry) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        self.api.run_metrics(run_id).await
    }

    pub(in crate::registry) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        self.api.model_metrics(model_id).await
    }

    pub(in crate::registry) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let describe = || format!("create the model {name}");
        let request = ApiRequest::write("registered-models/create", &json!({ "name": name }), &describe);
        match self.api.session.send::<IgnoredAny>(&request).await {
            Ok(_) => Ok(true),
            Err(error) if error.has_code("RESOURCE_ALREADY_EXISTS") => match is_about_prompt(&error) {
                true => Err(Error::IsPrompt { name: name.clone() }),
                false => Ok(false),
            },
            Err(error) => Err(self.api.explain(error, &request)),
        }
    }

    pub(in crate::registry) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let name = &new.name;
        let describe = || format!("create a version of {name}");
        let model_id = self.find_logged_model(&new.source).await?;
        let body = creation_body(new, model_id.as_deref());
        let request = ApiRequest::write_once("model-versions/create", &body, &describe);
        match self.api.session.send::<OneVersion>(&request).await {
            Ok(response) => {
                let created = ModelVersion::from(response.model_version);
                created.require(name).map_err(|reason| self.unconfirmed(&request, reason))?;
                Ok(created)
            }
            // The same code stands for a missing run or source.
            Err(error) if is_missing(&error) && is_about_model(&error) => {
                Err(Error::ModelNotFound { name: name.clone() })
            }
            Err(error) if error.may_have_applied() => Err(self.unconfirmed(&request, error.reason())),
            Err(error) => Err(self.api.explain(error, &request)),
        }
    }

    /// Returns the logged model of a source, which a server wants to be named beside it.
    async fn find_logged_model(&self, source: &str) -> Result<Option<String>> {
        Ok(match Source::parse(source) {
            Source::LoggedModel(id) => Some(id.to_owned()),
            Source::Version(name, version) => self.get_version(&name, version).await?.model_id,
            Source::Run(_) | Source::Other => None,
        })
    }

    fn unconfirmed(&self, request: &ApiRequest<'_>, reason: String) -> Error {
        Error::Unconfirmed { uri: self.uri().to_owned(), action: request.description(), reason }
    }

    pub(in crate::registry) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let mut found = self.read_alias(name, alias).await?;
        // MLflow reads the alias first, and then the version with its aliases: the alias may have moved in between.
        if found.as_ref().is_some_and(|found| found.require_alias(name, alias).is_err()) {
            found = self.read_alias(name, alias).await?;
        }
        let checked = found.iter().try_for_each(|found| found.require_alias(name, alias));
        checked.map_err(|reason| self.api.unreadable(reason))?;
        Ok(found)
    }

    async fn read_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let query = vec![("name", name.as_str().to_owned()), ("alias", alias.to_string())];
        let describe = || format!("read the alias {alias} of {name}");
        let request = ApiRequest::read("registered-models/alias", query, &describe);
        match self.api.session.send::<OneVersion>(&request).await {
            Ok(response) => Ok(Some(response.model_version.into())),
            Err(error) if is_missing_alias(&error) => Ok(None),
            Err(error) if is_missing(&error) => Err(match dangling_version(&error) {
                Some(version) => Error::VersionNotFound { name: name.clone(), version },
                None => Error::ModelNotFound { name: name.clone() },
            }),
            Err(error) => Err(self.api.explain(error, &request)),
        }
    }

    /// Changes an alias. There is no transaction that could check `expect`: the caller compared it with what it read.
    pub(in crate::registry) async fn write_alias(&self, change: &AliasChange) -> AliasWriteResult {
        let AliasChange { name, alias, to, .. } = change;
        let describe = || change.describe();
        let request = &ApiRequest::alias_change("registered-models/alias", change, &describe);
        let not_found = || match *to {
            Some(version) => Error::VersionNotFound { name: name.clone(), version },
            None => Error::ModelNotFound { name: name.clone() },
        };
        let on_missing = |error: &RequestError| is_missing(error).then(|| std::future::ready(Err(not_found())));
        let read_alias = || async move { Ok(self.get_alias(name, alias).await?.map(|found| found.version)) };
        let explain = |error: RequestError| match lacks_endpoint(&error) {
            true => Error::NoAliases { uri: self.uri().to_owned(), reason: without_endpoint(&error, request) },
            false => self.api.explain(error, request),
        };
        self.api.session.send_with_check(request, change, on_missing, read_alias, explain).await
    }
}

fn creation_body(new: &NewVersion, model_id: Option<&str>) -> Value {
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

fn is_about_prompt(error: &RequestError) -> bool {
    error.code_and_message().is_some_and(|(_, message)| message.contains("already taken by a prompt"))
}

fn is_about_model(error: &RequestError) -> bool {
    error.code_and_message().is_some_and(|(_, message)| message.starts_with("Registered Model with name="))
}

/// Returns whether a 400 means that there is no such alias. Only its text tells it from every other.
fn is_missing_alias(error: &RequestError) -> bool {
    let bad_request = matches!(error, RequestError::Status { status, .. } if *status == StatusCode::BAD_REQUEST);
    bad_request
        && error.code_and_message().is_some_and(|(code, message)| {
            let message = message.to_lowercase();
            code == "INVALID_PARAMETER_VALUE"
                && message.split_once("alias ").is_some_and(|(_, rest)| rest.contains("not found"))
        })
}

/// Returns whether a server answers the write of an alias as one without that endpoint does. The model was read from it
/// before.
fn lacks_endpoint(error: &RequestError) -> bool {
    match error {
        RequestError::Status { status, body: ErrorBody::Other(_), .. } => matches!(status.as_u16(), 404 | 405),
        RequestError::Status { body: ErrorBody::Mlflow { code, .. }, .. } => code == "ENDPOINT_NOT_FOUND",
        RequestError::Redirected { status, .. } => matches!(status.as_u16(), 301 | 308),
        _ => false,
    }
}

fn without_endpoint(error: &RequestError, request: &ApiRequest<'_>) -> String {
    match error {
        RequestError::Redirected { .. } => error.reason(),
        _ => format!("asked for {}, {}", request.endpoint, error.reason()),
    }
}

/// Returns the version that an alias points to although it was deleted.
fn dangling_version(error: &RequestError) -> Option<Version> {
    let (_, message) = error.code_and_message()?;
    let (_, number) = message.strip_prefix("Model Version (name=")?.rsplit_once("version=")?;
    number.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Fault, Stage, TransportError};

    fn status_error(status: u16, code: &str, message: &str) -> RequestError {
        let body = ErrorBody::Mlflow { code: code.into(), message: message.into() };
        RequestError::Status { status: StatusCode::from_u16(status).unwrap(), body, retry_after: None }
    }

    #[test]
    fn one_response_means_that_there_is_no_such_alias() {
        let text = "Registered model alias Champion not found.";
        assert!(is_missing_alias(&status_error(400, "INVALID_PARAMETER_VALUE", text)));
        assert!(!is_missing_alias(&status_error(404, "INVALID_PARAMETER_VALUE", text)));
        assert!(!is_missing_alias(&status_error(400, "BAD_REQUEST", text)));
        assert!(!is_missing_alias(&status_error(
            400,
            "INVALID_PARAMETER_VALUE",
            "Missing value for required parameter 'alias'"
        )));
        let error = TransportError { stage: Stage::Response, fault: Fault::Reset, proxy: None };
        let no_response = RequestError::NoResponse(error);
        assert!(!is_missing_alias(&no_response));
    }

    #[test]
    fn an_alias_of_a_deleted_version_is_told_from_a_missing_model() {
        let version =
            |message| dangling_version(&status_error(404, "RESOURCE_DOES_NOT_EXIST", message)).map(Version::get);
        assert_eq!(version("Model Version (name=m1, version=3) not found"), Some(3));
        assert_eq!(version("Model Version (name=version=9), version=3) not found"), Some(3));
        assert_eq!(version("Registered Model with name=m1 not found"), None);
    }
}
