//! Applying a plan: move the alias, read it back, record the move. Once begun it is not cut short by a signal.

use jiff::Timestamp;
use tracing::{info, warn};

use super::history::{self, Entry, History};
use super::plan::{Plan, Wish};
use super::{Context, Error};
use crate::outcome::Outcome;
use crate::registry::{self, AliasMove, ModelVersion, Registry, Version};

/// Moves the alias, verifies it and records the move. Returns what was done, and with an error as far as it came.
pub(super) async fn apply(plan: &Plan<'_>, context: &Context<'_>) -> Result<Outcome, (Error, Outcome)> {
    let Wish { name, alias, record, .. } = plan.wish;
    let version = plan.target.version;
    let mut outcome = plan.outcome();
    move_alias(plan, context.registry).await.map_err(|error| (error, outcome.clone()))?;
    match verify(plan, context.registry).await {
        Ok(found) => outcome.model_version = Some(found.to_json()),
        Err(error) => return Err((error, outcome)),
    }
    info!(model = %name, alias = %alias, version = %version, "promoted: {}, confirmed by reading it back", plan.diff());
    if record {
        outcome.recorded = record_move(plan, context).await;
    }
    Ok(outcome)
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
    let key = history::key(alias);
    let Ok(mut history) = History::parse(plan.history.as_deref()) else {
        warn!(model = %name, alias = %alias, "not recorded: the tag {key} of {name} is not a history and is left as it is");
        return false;
    };
    history.record(Entry {
        version: plan.target.version.get(),
        previous_version: plan.current.map(Version::get),
        time: Timestamp::now(),
        actor: context.actor.to_owned(),
        message: message.map(str::to_owned),
    });
    match context.registry.set_model_tag(name, &key, &history.to_tag()).await {
        Ok(()) => {
            info!(model = %name, alias = %alias, "recorded in the tag {key}");
            true
        }
        Err(error) => {
            warn!(model = %name, alias = %alias, "the promotion stands, but was not recorded in the tag {key}: {error}");
            false
        }
    }
}
