//! Applying a plan: move the alias, read it back, record the move. Once begun it is not cut short by a signal.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::history::{self, Entry};
use super::plan::{Plan, Wish};
use super::{Context, Error};
use crate::outcome::Outcome;
use crate::registry::{self, Alias, AliasMove, Expect, ModelName, ModelVersion, Registry};

/// How long a registry that has tried all patience may take to say whether a move was made.
const LAST_LOOK: Duration = Duration::from_secs(30);

/// Moves the alias, verifies it and records the move. Returns what was done, and with an error as far as it came.
pub(super) async fn apply(plan: &Plan<'_>, context: &Context<'_>) -> Result<Outcome, (Error, Outcome)> {
    let Wish { name, alias, record, kind, .. } = plan.wish;
    let version = plan.target.version;
    recheck(plan, context).await.map_err(|error| (error, plan.outcome()))?;
    let found = match move_and_verify(plan, context.registry).await {
        Ok(found) => found,
        Err(error) => {
            let recorded = record && error.is_in_doubt() && Box::pin(record_if_made(plan, context)).await;
            return Err((error, Outcome { recorded, ..plan.outcome() }));
        }
    };
    info!(model = %name, alias = %alias, version = %version, "{}: {}, confirmed by reading it back", kind.done(), plan.diff());
    let recorded = record && record_move(plan, context).await;
    Ok(Outcome { recorded, ..plan.outcome_as(found) })
}

async fn move_and_verify(plan: &Plan<'_>, registry: &Registry) -> Result<ModelVersion, Error> {
    move_alias(plan, registry).await?;
    verify(plan, registry).await
}

/// Makes sure that the alias is still where it is expected, after gates or a ranking that may have taken their time.
/// What comes between this and the write is only found by reading the alias back.
async fn recheck(plan: &Plan<'_>, context: &Context<'_>) -> Result<(), Error> {
    let Wish { name, alias, .. } = plan.wish;
    let looks_again = plan.took_time() && !context.registry.checks_as_it_moves();
    let Some(expected) = plan.expected().filter(|_| looks_again) else { return Ok(()) };
    let actual = context.read(context.registry.get_alias(name, alias)).await?.map(|found| found.version);
    if expected.holds(actual) {
        return Ok(());
    }
    Err(registry::Error::AliasMoved { name: name.clone(), alias: alias.clone(), expected, actual }.into())
}

async fn move_alias(plan: &Plan<'_>, registry: &Registry) -> Result<(), Error> {
    let Wish { name, alias, .. } = plan.wish;
    let version = plan.target.version;
    info!(model = %name, alias = %alias, version = %version, "setting the alias {alias} of {name} to version {version}");
    let (expect, seen) = (plan.expected(), Some(Expect::at(plan.current)));
    let to = AliasMove { name: name.clone(), alias: alias.clone(), version, expect, seen };
    registry.set_alias(&to).await.map_err(|source| match source {
        // An answer that makes no sense is no more of an answer than none.
        registry::Error::Unreachable { .. } | registry::Error::Unreadable { .. }
            if !registry.failed_writes_change_nothing() =>
        {
            Error::Unconfirmed { name: name.clone(), alias: alias.clone(), version, source: Box::new(source) }
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
        source: Box::new(source),
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
    let Wish { name, alias, .. } = plan.wish;
    if !plan.took_time() || context.registry.checks_as_it_moves() {
        return record(name, alias, &plan.model.tags, entry(plan, context), context.registry).await;
    }
    // What was read before the gates may lack what somebody else has recorded since.
    match context.registry.get_model(name).await {
        Ok(model) => record(name, alias, &model.tags, entry(plan, context), context.registry).await,
        Err(error) => {
            warn!(model = %name, alias = %alias, "the alias was moved, but that was not recorded in its history: {error}");
            false
        }
    }
}

/// Writes a move that nobody confirmed to the history if the model says that it was made: the next run finds the alias
/// there and records nothing, and a rollback would not know the way.
async fn record_if_made(plan: &Plan<'_>, context: &Context<'_>) -> bool {
    let Wish { name, alias, .. } = plan.wish;
    let version = plan.target.version;
    match tokio::time::timeout(LAST_LOOK, context.registry.get_model(name)).await {
        Ok(Ok(model)) if model.alias(alias) == Some(version) => {
            record(name, alias, &model.tags, entry(plan, context), context.registry).await
        }
        Ok(Ok(_)) => false,
        Ok(Err(_)) | Err(_) => {
            warn!(model = %name, alias = %alias, version = %version, "if the alias was moved, that is not in its history: a RollbackJob from version {version} will need `to`");
            false
        }
    }
}

fn entry(plan: &Plan<'_>, context: &Context<'_>) -> Entry {
    Entry::now(plan.wish.kind, Some(plan.target.version), plan.current, context.actor, plan.wish.message)
}

/// Adds an entry to the history of an alias, and returns whether that worked. It is told where it did not, and where
/// what was there had to go aside.
pub(super) async fn record(
    name: &ModelName,
    alias: &Alias,
    seen: &BTreeMap<String, String>,
    entry: Entry,
    registry: &Registry,
) -> bool {
    let (key, longest) = (history::key(alias.as_str()), registry.longest_tag());
    let of = alias.clone();
    let stored = registry.stored_tag(&key);
    match registry.amend_model_tags(name, seen, move |tags| history::amend(&of, entry, tags, longest)).await {
        Ok(written) => {
            for (aside, _) in written.iter().filter(|(written, _)| *written != key) {
                let aside = registry.stored_tag(aside);
                warn!(model = %name, alias = %alias, "the tag {stored} of {name} was no history: its value is now in the tag {aside}, and a new history begins");
            }
            info!(model = %name, alias = %alias, "recorded in the tag {stored}");
            true
        }
        Err(error) => {
            warn!(model = %name, alias = %alias, "the alias was moved, but that was not recorded in the tag {stored}: {error}");
            false
        }
    }
}
