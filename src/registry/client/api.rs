//! The endpoints that MLflow and Unity Catalog share, up to a prefix.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::request::ApiRequest;
use super::request_error::RequestError;
use super::session::Session;
use super::wire::{ModelTag, OneLoggedModel, OneModel, OneRun, OneVersion, WireModel, WireVersion};
use crate::registry::error::{Error, Result};
use crate::registry::{Metric, ModelName, ModelVersion, RegisteredModel, Version};
use crate::text::ForeignText;

/// What sets one backend apart from the other.
#[derive(Clone, Copy)]
pub struct Dialect {
    /// The prefix of the endpoints of models and versions.
    pub prefix: &'static str,
    /// The status of a version that is sent without one.
    pub default_status: Option<&'static str>,
    /// Returns whether an error says that the requested thing does not exist.
    pub is_missing: fn(&RequestError) -> bool,
    /// Converts an error that has no other meaning.
    pub explain: fn(RequestError, &Session, &ApiRequest<'_>) -> Error,
}

/// The API of one server.
pub struct Api {
    pub session: Session,
    pub dialect: Dialect,
}

// The session would show the login of a proxy.
impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("uri", &self.session.uri()).finish_non_exhaustive()
    }
}

impl Api {
    /// Returns the endpoint of models or versions.
    pub fn endpoint(&self, name: &'static str) -> Cow<'static, str> {
        match self.dialect.prefix {
            "" => Cow::Borrowed(name),
            prefix => Cow::Owned(format!("{prefix}{name}")),
        }
    }

    /// Sends a request; returns none if what it is about does not exist.
    pub async fn find<T: DeserializeOwned>(&self, request: &ApiRequest<'_>) -> Result<Option<T>> {
        match self.session.send(request).await {
            Ok(response) => Ok(Some(response)),
            Err(error) if (self.dialect.is_missing)(&error) => Ok(None),
            Err(error) => Err(self.explain(error, request)),
        }
    }

    /// Reads a model with its aliases and tags.
    pub async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let model = self.find_model(name).await?.map(RegisteredModel::from);
        let model = model.ok_or_else(|| Error::ModelNotFound { name: name.clone() })?;
        model.require(name).map_err(|reason| self.unreadable(reason))?;
        Ok(model)
    }

    /// Reads a model as it is sent; none if it does not exist.
    pub async fn find_model(&self, name: &ModelName) -> Result<Option<WireModel>> {
        let query = vec![("name", name.as_str().to_owned())];
        let describe = || format!("read the model {name}");
        let request = ApiRequest::read(self.endpoint("registered-models/get"), query, &describe);
        let found: Option<OneModel> = self.find(&request).await?;
        Ok(found.map(|found| found.registered_model))
    }

    /// Reads one version.
    pub async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        let query = vec![("name", name.as_str().to_owned()), ("version", version.to_string())];
        let describe = || format!("read version {version} of {name}");
        let request = ApiRequest::read(self.endpoint("model-versions/get"), query, &describe);
        let found: Option<OneVersion> = self.find(&request).await?;
        let found = found.ok_or_else(|| Error::VersionNotFound { name: name.clone(), version })?;
        let found = self.version(found.model_version);
        found.require_version(name, version).map_err(|reason| self.unreadable(reason))?;
        Ok(found)
    }

    /// Sets a tag of a model.
    pub async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        let body = ModelTag { name: name.as_str(), key, value };
        let describe = || format!("set a tag of {name}");
        let request = ApiRequest::write(self.endpoint("registered-models/set-tag"), &body, &describe);
        let not_found = || Error::ModelNotFound { name: name.clone() };
        self.find::<IgnoredAny>(&request).await?.map(drop).ok_or_else(not_found)
    }

    /// Reads the metrics of a run.
    pub async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        let query = vec![("run_id", run_id.to_owned())];
        let describe = || format!("read the run {}", ForeignText::new(run_id));
        let request = ApiRequest::read("runs/get", query, &describe);
        let not_found = || Error::RunNotFound { run_id: run_id.to_owned() };
        let run = self.find::<OneRun>(&request).await?.ok_or_else(not_found)?.run;
        run.check_run_id(run_id).map_err(|reason| self.unreadable(reason))?;
        if run.is_deleted() { Err(not_found()) } else { Ok(run.into_metrics()) }
    }

    /// Reads the metrics of a logged model.
    pub async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        let endpoint = format!("logged-models/{}", utf8_percent_encode(model_id, NON_ALPHANUMERIC));
        let describe = || format!("read the logged model {}", ForeignText::new(model_id));
        let request = ApiRequest::read(endpoint, vec![], &describe);
        let not_found = || Error::LoggedModelNotFound { model_id: model_id.to_owned() };
        let model = self.find::<OneLoggedModel>(&request).await?.ok_or_else(not_found)?.model;
        model.check_model_id(model_id).map_err(|reason| self.unreadable(reason))?;
        Ok(model.into_metrics())
    }

    /// Converts a version as it is sent.
    pub fn version(&self, sent: WireVersion) -> ModelVersion {
        match self.dialect.default_status {
            Some(default) => sent.or_status(default).into(),
            None => sent.into(),
        }
    }

    /// Converts an error that has no other meaning.
    pub fn explain(&self, error: RequestError, request: &ApiRequest<'_>) -> Error {
        (self.dialect.explain)(error, &self.session, request)
    }

    /// Makes the error of a response that makes no sense.
    pub fn unreadable(&self, reason: String) -> Error {
        Error::unreadable(self.session.uri(), reason)
    }
}
