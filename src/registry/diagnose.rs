//! Diagnoses a registry and its models without writing.

use std::time::Duration;

use tokio::time::timeout;

use super::backend::Registry;
use super::error::Error;
use super::names::{ModelName, Version};
use super::observe::{DiagnosisRequest, ModelSubject, is_absent, observe_error};
use crate::outcome::{Health, Observation, Topic};

impl Registry {
    /// Diagnoses the registry and every model of the request. It stops after an observation with which a job would
    /// fail.
    pub(crate) async fn diagnose(&self, wanted: &DiagnosisRequest) -> Vec<Observation> {
        let mut observations = match self {
            Self::Rest(rest) => rest.diagnose(wanted).await,
            Self::Sqlite(sqlite) => sqlite.diagnose(wanted).await,
            Self::Databricks(databricks) => databricks.diagnose(wanted).await,
            Self::File(store) => store.diagnose(wanted).await,
        };
        for subject in &wanted.subjects {
            if observations.iter().any(ends_diagnosis) {
                break;
            }
            let (is_there, model) = self.diagnose_model(subject, wanted.limit).await;
            observations.push(model);
            if is_there && subject.is_written {
                observations.push(self.permission(subject).await);
            }
        }
        observations
    }

    /// Reports on a model, and returns whether it exists.
    async fn diagnose_model(&self, subject: &ModelSubject, limit: Duration) -> (bool, Observation) {
        let (name, topic) = (&subject.name, Topic::Model);
        let model = match timeout(limit, self.get_model(name)).await {
            Ok(Ok(model)) => model,
            Ok(Err(error)) if subject.is_made && is_missing(&error) => {
                return (false, Observation::ok(topic, format!("{name}: it is not there, and a job makes it")));
            }
            Ok(Err(error)) => return (false, observe_error(topic, &error)),
            Err(_) => {
                let message = format!("{name}: no answer within {limit:?}");
                let hint = "look at the log of the server, or at who holds the database";
                return (false, Observation::new(topic, Health::Unavailable, message).hint(hint));
            }
        };
        let (mut aliases, mut is_whole) = (vec![], true);
        for alias in &subject.aliases {
            aliases.push(match model.alias(alias) {
                Some(version) if self.is_missing_version(name, version, limit).await => {
                    is_whole = false;
                    format!("{alias} points to version {version}, which is not there")
                }
                Some(version) => format!("{alias} points to version {version}"),
                None => format!("{alias} does not exist yet"),
            });
        }
        let message = if aliases.is_empty() { "it is there".to_owned() } else { aliases.join(", ") };
        let observation = Observation::ok(topic, format!("{name}: {message}"));
        if is_whole {
            return (true, observation);
        }
        let hint = "whoever loads the model by that alias fails: promote a version to it, or delete it";
        (true, Observation { status: Health::Warning, ..observation }.hint(hint))
    }

    /// Returns whether a version certainly does not exist.
    async fn is_missing_version(&self, name: &ModelName, version: Version, limit: Duration) -> bool {
        matches!(timeout(limit, self.get_version(name, version)).await, Ok(Err(Error::VersionNotFound { .. })))
    }

    async fn permission(&self, subject: &ModelSubject) -> Observation {
        match self {
            Self::Rest(rest) => rest.permission(subject).await,
            Self::Sqlite(sqlite) => sqlite.permission(subject).await,
            Self::File(store) => store.permission(subject).await,
            Self::Databricks(databricks) => databricks.permission(subject).await,
        }
    }
}

/// Returns whether an observation makes further ones impossible.
fn ends_diagnosis(observation: &Observation) -> bool {
    let is_before_models = matches!(observation.topic, Topic::Server | Topic::Workspace);
    observation.status == Health::Unavailable || (is_before_models && observation.is_trouble())
}

/// Returns whether there is no such model, or no registry yet, which registering a model would create.
fn is_missing(error: &Error) -> bool {
    matches!(error, Error::ModelNotFound { .. }) || is_absent(error)
}
