//! `RollbackJob`: moves an alias back to an earlier version.

use schemars::JsonSchema;
use serde::Deserialize;

use super::alias_move::{
    LOOK_WHERE_THE_ALIAS_IS, MoveRequest, Plan, VersionChoice, after_move, carry_out, is_standing_move,
};
use super::job::Kind;
use super::promotion::{champion, yes};
use super::{Access, Context, Error, JobEnd, Resource, VersionSelector};
use crate::history::{History, MoveKind, alias_from_tag_key, tag_key};
use crate::outcome::{DoneWord, JobStatus, Outcome, Rerun, WriteState};
use crate::registry::{self, Alias, Expect, ModelName, RegisteredModel, Status, Version, check_expected};
use crate::secret::FREE;
use crate::text::is_similar;

/// Moves an alias of a registered model back to an earlier version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackJob {
    /// The registered model. Default: `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias to move.
    #[serde(default = "champion")]
    pub alias: Alias,
    /// The version to roll back to. Default: the version before the current one in the alias's history.
    #[serde(default)]
    pub to: Option<Version>,
    /// The reason for the move. It is kept in the history and shown in notifications.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub message: Option<String>,
    /// The version that the alias must point to now. Otherwise the job is blocked.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether the move is recorded in the alias's history, a tag of the registered model.
    #[serde(default = "yes")]
    pub record: bool,
}

const ROLLED_BACK: DoneWord =
    DoneWord { word: "rolled_back", meaning: "The alias was moved back to an earlier version." };

impl Kind for RollbackJob {
    const DONE: Option<DoneWord> = Some(ROLLED_BACK);

    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        let (to, expect) = self.target(context).await?;
        let request = self.request(VersionSelector::Exact(to), expect);
        let plan = Plan::make(request, context).await.map_err(|error| self.explain(error, to))?;
        match self.similar_alias(&plan.model) {
            Some(similar) if plan.current.is_none() => Err(self.only_similar(similar)),
            _ => Ok(carry_out(&plan, ROLLED_BACK, None, context).await),
        }
    }

    fn accesses(&self) -> Vec<Access> {
        vec![Access::write(Resource::Alias(self.name.clone(), self.alias.clone()))]
    }

    fn outline(&self) -> Outcome {
        self.request(VersionSelector::Latest, None).outline()
    }

    fn pinned_key(&self) -> Option<&'static str> {
        Some("to")
    }

    /// Without `to`, a second run rolls back further.
    fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun {
        match outcome.alias_written {
            _ if !is_standing_move(status, outcome) => Rerun::Idempotent,
            _ if self.to.is_some() => after_move(self.expect, outcome),
            Some(WriteState::Sent) => Rerun::Unknown,
            Some(WriteState::Confirmed) | None => Rerun::RepeatsWork,
        }
    }

    fn rerun_hint(&self) -> &'static str {
        if self.to.is_some() {
            return LOOK_WHERE_THE_ALIAS_IS;
        }
        "do not run it again as it is: it goes back from wherever the alias is, so it may go one version too far; a \
         StatusJob shows where the alias is, and with `job.to` a second run is safe"
    }
}

impl RollbackJob {
    /// Returns the version to roll back to, and where the alias must be before the move. Reads the version from the
    /// history, unless the job names it.
    async fn target(&self, context: &Context<'_>) -> Result<(Version, Option<Expect>), Error> {
        if let Some(version) = self.to {
            return Ok((version, self.expect));
        }
        let model = context.read(context.registry.get_model(&self.name)).await?;
        model.refuse_prompt()?;
        let current = model.alias(&self.alias);
        context.writes.alias_read(current);
        check_expected(&self.name, &self.alias, self.expect, current)?;
        let Some(current) = current else { return Err(self.explain_missing_alias(&model, context).await?) };
        let before = self.previous_version(current, &model).map_err(|error| *error)?;
        // The history was read for this version, so the alias must not move before the write.
        Ok((before, Some(Expect::At(current))))
    }

    /// Returns the version before the current one.
    fn previous_version(&self, current: Version, model: &RegisteredModel) -> Result<Version, Box<Error>> {
        let (name, alias, tag) = (self.name.clone(), self.alias.clone(), tag_key(self.alias.as_str()));
        let Ok(history) = History::from_tags(&model.tags, self.alias.as_str()) else {
            return Err(Error::HistoryUnreadable { name, alias, tag }.into());
        };
        if let Some(newest) = history.entries().next().filter(|newest| newest.version != Some(current.get())) {
            return Err(Error::HistoryOutdated { name, alias, current, recorded: newest.version }.into());
        }
        let before = history.rollback_targets().first().copied().and_then(Version::new);
        before.ok_or_else(|| Error::HistoryMissing { name, alias, current }.into())
    }

    /// Converts an error about the version into one about the rollback, and that of a plan into one about an outdated plan.
    fn explain(&self, error: Error, version: Version) -> Error {
        let (name, alias) = (self.name.clone(), self.alias.clone());
        let error = match error.is_unusable_version() {
            true => Error::NoWayBack { name, alias, version, source: Box::new(error) },
            false => error,
        };
        // A job with both `to` and `expect` is a plan.
        let is_plan = self.to.is_some() && self.expect.is_some();
        if is_plan { error.into_outdated() } else { error }
    }

    /// Describes what the history says about a missing alias: MLflow deletes an alias together with its version.
    async fn explain_missing_alias(&self, model: &RegisteredModel, context: &Context<'_>) -> Result<Error, Error> {
        if let Some(similar) = self.similar_alias(model) {
            return Ok(self.only_similar(similar));
        }
        let Ok(history) = History::from_tags(&model.tags, self.alias.as_str()) else {
            return Ok(self.nothing_to_roll_back("; its history cannot be read".to_owned(), None));
        };
        let Some(newest) = history.entries().next() else {
            return Ok(self.nothing_to_roll_back(", and no history of one".to_owned(), None));
        };
        let Some(last) = newest.version.and_then(Version::new) else {
            return Ok(self.nothing_to_roll_back("; by its history it was deleted".to_owned(), None));
        };
        let suffix = if self.read_status(last, context).await?.is_none() { ", which was deleted" } else { "" };
        let mut known = format!("; by its history it was at version {last}{suffix}");
        for before in history.rollback_targets().into_iter().filter_map(Version::new).filter(|before| *before != last) {
            if self.read_status(before, context).await? == Some(Status::Ready) {
                known += &format!(", and earlier at version {before}");
                return Ok(self.nothing_to_roll_back(known, Some(before)));
            }
        }
        Ok(self.nothing_to_roll_back(known + ", and at no earlier one that can be used", None))
    }

    /// Returns the status of a version; `None` if it does not exist.
    async fn read_status(&self, version: Version, context: &Context<'_>) -> Result<Option<Status>, Error> {
        match context.read(context.registry.get_version(&self.name, version)).await {
            Ok(found) => Ok(Some(found.status)),
            Err(Error::Registry(registry::Error::VersionNotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns a similar alias, if this one neither exists nor has a history.
    fn similar_alias<'m>(&self, model: &'m RegisteredModel) -> Option<&'m str> {
        let this = self.alias.as_str();
        let recorded = model.tags.keys().filter_map(|key| alias_from_tag_key(key));
        let mut known = model.aliases.keys().map(String::as_str).chain(recorded);
        if known.clone().any(|other| other == this) { None } else { known.find(|other| is_similar(this, other)) }
    }

    fn only_similar(&self, alias: &str) -> Error {
        self.nothing_to_roll_back(format!(", but one called \"{alias}\""), None)
    }

    fn nothing_to_roll_back(&self, known: String, to: Option<Version>) -> Error {
        Error::NothingToRollBack { name: self.name.clone(), alias: self.alias.clone(), known, to }
    }

    fn request(&self, to: VersionSelector, expect: Option<Expect>) -> MoveRequest<'_> {
        MoveRequest {
            name: &self.name,
            alias: &self.alias,
            version: VersionChoice::Named(to),
            expect,
            message: self.message.as_deref(),
            record: self.record,
            gates: &[],
            kind: MoveKind::Rollback,
        }
    }
}
