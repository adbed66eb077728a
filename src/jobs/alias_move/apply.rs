//! Applies a plan: moves the alias, reads it back and records the move. A signal does not interrupt it.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{debug, info, warn};

use super::super::{Context, Error};
use super::plan::Plan;
use super::request::MoveRequest;
use crate::history::{self, HistoryEntry, MoveKind};
use crate::outcome::Outcome;
use crate::registry::{
    self, Alias, AliasChange, AliasChanged, AliasWrite, AliasWriteError, Expect, ModelName, ModelVersion,
    RegisteredModel, Registry, Version, check_expected,
};
use crate::text::format_version;

/// The time limit of the last read after a write without an answer.
const LAST_READ_LIMIT: Duration = Duration::from_secs(30);

/// The tags of a model.
pub(super) type Tags = BTreeMap<String, String>;

/// Moves the alias, reads it back and records the move. Returns the version as it was read.
///
/// The write log of the context records what was written, also after a failure. It has no move if somebody else moved
/// the alias to the version in the meantime.
pub(crate) async fn apply(plan: &Plan<'_>, context: &Context<'_>) -> Result<Outcome, Error> {
    let MoveRequest { name, alias, .. } = plan.request;
    let version = plan.target.version;
    let tags = recheck(plan, context).await?;
    debug!(model = %name, alias = %alias, version = %version, "{name}@{alias}: setting the alias to version {version}");
    context.writes.move_sent(plan.current, version);
    let change = alias_change(plan);
    let moved = match context.registry.checks_as_it_moves() {
        true => context.registry.write_alias_and_record(&change, amendment(plan, context)).await,
        false => None,
    };
    let found = match moved {
        Some(moved) => after_one_step(plan, context, moved).await?,
        None => move_in_steps(plan, context, &change, tags.as_ref().unwrap_or(&plan.model.tags)).await?,
    };
    if !context.writes.has_move() {
        info!(model = %name, alias = %alias, version = %version, "{name}@{alias}: already at version {version}, because somebody else moved it meanwhile");
    }
    Ok(plan.outcome_as(found))
}

/// Returns the tags that a registry with transactions writes together with the move: the history, with the version that
/// the alias actually came from. Returns none if the alias already pointed to the version.
fn amendment(
    plan: &Plan<'_>,
    context: &Context<'_>,
) -> impl FnOnce(Option<Version>, &Tags) -> Vec<(String, String)> + Send + 'static {
    let MoveRequest { alias, record, .. } = plan.request;
    let (alias, version) = (alias.clone(), plan.target.version);
    let (entry, longest) = (entry(plan, context), context.registry.longest_tag());
    move |previous, tags| {
        if !record || previous == Some(version) {
            return vec![];
        }
        history::append(&alias, entry.with_previous_version(previous), tags, longest)
    }
}

/// Reads the alias back after it was moved and recorded in one transaction.
async fn after_one_step(
    plan: &Plan<'_>,
    context: &Context<'_>,
    moved: registry::Result<AliasChanged>,
) -> Result<ModelVersion, Error> {
    let MoveRequest { name, alias, record, .. } = plan.request;
    let moved = match moved {
        Ok(moved) => moved,
        Err(error) if error.may_have_applied() => return Box::pin(after_failed_commit(plan, context, error)).await,
        Err(error) => {
            note_refusal(&error, context);
            return Err(error.into());
        }
    };
    if moved.previous == Some(plan.target.version) {
        context.writes.move_refused();
        context.writes.alias_read(moved.previous);
        return Ok(plan.target.clone());
    }
    context.writes.move_sent(moved.previous, plan.target.version);
    context.writes.move_confirmed();
    let found = read_back(plan, context).await;
    if record {
        report_record(name, alias, Ok(&moved.written), context);
    }
    found
}

/// Reads whether a transaction was kept although its commit failed. Nothing of it is under way any more, so a read is
/// final.
async fn after_failed_commit(
    plan: &Plan<'_>,
    context: &Context<'_>,
    error: registry::Error,
) -> Result<ModelVersion, Error> {
    let MoveRequest { name, alias, record, .. } = plan.request;
    let version = plan.target.version;
    match context.registry.get_alias(name, alias).await {
        Ok(Some(found)) if found.version == version => {
            warn!(model = %name, alias = %alias, version = %version, "{name}@{alias}: the alias was moved, although {error}");
            context.writes.move_confirmed();
            if record {
                context.writes.move_recorded();
            }
            Ok(found)
        }
        Ok(other) => {
            context.writes.move_refused();
            context.writes.alias_read(other.map(|found| found.version));
            Err(error.into())
        }
        Err(_) => {
            let (name, alias, source) = (name.clone(), alias.clone(), Box::new(error));
            Err(Error::Unconfirmed { name, alias, version, source })
        }
    }
}

/// Moves the alias in one request, then reads it back and records the move concurrently.
async fn move_in_steps(
    plan: &Plan<'_>,
    context: &Context<'_>,
    change: &AliasChange,
    tags: &Tags,
) -> Result<ModelVersion, Error> {
    let MoveRequest { name, alias, record, .. } = plan.request;
    let version = plan.target.version;
    match context.registry.write_alias(change).await {
        Ok(AliasWrite::Applied) => {}
        Ok(AliasWrite::AlreadyThere) => {
            context.writes.move_refused();
            context.writes.alias_read(Some(version));
            return Ok(plan.target.clone());
        }
        Err(AliasWriteError { error, may_have_applied: false }) => {
            note_refusal(&error, context);
            return Err(error.into());
        }
        // Somebody else moved the alias. Its current version is known, but not whether this move was applied before.
        Err(AliasWriteError { error: error @ registry::Error::AliasMoved { actual, .. }, may_have_applied: true }) => {
            context.writes.alias_read(actual);
            let (name, alias, source) = (name.clone(), alias.clone(), Box::new(error));
            return Err(Error::Unconfirmed { name, alias, version, source });
        }
        Err(AliasWriteError { error, may_have_applied: true }) => {
            return Err(Box::pin(unconfirmed(plan, context, error)).await);
        }
    }
    let recording = async {
        if record { Some(write_record(name, alias, tags, entry(plan, context), context.registry).await) } else { None }
    };
    // Concurrent, so that a kill loses the record only while its request is in flight.
    let (found, recorded) = tokio::join!(read_back(plan, context), recording);
    if let Some(recorded) = recorded {
        report_record(name, alias, recorded.as_deref(), context);
    }
    found
}

/// Checks that the alias has not moved during gates or a ranking, which may have taken long. A move between this check
/// and the write is only found by reading the alias back. Returns the current tags, because others may have added
/// records since the tags were read.
async fn recheck(plan: &Plan<'_>, context: &Context<'_>) -> Result<Option<Tags>, Error> {
    let MoveRequest { name, alias, .. } = plan.request;
    let looks_again = plan.took_time() && !context.registry.checks_as_it_moves();
    let Some(expected) = plan.expected().filter(|_| looks_again) else { return Ok(None) };
    let model = context.read(context.registry.get_model(name)).await?;
    let actual = model.alias(alias);
    context.writes.alias_read(actual);
    check_expected(name, alias, Some(expected), actual)?;
    Ok(Some(model.tags))
}

fn alias_change(plan: &Plan<'_>) -> AliasChange {
    let MoveRequest { name, alias, .. } = plan.request;
    let (expect, last_seen) = (plan.expected(), Some(Expect::from_current(plan.current)));
    AliasChange { expect, last_seen, ..AliasChange::set(name.clone(), alias.clone(), plan.target.version) }
}

/// Reads the alias back.
async fn read_back(plan: &Plan<'_>, context: &Context<'_>) -> Result<ModelVersion, Error> {
    let MoveRequest { name, alias, kind, .. } = plan.request;
    let version = plan.target.version;
    match context.registry.get_alias(name, alias).await {
        Ok(Some(found)) if found.version == version => {
            context.writes.move_confirmed();
            // The caller of a restore logs it.
            if kind != MoveKind::Restore {
                info!(model = %name, alias = %alias, version = %version, "{name}@{alias}: {} from {} to {version} (confirmed)", kind.past_tense(), format_version(plan.current));
            }
            Ok(found)
        }
        Ok(other) => {
            let actual = other.map(|found| found.version);
            context.writes.alias_read(actual);
            Err(Error::AliasMismatch { name: name.clone(), alias: alias.clone(), version })
        }
        Err(source) => {
            Box::pin(read_once_more(plan, context)).await;
            let (name, alias, source) = (name.clone(), alias.clone(), Box::new(source));
            Err(Error::Unverified { name, alias, version, source })
        }
    }
}

/// Returns the error of a write without an answer. Records the move if another read shows that it was applied, because
/// the next run would find the alias in place and record nothing, and a rollback could not find the previous version.
async fn unconfirmed(plan: &Plan<'_>, context: &Context<'_>, source: registry::Error) -> Error {
    let MoveRequest { name, alias, record, .. } = plan.request;
    let version = plan.target.version;
    let model = read_once_more(plan, context).await;
    match &model {
        _ if !record => {}
        Some(model) if model.alias(alias) == Some(version) => {
            record_move(name, alias, &model.tags, entry(plan, context), context).await;
        }
        Some(_) => {}
        None => {
            warn!(model = %name, alias = %alias, version = %version, "{name}@{alias}: if the alias was moved, the history does not have it; a RollbackJob from version {version} then needs `to`");
        }
    }
    let (name, alias, source) = (name.clone(), alias.clone(), Box::new(source));
    Error::Unconfirmed { name, alias, version, source }
}

/// Reads the alias once more, through another endpoint.
async fn read_once_more(plan: &Plan<'_>, context: &Context<'_>) -> Option<RegisteredModel> {
    let MoveRequest { name, alias, .. } = plan.request;
    let model = tokio::time::timeout(LAST_READ_LIMIT, context.registry.get_model(name)).await.ok()?.ok()?;
    let current = model.alias(alias);
    if current == Some(plan.target.version) {
        context.writes.move_confirmed();
    }
    context.writes.alias_read(current);
    Some(model)
}

/// Records in the write log that the registry refused the move, and the version of the alias that the error names.
fn note_refusal(error: &registry::Error, context: &Context<'_>) {
    context.writes.move_refused();
    if let registry::Error::AliasMoved { actual, .. } = error {
        context.writes.alias_read(*actual);
    }
}

fn entry(plan: &Plan<'_>, context: &Context<'_>) -> HistoryEntry {
    HistoryEntry::new(plan.request.kind, Some(plan.target.version), plan.current, context.actor, plan.request.message)
}

/// Adds an entry to the history of an alias in a registry without transactions, and logs whether that worked.
pub(super) async fn record_move(
    name: &ModelName,
    alias: &Alias,
    tags: &Tags,
    entry: HistoryEntry,
    context: &Context<'_>,
) {
    let written = write_record(name, alias, tags, entry, context.registry).await;
    report_record(name, alias, written.as_deref(), context);
}

/// Adds an entry to the history of an alias in a registry without transactions. Returns the written tags.
async fn write_record(
    name: &ModelName,
    alias: &Alias,
    tags: &Tags,
    entry: HistoryEntry,
    registry: &Registry,
) -> registry::Result<Vec<(String, String)>> {
    let written = history::append(alias, entry, tags, registry.longest_tag());
    for (key, value) in &written {
        registry.set_model_tag(name, key, value).await?;
    }
    Ok(written)
}

/// Logs whether the move was recorded, and which foreign tag value was moved to another tag. A failure is only a
/// warning, because the move stays.
pub(super) fn report_record(
    name: &ModelName,
    alias: &Alias,
    written: Result<&[(String, String)], &registry::Error>,
    context: &Context<'_>,
) {
    let key = history::tag_key(alias.as_str());
    let stored = context.registry.stored_tag(&key);
    match written {
        Ok(written) => {
            for (aside, _) in written.iter().filter(|(written, _)| *written != key) {
                let aside = context.registry.stored_tag(aside);
                warn!(model = %name, alias = %alias, "{name}@{alias}: the tag {stored} was no history; its value is now in the tag {aside}, and a new history begins");
            }
            debug!(model = %name, alias = %alias, "{name}@{alias}: recorded in the tag {stored}");
            context.writes.move_recorded();
        }
        Err(error) if error.may_have_applied() => {
            warn!(model = %name, alias = %alias, "{name}@{alias}: the move is made; it is not known whether the history (the tag {stored}) has it: {error}");
        }
        Err(error) => {
            warn!(model = %name, alias = %alias, "{name}@{alias}: the move is made, but not recorded in the history (the tag {stored}), so a RollbackJob needs `to`: {error}");
        }
    }
}
