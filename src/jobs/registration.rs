//! Registration: a model's files become a new version of a registered model.

use std::collections::BTreeMap;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::info;

use super::apply::apply;
use super::plan::{Choice, Plan, Wish};
use super::{Claim, Context, Ended, Error, Mode, Thing, VersionSelector};
use crate::history::MoveKind;
use crate::outcome::{JobStatus, Outcome};
use crate::registry::{self, Alias, ModelName, ModelVersion, NewVersion, Status};
use crate::secret::{FREE, redact_message};

/// How long a new version may take to become `READY`: as long as MLflow's own client waits.
const READY_DEADLINE: Duration = Duration::from_secs(300);

/// How long to wait between two looks at a version that is not ready yet.
const READY_POLL: Duration = Duration::from_millis(500);

/// Creates a version of a registered model, and the model itself if it is missing.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// Where the model's files are, such as `runs:/<run id>/model` or `s3://bucket/path`.
    #[schemars(length(min = 1))]
    pub source: String,
    /// The run that made them.
    #[serde(default)]
    pub run_id: Option<String>,
    /// Tags of the new version.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub tags: BTreeMap<String, String>,
    /// What the new version is, in free text.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub description: Option<String>,
    /// An alias to point to the new version once it is ready.
    #[serde(default)]
    pub alias: Option<Alias>,
    /// Why; kept in the history of the alias and shown in notices.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub message: Option<String>,
}

impl RegistrationJob {
    /// Creates the model if it is missing, and the version; waits until it is ready and points the alias to it.
    pub(super) async fn run(&self, context: &Context<'_>) -> Ended {
        if let Some(error) = context.registry.no_registration(&self.name) {
            return Ended::early(&error.into(), None);
        }
        if context.mode == Mode::Plan {
            return self.plan(context).await;
        }
        let created = match self.create(context).await {
            Ok(created) => created,
            Err(error) => return Ended::early(&error, None),
        };
        let outcome = self.outcome(Some(&created));
        match self.finish(&created, context).await {
            Ok(moved) => Ended::well(JobStatus::Registered, moved.unwrap_or(outcome)),
            Err(error) => {
                let (name, version) = (self.name.clone(), created.version);
                let error = match error {
                    // Nothing can be finished with such a version.
                    Error::VersionNotReady { status: Status::Failed, .. } => error,
                    error => Error::Unfinished { name, version, source: Box::new(error) },
                };
                Ended::early(&error, Some(outcome))
            }
        }
    }

    /// Makes sure that the registry answers; that the model, or even its database or store, is not there yet is what it is for.
    async fn plan(&self, context: &Context<'_>) -> Ended {
        match context.read(context.registry.get_model(&self.name)).await {
            Ok(_)
            | Err(Error::Registry(
                registry::Error::ModelNotFound { .. }
                | registry::Error::DatabaseUnusable { absent: true, .. }
                | registry::Error::StoreUnusable { absent: true, .. },
            )) => {
                let source = redact_message(&self.source);
                info!(model = %self.name, "planned, nothing changed: a new version of {} from {source}", self.name);
                Ended::well(JobStatus::Planned, self.outcome(None))
            }
            Err(error) => Ended::early(&error, None),
        }
    }

    /// Writes the versions of its model, and its alias.
    pub(super) fn claims(&self) -> Vec<Claim> {
        let alias = self.alias.iter().map(|alias| Claim::write(Thing::Alias(self.name.clone(), alias.clone())));
        alias.chain([Claim::write(Thing::Versions(self.name.clone()))]).collect()
    }

    async fn create(&self, context: &Context<'_>) -> Result<ModelVersion, Error> {
        if let Some(signal) = context.shutdown.requested() {
            return Err(Error::Interrupted(signal));
        }
        if context.registry.ensure_model(&self.name).await? {
            info!(model = %self.name, "created the registered model {}", self.name);
        }
        let new = NewVersion {
            name: self.name.clone(),
            source: self.source.clone(),
            run_id: self.run_id.clone(),
            description: self.description.clone(),
            tags: self.tags.clone(),
        };
        context.writes.creation_sent();
        let created = context.registry.create_version(&new).await.inspect_err(|error| {
            if !matches!(error, registry::Error::Unconfirmed { .. }) {
                context.writes.creation_refused();
            }
        })?;
        context.writes.creation_confirmed();
        info!(model = %self.name, version = %created.version, "registered version {} of {}", created.version, self.name);
        Ok(created)
    }

    /// Waits until the version is ready, then moves the alias, if there is one.
    async fn finish(&self, created: &ModelVersion, context: &Context<'_>) -> Result<Option<Outcome>, Error> {
        let ready = self.wait_until_ready(created, context).await?;
        let Some(alias) = &self.alias else { return Ok(None) };
        let wish = Wish {
            name: &self.name,
            alias,
            version: Choice::Named(&VersionSelector::Exact(ready.version)),
            expect: None,
            message: self.message.as_deref(),
            record: true,
            gates: &[],
            kind: MoveKind::Promotion,
        };
        let plan = Plan::make(wish, context).await?;
        apply(&plan, context).await.map(Some)
    }

    async fn wait_until_ready(&self, created: &ModelVersion, context: &Context<'_>) -> Result<ModelVersion, Error> {
        let mut found = created.clone();
        let deadline = tokio::time::Instant::now() + READY_DEADLINE;
        while found.status == Status::Pending && tokio::time::Instant::now() < deadline {
            let pause = async {
                tokio::time::sleep(READY_POLL).await;
                Ok::<_, Error>(())
            };
            context.read(pause).await?;
            found = context.read(context.registry.get_version(&self.name, created.version)).await?;
        }
        if found.status == Status::Ready {
            return Ok(found);
        }
        Err(Error::VersionNotReady {
            name: self.name.clone(),
            version: found.version,
            status: found.status,
            message: found.status_message,
        })
    }

    /// Returns the outcome so far.
    pub(super) fn outcome(&self, created: Option<&ModelVersion>) -> Outcome {
        Outcome {
            name: self.name.as_str().to_owned(),
            alias: self.alias.as_ref().map(|alias| alias.as_str().to_owned()),
            version: created.map(|created| created.version.get()),
            message: self.message.as_deref().map(redact_message),
            model_version: created.map(|created| Box::new(created.clone().into_found_version())),
            ..Outcome::default()
        }
    }
}
