//! Rollback: an alias of a registered model moves back to a version that it was at before.

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::info;

use super::apply::apply;
use super::plan::{Choice, Plan, Wish};
use super::promotion::{champion, yes};
use super::{Claim, Context, Ended, Error, Mode, Thing, VersionSelector};
use crate::history::{History, MoveKind, alias_from_tag_key, tag_key};
use crate::outcome::{JobStatus, Outcome};
use crate::registry::{self, Alias, Expect, ModelName, RegisteredModel, Status, Version};
use crate::secret::FREE;
use crate::text::is_similar;

/// Moves an alias of a registered model back to an earlier version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias to move.
    #[serde(default = "champion")]
    pub alias: Alias,
    /// The version to go back to; by default the one before the current one, as the alias's history has it.
    #[serde(default)]
    pub to: Option<Version>,
    /// Why; kept in the history and shown in notices.
    #[serde(default)]
    #[schemars(extend("x-text" = FREE))]
    pub message: Option<String>,
    /// The version the alias must point to now; otherwise the job is blocked.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether the move is kept in the alias's history, a tag of the registered model.
    #[serde(default = "yes")]
    pub record: bool,
}

/// Where to go, and where the alias must be for that to be right.
struct Way {
    to: VersionSelector,
    expect: Option<Expect>,
}

impl RollbackJob {
    /// Finds out where to go, makes sure that the alias can go there and, unless only the plan is wanted, moves it.
    pub(super) async fn run(&self, context: &Context<'_>) -> Ended {
        let way = match self.way(context).await {
            Ok(way) => way,
            Err(error) => return Ended::early(&error, None),
        };
        let plan = match self.plan(&way, context).await {
            Ok(plan) => plan,
            Err(error) => return Ended::early(&error, None),
        };
        let (name, alias, version) = (&self.name, &self.alias, plan.target.version);
        if plan.is_done() {
            plan.end_unchanged(context).await;
            return Ended::well(JobStatus::Unchanged, plan.outcome());
        }
        if context.mode == Mode::Plan {
            info!(model = %name, alias = %alias, version = %version, "planned, nothing changed: {}", plan.diff());
            return Ended::well(JobStatus::Planned, plan.outcome());
        }
        match apply(&plan, context).await {
            Ok(outcome) if !context.writes.has_move() => Ended::well(JobStatus::Unchanged, outcome),
            Ok(outcome) => Ended::well(JobStatus::RolledBack, outcome),
            Err(error) => Ended::early(&error, Some(plan.outcome())),
        }
    }

    /// Writes its alias.
    pub(super) fn claims(&self) -> Vec<Claim> {
        vec![Claim::write(Thing::Alias(self.name.clone(), self.alias.clone()))]
    }

    /// Returns the outcome before anything was read.
    pub(super) fn outline(&self) -> Outcome {
        let way = Way { to: VersionSelector::Latest, expect: None };
        self.wish(&way).outline()
    }

    async fn plan<'a>(&'a self, way: &'a Way, context: &Context<'_>) -> Result<Plan<'a>, Error> {
        let plan = Plan::make(self.wish(way), context).await.map_err(|error| self.explained(error, way))?;
        match self.misspelt(&plan.model).filter(|_| plan.current.is_none()) {
            None => Ok(plan),
            Some(meant) => Err(self.nothing_to_roll_back(format!(", but one called \"{meant}\""), None)),
        }
    }

    /// Reads the way from the history, unless the job says where to go.
    async fn way(&self, context: &Context<'_>) -> Result<Way, Error> {
        if let Some(version) = self.to {
            return Ok(Way { to: VersionSelector::Exact(version), expect: self.expect });
        }
        let model = context.read(context.registry.get_model(&self.name)).await?;
        model.refuse_prompt()?;
        let current = model.alias(&self.alias);
        if let Some(expected) = self.expect.filter(|expected| !expected.holds(current)) {
            let (name, alias) = (self.name.clone(), self.alias.clone());
            return Err(registry::Error::AliasMoved { name, alias, expected, actual: current }.into());
        }
        let Some(current) = current else { return Err(self.missing(&model, context).await?) };
        let before = self.before(current, &model).map_err(|error| *error)?;
        // Where it is decides where it goes, so it must still be there when it moves.
        Ok(Way { to: VersionSelector::Exact(before), expect: Some(Expect::At(current)) })
    }

    /// Returns the version before the current one.
    fn before(&self, current: Version, model: &RegisteredModel) -> Result<Version, Box<Error>> {
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

    /// Says of a version that cannot be used what that means here.
    fn explained(&self, error: Error, way: &Way) -> Error {
        match (error, &way.to) {
            (
                error @ (Error::VersionNotReady { .. } | Error::Registry(registry::Error::VersionNotFound { .. })),
                VersionSelector::Exact(version),
            ) => {
                let (name, alias, version) = (self.name.clone(), self.alias.clone(), *version);
                let error = Error::NoWayBack { name, alias, version, source: Box::new(error) };
                // One that says where the alias is as well is a plan.
                let is_plan = self.to.is_some() && self.expect.is_some();
                if is_plan { Error::Outdated(Box::new(error)) } else { error }
            }
            (error, _) => error,
        }
    }

    /// Says what the history knows of an alias that does not exist: MLflow deletes it with its version.
    async fn missing(&self, model: &RegisteredModel, context: &Context<'_>) -> Result<Error, Error> {
        if let Some(meant) = self.misspelt(model) {
            return Ok(self.nothing_to_roll_back(format!(", but one called \"{meant}\""), None));
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
        let gone = if self.status(last, context).await?.is_none() { ", which was deleted" } else { "" };
        let mut known = format!("; by its history it was at version {last}{gone}");
        for before in history.rollback_targets().into_iter().filter_map(Version::new).filter(|before| *before != last) {
            if self.status(before, context).await? == Some(Status::Ready) {
                known += &format!(", and earlier at version {before}");
                return Ok(self.nothing_to_roll_back(known, Some(before)));
            }
        }
        Ok(self.nothing_to_roll_back(known + ", and at no earlier one that can be used", None))
    }

    /// Returns the status of a version; none where it does not exist.
    async fn status(&self, version: Version, context: &Context<'_>) -> Result<Option<Status>, Error> {
        match context.read(context.registry.get_version(&self.name, version)).await {
            Ok(found) => Ok(Some(found.status)),
            Err(Error::Registry(registry::Error::VersionNotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the alias that is probably meant, where this one is not there and was not as far as is known.
    fn misspelt<'m>(&self, model: &'m RegisteredModel) -> Option<&'m str> {
        let this = self.alias.as_str();
        let recorded = model.tags.keys().filter_map(|key| alias_from_tag_key(key));
        let mut known = model.aliases.keys().map(String::as_str).chain(recorded);
        if known.clone().any(|other| other == this) { None } else { known.find(|other| is_similar(this, other)) }
    }

    fn nothing_to_roll_back(&self, known: String, to: Option<Version>) -> Error {
        Error::NothingToRollBack { name: self.name.clone(), alias: self.alias.clone(), known, to }
    }

    fn wish<'a>(&'a self, way: &'a Way) -> Wish<'a> {
        Wish {
            name: &self.name,
            alias: &self.alias,
            version: Choice::Named(&way.to),
            expect: way.expect,
            message: self.message.as_deref(),
            record: self.record,
            gates: &[],
            kind: MoveKind::Rollback,
        }
    }
}
