//! Diagnoses a workspace by reading.

use std::collections::BTreeSet;

use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;

use super::Databricks;
use super::dialect::{LOGIN, PERMISSION};
use super::grants::{CurrentUser, ENCODED_IN_NAMES};
use crate::http::quote;
use crate::outcome::{Health, Observation, Topic};
use crate::registry::client::{ApiRequest, ProbeResponse, REFUSED_ADDRESS, RequestError};
use crate::registry::error::Error;
use crate::registry::observe::{DiagnosisRequest, observe_error};

impl Databricks {
    /// Asks for the first model, which shows whether the connection works, then for the schemas of all models.
    pub(in crate::registry) async fn diagnose(&self, wanted: &DiagnosisRequest) -> Vec<Observation> {
        let session = &self.api.session;
        let name = wanted.subjects.first().map(|subject| subject.name.to_string()).unwrap_or_default();
        let describe = || format!("read the model {name}");
        let query = vec![("name", name.clone())];
        let request = ApiRequest::read("unity-catalog/registered-models/get", query, &describe);
        let probe = match session.probe(&request).await {
            Ok(probe) => probe,
            Err(RequestError::NoToken(error)) => return vec![observe_missing_token(&error)],
            Err(error) => return vec![session.report_failure(error).await],
        };
        let mut observations = session.report_connection(&probe);
        match probe.error() {
            Some(error) if error.is_token_rejected() => {
                let message = format!("the workspace refused it ({}): {}", self.login, error.reason());
                observations.push(Observation::new(Topic::Login, Health::Unavailable, message).hint(LOGIN));
                return observations;
            }
            Some(error) if error.is_address_refused() => {
                let message = format!("the workspace lets nobody in from here: {}", error.reason());
                observations.push(Observation::new(Topic::Login, Health::Failed, message).hint(REFUSED_ADDRESS));
                return observations;
            }
            Some(error) if probe.is_out_of_order() => {
                observations.push(session.report_failure(error).await);
                return observations;
            }
            Some(_) | None => {}
        }
        observations.push(Observation::ok(Topic::Server, "Unity Catalog of Databricks"));
        observations.push(self.diagnose_login().await);
        observations.push(Observation::ok(Topic::Workspace, format!("the one at {}", session.uri())));
        for schema in schemas(wanted) {
            observations.push(self.diagnose_schema(&schema).await);
        }
        observations
    }

    async fn diagnose_login(&self) -> Observation {
        let message = match self.current_user().await {
            Some(CurrentUser { user, .. }) => format!("{}; to the workspace {}", self.login, quote(&user)),
            None => format!("{}; it was not refused", self.login),
        };
        Observation::ok(Topic::Login, message)
    }

    /// Reports whether the login can see a schema and its catalog.
    async fn diagnose_schema(&self, schema: &str) -> Observation {
        let topic = Topic::Catalog;
        let path = format!("/api/2.1/unity-catalog/schemas/{}", utf8_percent_encode(schema, ENCODED_IN_NAMES));
        let describe = || format!("read the schema {schema}");
        let request = ApiRequest::read(path, vec![], &describe);
        let Some(probe) = self.probe(&request).await else {
            return Observation::new(topic, Health::Unknown, format!("{schema}: no answer"));
        };
        let Some(error) = probe.error() else {
            return Observation::ok(topic, format!("{schema}: the catalog and the schema are there"));
        };
        let message = format!("{schema}: {}", error.reason());
        match probe.status.as_u16() {
            404 => {
                Observation::new(topic, Health::Failed, message).hint("check the names of the catalog and the schema")
            }
            403 => Observation::new(topic, Health::Failed, message).hint(PERMISSION),
            _ => Observation::new(topic, Health::Unknown, message),
        }
    }

    /// Asks for what not every workspace shows to everybody.
    pub(super) async fn ask<T: DeserializeOwned>(&self, path: String, query: Vec<(&'static str, String)>) -> Option<T> {
        self.probe(&ApiRequest::read(path, query, &String::new)).await?.parse()
    }

    async fn probe(&self, request: &ApiRequest<'_>) -> Option<ProbeResponse> {
        self.api.session.probe(request).await.ok()
    }
}

/// Reports why there is no token to ask with.
fn observe_missing_token(error: &Error) -> Observation {
    let observation = observe_error(Topic::Server, error);
    match error {
        Error::Unreachable { .. } => {
            observation.hint("check the host in DATABRICKS_HOST or in the profile, and what stands in between")
        }
        _ => observation,
    }
}

/// Returns the schemas of the models, as `catalog.schema`.
fn schemas(wanted: &DiagnosisRequest) -> BTreeSet<String> {
    let schema = |name: &str| name.rsplit_once('.').map(|(schema, _)| schema.to_owned());
    wanted.subjects.iter().filter_map(|subject| schema(subject.name.as_str())).collect()
}
