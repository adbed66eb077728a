//! Applying a plan: move the alias, read it back, record the move. Once begun it is not cut short by a signal.

use tracing::{info, warn};

use super::history::{self, Entry, History};
use super::plan::{Plan, Wish};
use super::{Context, Error};
use crate::outcome::Outcome;
use crate::registry::{self, Alias, AliasMove, ModelName, ModelVersion, Registry};

/// Moves the alias, verifies it and records the move. Returns what was done, and with an error as far as it came.
pub(super) async fn apply(plan: &Plan<'_>, context: &Context<'_>) -> Result<Outcome, (Error, Outcome)> {
    let Wish { name, alias, record, .. } = plan.wish;
    let version = plan.target.version;
    move_alias(plan, context.registry).await.map_err(|error| (error, plan.outcome()))?;
    let found = verify(plan, context.registry).await.map_err(|error| (error, plan.outcome()))?;
    info!(model = %name, alias = %alias, version = %version, "promoted: {}, confirmed by reading it back", plan.diff());
    let recorded = record && record_move(plan, context).await;
    Ok(Outcome { recorded, ..plan.outcome_as(&found) })
}

async fn move_alias(plan: &Plan<'_>, registry: &Registry) -> Result<(), Error> {
    let Wish { name, alias, expect, .. } = plan.wish;
    let version = plan.target.version;
    info!(model = %name, alias = %alias, version = %version, "setting the alias {alias} of {name} to version {version}");
    let to = AliasMove { name: name.clone(), alias: alias.clone(), version, expect };
    registry.set_alias(&to).await.map_err(|source| match source {
        registry::Error::Unreachable { .. } if !registry.failed_writes_change_nothing() => {
            Error::Unconfirmed { name: name.clone(), alias: alias.clone(), version, source }
        }
        source => source.into(),
    })
}

async fn verify(plan: &Plan<'_>, registry: &Registry) -> Result<ModelVersion, Error> {
    let Wish { name, alias, .. } = plan.wish;
    let version = plan.target.version;
    let there = registry.get_alias(name, alias).await.map_err(|source| Error::Unverified {
        name: name.clone(),
        alias: alias.clone(),
        version,
        source,
    })?;
    match there {
        Some(found) if found.version == version => Ok(found),
        other => {
            let actual = other.map(|found| found.version);
            Err(Error::AliasMismatch { name: name.clone(), alias: alias.clone(), version, actual })
        }
    }
}

/// Writes the move to the history. A failure is a warning: the promotion stands.
async fn record_move(plan: &Plan<'_>, context: &Context<'_>) -> bool {
    let Wish { name, alias, message, .. } = plan.wish;
    let entry = Entry::now(Some(plan.target.version), plan.current, context.actor, message);
    record(name, alias, plan.history.as_deref(), entry, context.registry).await
}

/// Adds an entry to the history of an alias, and returns whether that worked. It is told where it did not.
pub(super) async fn record(
    name: &ModelName,
    alias: &Alias,
    seen: Option<&str>,
    entry: Entry,
    registry: &Registry,
) -> bool {
    let (key, longest) = (history::key(alias), registry.longest_tag());
    let amend = move |tag: Option<&str>| {
        let mut history = History::parse(tag).ok()?;
        history.record(entry, longest);
        Some(history.to_tag())
    };
    let stored = registry.stored_tag(&key);
    match registry.amend_model_tag(name, &key, seen, amend).await {
        Ok(true) => {
            info!(model = %name, alias = %alias, "recorded in the tag {stored}");
            true
        }
        Ok(false) => {
            warn!(model = %name, alias = %alias, "not recorded: the tag {stored} of {name} is not a history and is left as it is");
            false
        }
        Err(error) => {
            warn!(model = %name, alias = %alias, "the alias was moved, but that was not recorded in the tag {stored}: {error}");
            false
        }
    }
}
