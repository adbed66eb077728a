//! `RegistrationJob`: creates a version of a registered model.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::info;

use super::alias_move::{MoveRequest, Plan, VersionChoice, apply};
use super::job::Kind;
use super::{Access, Context, Error, JobEnd, Mode, Resource, VersionSelector};
use crate::history::MoveKind;
use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun, WriteState};
use crate::registry::{self, Alias, ModelName, ModelVersion, NewVersion, Status};
use crate::secret::{FREE, redact_message};

/// The time limit for a new version to become `READY`, as in MLflow's own client.
const READY_DEADLINE: Duration = Duration::from_secs(300);

/// The pause between two reads of a version that is not ready yet.
const READY_POLL: Duration = Duration::from_millis(500);

/// Creates a version of a registered model, and the model itself if it is missing.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationJob {
    /// The registered model. Default: `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The location of the model's files, such as `runs:/<run id>/model` or `s3://bucket/path`.
    #[schemars(length(min = 1))]
    pub source: String,
    /// The ID of the run that made the files.
    #[serde(default)]
    pub run_id: Option<String>,
    /// The tags of the new version.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub tags: BTreeMap<String, String>,
    /// The description of the new version, in free text.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub description: Option<String>,
    /// The alias that is moved to the new version once it is `READY`.
    #[serde(default)]
    pub alias: Option<Alias>,
    /// The reason. It is kept in the history of the alias and shown in notifications.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub message: Option<String>,
}

const REGISTERED: DoneWord = DoneWord { word: "registered", meaning: "A version was created." };

impl Kind for RegistrationJob {
    const DONE: Option<DoneWord> = Some(REGISTERED);

    /// Creates the model if it is missing, and the version. Waits until it is ready, and moves the alias to it.
    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        if let Some(error) = context.registry.no_registration(&self.name) {
            return Err(error.into());
        }
        if context.mode == Mode::Plan {
            return self.plan(context).await;
        }
        let created = self.create(context).await?;
        let outcome = self.outcome(Some(&created));
        Ok(match self.finish(&created, context).await {
            Ok(moved) => JobEnd::success(REGISTERED.status(), moved.unwrap_or(outcome)),
            Err(error) => {
                let (name, version) = (self.name.clone(), created.version);
                let error = match error {
                    // A failed version never becomes ready, so there is nothing to finish.
                    Error::VersionNotReady { status: Status::Failed, .. } => error,
                    error => Error::Unfinished { name, version, source: Box::new(error) },
                };
                JobEnd::failure(&error, Some(outcome))
            }
        })
    }

    fn accesses(&self) -> Vec<Access> {
        let alias = self.alias.iter().map(|alias| Access::write(Resource::Alias(self.name.clone(), alias.clone())));
        alias.chain([Access::write(Resource::Versions(self.name.clone()))]).collect()
    }

    fn outline(&self) -> Outcome {
        self.outcome(None)
    }

    /// A second run creates a second version.
    fn rerun(&self, _: JobStatus, outcome: &Outcome) -> Rerun {
        match outcome.version_created {
            None => Rerun::Idempotent,
            Some(WriteState::Sent) => Rerun::Unknown,
            Some(WriteState::Confirmed) => Rerun::RepeatsWork,
        }
    }

    fn rerun_hint(&self) -> &'static str {
        "look at the versions of the model (a StatusJob shows them) before you run it again, which would register one more"
    }
}

impl RegistrationJob {
    /// Checks that the registry answers. A missing model, database or file store is not an error, because the job
    /// creates it.
    async fn plan(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        match context.read(context.registry.get_model(&self.name)).await {
            Ok(_)
            | Err(Error::Registry(
                registry::Error::ModelNotFound { .. }
                | registry::Error::DatabaseUnusable { absent: true, .. }
                | registry::Error::StoreUnusable { absent: true, .. },
            )) => {
                let source = redact_message(&self.source);
                info!(model = %self.name, "{}: planned a new version from {source}, nothing was changed", self.name);
                Ok(JobEnd::success(JobStatus::Planned, self.outcome(None)))
            }
            Err(error) => Err(error),
        }
    }

    async fn create(&self, context: &Context<'_>) -> Result<ModelVersion, Error> {
        if let Some(signal) = context.shutdown.requested() {
            return Err(Error::Interrupted(signal));
        }
        if context.registry.ensure_model(&self.name).await? {
            context.writes.model_created();
            info!(model = %self.name, "{}: created the registered model", self.name);
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
            if !error.may_have_applied() {
                context.writes.creation_refused();
            }
        })?;
        context.writes.creation_confirmed();
        info!(model = %self.name, version = %created.version, "{}: registered version {}", self.name, created.version);
        Ok(created)
    }

    /// Waits until the version is ready, then moves the alias, if there is one.
    async fn finish(&self, created: &ModelVersion, context: &Context<'_>) -> Result<Option<Outcome>, Error> {
        let ready = self.wait_until_ready(created, context).await?;
        let Some(alias) = &self.alias else { return Ok(None) };
        let request = MoveRequest {
            name: &self.name,
            alias,
            version: VersionChoice::Named(VersionSelector::Exact(ready.version)),
            expect: None,
            message: self.message.as_deref(),
            record: true,
            gates: &[],
            kind: MoveKind::Promotion,
        };
        let plan = Plan::make(request, context).await?;
        apply(&plan, context).await.map(Some)
    }

    async fn wait_until_ready(&self, created: &ModelVersion, context: &Context<'_>) -> Result<ModelVersion, Error> {
        let mut found = created.clone();
        let deadline = tokio::time::Instant::now() + READY_DEADLINE;
        while found.status == Status::Pending && tokio::time::Instant::now() < deadline {
            context.wait_for(tokio::time::sleep(READY_POLL)).await?;
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
    fn outcome(&self, created: Option<&ModelVersion>) -> Outcome {
        Outcome {
            version: created.map(|created| created.version.get()),
            message: self.message.as_deref().map(redact_message),
            model_version: created.map(|created| Box::new(created.clone().into_found_version())),
            ..Outcome::for_model(self.name.as_str(), self.alias.as_ref().map(Alias::as_str))
        }
    }
}
