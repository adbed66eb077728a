//! Reverts the move of a job, unless somebody else has moved the alias since.

use std::fmt;

use tracing::debug;

use super::super::{Context, Error, VersionSelector, WriteLog};
use super::apply::{Tags, apply, record_move, report_record};
use super::plan::Plan;
use super::request::{MoveRequest, VersionChoice};
use super::revert_outcome::RevertOutcome;
use crate::history::{self, History, HistoryEntry, MoveKind};
use crate::outcome::Outcome;
use crate::registry::{self, Alias, AliasChange, AliasWrite, AliasWriteError, Expect, ModelName, Version};
use crate::text::format_version;

/// A move that a job applied, or may have applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedMove {
    name: ModelName,
    alias: Alias,
    from: Option<Version>,
    to: Version,
    recorded: bool,
}

impl AppliedMove {
    /// Returns the move of a job's outcome; `None` if the job sent none, or reverted it itself.
    pub fn from_outcome(outcome: &Outcome) -> Option<Self> {
        if outcome.alias_written.is_none() || outcome.was_put_back() {
            return None;
        }
        Some(Self {
            name: outcome.name.as_ref()?.parse().ok()?,
            alias: outcome.alias.as_ref()?.parse().ok()?,
            from: outcome.previous_version.and_then(Version::new),
            to: Version::new(outcome.version?)?,
            recorded: outcome.recorded,
        })
    }

    /// Returns the move of an applied plan.
    pub(crate) fn from_plan(plan: &Plan<'_>, writes: &WriteLog) -> Self {
        let (name, alias) = (plan.request.name.clone(), plan.request.alias.clone());
        let from = writes.previous().unwrap_or(plan.current);
        Self { name, alias, from, to: plan.target.version, recorded: writes.is_recorded() }
    }

    /// Returns whether the alias was at this version before the move. If it still is, the move may not have been
    /// applied.
    pub fn came_from(&self, version: Option<Version>) -> bool {
        version == self.from
    }

    /// Restores the alias to its previous version, or deletes it if it did not exist. Writes nothing unless the alias
    /// is where the job left it. The message is recorded in the history.
    pub async fn revert(&self, message: &str, context: &Context<'_>) -> RevertOutcome {
        // Nobody compares metrics of a move back, and production waits for it.
        let (own, context) =
            (context.writes, &Context { writes: &WriteLog::default(), compares_metrics: false, ..*context });
        let written = match self.from {
            Some(version) => self.point_back(version, message, context).await,
            None => self.delete(message, context).await,
        };
        own.take_current(context.writes);
        let confirmed = |is_wanted: bool| RevertOutcome::Confirmed {
            version: self.from,
            is_recorded: !is_wanted || context.writes.is_recorded(),
        };
        match written {
            Ok(is_wanted) => confirmed(is_wanted),
            Err(_) if context.writes.is_confirmed() => confirmed(self.recorded),
            Err(
                problem @ (Error::Unverified { .. }
                | Error::AliasMismatch { .. }
                | Error::NotSeenGone { is_accepted: true, .. }),
            ) => RevertOutcome::Unconfirmed(problem.to_string()),
            Err(Error::Registry(registry::Error::AliasMoved { name, alias, actual, .. })) => {
                let failure = (&Error::AliasLeft { name, alias, actual }).into();
                RevertOutcome::LeftAlone { actual, failure }
            }
            Err(ref problem @ Error::AliasLeft { actual, .. }) => {
                RevertOutcome::LeftAlone { actual, failure: problem.into() }
            }
            Err(problem) => RevertOutcome::Failed((&problem).into()),
        }
    }

    /// Restores the alias to a version. Returns whether the history should record it.
    async fn point_back(&self, version: Version, message: &str, context: &Context<'_>) -> Result<bool, Error> {
        let request = MoveRequest {
            name: &self.name,
            alias: &self.alias,
            version: VersionChoice::Named(VersionSelector::Exact(version)),
            expect: Some(Expect::At(self.to)),
            message: Some(message),
            record: self.recorded,
            gates: &[],
            kind: MoveKind::Restore,
        };
        let mut plan = Plan::make(request, context).await?;
        plan.request.record = self.is_in_history(&plan.model.tags);
        apply(&plan, context).await?;
        Ok(plan.request.record)
    }

    /// Returns whether the history of the alias ends with this move, because the job may not know whether its record
    /// was written.
    fn is_in_history(&self, tags: &Tags) -> bool {
        let history = History::from_tags(tags, self.alias.as_str());
        let newest = history.ok().and_then(|history| history.entries().next().cloned());
        let made = |entry: HistoryEntry| {
            (entry.version, entry.previous_version) == (Some(self.to.get()), self.from.map(Version::get))
        };
        self.recorded || newest.is_some_and(made)
    }

    /// Deletes the alias. Returns whether the history should record it.
    async fn delete(&self, message: &str, context: &Context<'_>) -> Result<bool, Error> {
        let Self { name, alias, to, .. } = self;
        let model = context.registry.get_model(name).await?;
        let actual = model.alias(alias);
        context.writes.alias_read(actual);
        if actual != Some(*to) {
            return Err(Error::AliasLeft { name: name.clone(), alias: alias.clone(), actual });
        }
        debug!(model = %name, alias = %alias, "{name}@{alias}: deleting the alias, which did not exist before");
        context.writes.deletion_sent();
        let recorded = self.is_in_history(&model.tags);
        let entry = HistoryEntry::new(MoveKind::Restore, None, Some(*to), context.actor, Some(message));
        let (for_alias, tagged, longest) =
            (alias.clone(), recorded.then(|| entry.clone()), context.registry.longest_tag());
        let amend = move |_: Option<Version>, tags: &Tags| {
            tagged.map_or_else(Vec::new, |entry| history::append(&for_alias, entry, tags, longest))
        };
        let deletion = AliasChange::delete(name.clone(), alias.clone(), *to);
        if let Some(removed) = context.registry.write_alias_and_record(&deletion, amend).await {
            let (written, doubt) = match removed {
                Ok(removed) => (removed.written, None),
                Err(error) if error.may_have_applied() => (vec![], Some(error)),
                Err(error) => {
                    context.writes.move_refused();
                    return Err(error.into());
                }
            };
            // The record is part of the transaction, so it is there if the deletion is.
            let is_accepted = doubt.is_none();
            let confirmed = self.confirm_deletion(doubt, context).await;
            if recorded && (is_accepted || confirmed.is_ok()) {
                report_record(name, alias, Ok(&written), context);
            }
            return confirmed.map(|()| recorded);
        }
        let deleted = context.registry.write_alias(&deletion).await;
        let doubt = match deleted {
            Err(AliasWriteError { error, may_have_applied: false }) => {
                context.writes.move_refused();
                return Err(error.into());
            }
            Err(AliasWriteError { error, may_have_applied: true }) => Some(error),
            // Somebody else deleted the alias, so there is no deletion of this run to record.
            Ok(AliasWrite::AlreadyThere) => return Ok(recorded),
            Ok(AliasWrite::Applied) => None,
        };
        let is_accepted = doubt.is_none();
        let recording = async |wanted: bool| {
            if wanted {
                record_move(name, alias, &model.tags, entry.clone(), context).await;
            }
        };
        let (confirmed, ()) = tokio::join!(self.confirm_deletion(doubt, context), recording(recorded && is_accepted));
        confirmed?;
        if !is_accepted {
            recording(recorded).await;
        }
        Ok(recorded)
    }

    /// Checks that the alias no longer exists, after a deletion that was accepted or that ended with the given error.
    async fn confirm_deletion(&self, doubt: Option<registry::Error>, context: &Context<'_>) -> Result<(), Error> {
        let Self { name, alias, .. } = self;
        let found = match context.registry.get_alias(name, alias).await {
            Ok(found) => Ok(found.map(|found| found.version)),
            Err(error) => match context.registry.get_model(name).await {
                Ok(model) => Ok(model.alias(alias)),
                Err(_) => Err(error),
            },
        };
        if let Ok(actual) = found {
            context.writes.alias_read(actual);
        }
        match (found, doubt) {
            (Ok(None), _) => Ok(()),
            (Ok(Some(_)), Some(error)) => Err(error.into()),
            (Ok(actual), None) => Err(Error::AliasLeft { name: name.clone(), alias: alias.clone(), actual }),
            (Err(source), doubt) => {
                let (is_accepted, source) = (doubt.is_none(), Box::new(doubt.unwrap_or(source)));
                Err(Error::NotSeenGone { name: name.clone(), alias: alias.clone(), is_accepted, source })
            }
        }
    }
}

impl fmt::Display for AppliedMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = format_version(self.from);
        write!(f, "{}@{}: {} -> {from}", self.name, self.alias, self.to)
    }
}
