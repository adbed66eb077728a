//! Applies a plan: moves the alias, reads it back and records the move. A signal does not interrupt it.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::super::error::LastSeen;
use super::super::{Context, Error};
use super::plan::Plan;
use super::request::{MoveRequest, check_expected};
use crate::history::{self, HistoryEntry};
use crate::outcome::Outcome;
use crate::registry::{
    self, Alias, AliasChange, AliasChanged, AliasWrite, AliasWriteError, Expect, ModelName, ModelVersion,
    RegisteredModel, Registry, Version,
};

/// How long to wait for the last read after a write that got no answer.
const LAST_LOOK: Duration = Duration::from_secs(30);

/// The tags of a model.
pub(super) type Tags = BTreeMap<String, String>;

/// Moves the alias, reads it back and records the move. Returns the version as it was read.
///
/// The write log of the context says what was written, also after a failure. It has no move where somebody else moved the
/// alias to the version meanwhile.
pub(crate) async fn apply(plan: &Plan<'_>, context: &Context<'_>) -> Result<Outcome, Error> {
    let MoveRequest { name, alias, .. } = plan.request;
    let version = plan.target.version;
    let tags = recheck(plan, context).await?;
    info!(model = %name, alias = %alias, version = %version, "setting the alias {alias} of {name} to version {version}");
    context.writes.move_sent(plan.current, version);
    let change = alias_change(plan);
    let amend = amendment(plan, context);
    let found = match context.registry.write_alias_and_record(&change, amend).await {
        Some(moved) => after_one_step(plan, context, moved).await?,
        None => move_in_steps(plan, context, &change, tags.as_ref().unwrap_or(&plan.model.tags)).await?,
    };
    if !context.writes.has_move() {
        info!(model = %name, alias = %alias, version = %version, "{name}@{alias} is at version {version} already: somebody else moved it meanwhile");
    }
    Ok(plan.outcome_as(found))
}

/// Returns the tags that a registry with transactions writes together with the move: the history, with the version that
/// the alias really came from. Nothing is recorded where the alias already pointed to the version.
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
    let moved = moved.inspect_err(|_| context.writes.move_refused())?;
    if moved.previous == Some(plan.target.version) {
        context.writes.move_refused();
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
            return Ok(plan.target.clone());
        }
        Err(AliasWriteError { error, may_have_applied: false }) => {
            context.writes.move_refused();
            return Err(error.into());
        }
        // Somebody else moved the alias since. Its version is known; whether this move happened before that is not.
        Err(AliasWriteError { error: error @ registry::Error::AliasMoved { .. }, may_have_applied: true }) => {
            let (name, alias, source) = (name.clone(), alias.clone(), Box::new(error));
            return Err(Error::Unconfirmed { name, alias, version, source, seen: LastSeen::Unknown });
        }
        Err(AliasWriteError { error, may_have_applied: true }) => {
            return Err(Box::pin(unconfirmed(plan, context, error)).await);
        }
    }
    let recording = async {
        if record { Some(write_record(name, alias, tags, entry(plan, context), context.registry).await) } else { None }
    };
    // Concurrently: if the program is killed here, the record is only missing while its request is on the way.
    let (found, recorded) = tokio::join!(read_back(plan, context), recording);
    if let Some(recorded) = recorded {
        report_record(name, alias, recorded.as_deref(), context);
    }
    found
}

/// Checks that the alias is still where it is expected, after gates or a ranking that may have taken long. A move between
/// this check and the write is only found by reading the alias back. Returns the current tags, because those that were read
/// before the gates may lack records that somebody else has added since.
async fn recheck(plan: &Plan<'_>, context: &Context<'_>) -> Result<Option<Tags>, Error> {
    let MoveRequest { name, alias, .. } = plan.request;
    let looks_again = plan.took_time() && !context.registry.checks_as_it_moves();
    let Some(expected) = plan.expected().filter(|_| looks_again) else { return Ok(None) };
    let model = context.read(context.registry.get_model(name)).await?;
    check_expected(name, alias, Some(expected), model.alias(alias))?;
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
            info!(model = %name, alias = %alias, version = %version, "{}: {}, confirmed by reading it back", kind.past_tense(), plan.diff());
            Ok(found)
        }
        Ok(other) => {
            let actual = other.map(|found| found.version);
            Err(Error::AliasMismatch { name: name.clone(), alias: alias.clone(), version, actual })
        }
        Err(source) => {
            let model = Box::pin(read_once_more(plan, context)).await;
            let (name, alias, source) = (name.clone(), alias.clone(), Box::new(source));
            Err(Error::Unverified { seen: LastSeen::from_model(model.as_ref(), &alias), name, alias, version, source })
        }
    }
}

/// Returns what is known about a write without an answer, and records the move if it was made: the next run would find the
/// alias there and record nothing, so a rollback could not find the version before it.
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
            warn!(model = %name, alias = %alias, version = %version, "if the alias was moved, that is not in its history: a RollbackJob from version {version} will need `to`");
        }
    }
    let (name, alias, source) = (name.clone(), alias.clone(), Box::new(source));
    Error::Unconfirmed { seen: LastSeen::from_model(model.as_ref(), &alias), name, alias, version, source }
}

/// Reads once more, through another endpoint, where the alias is.
async fn read_once_more(plan: &Plan<'_>, context: &Context<'_>) -> Option<RegisteredModel> {
    let MoveRequest { name, alias, .. } = plan.request;
    let model = tokio::time::timeout(LAST_LOOK, context.registry.get_model(name)).await.ok()?.ok()?;
    if model.alias(alias) == Some(plan.target.version) {
        context.writes.move_confirmed();
    }
    Some(model)
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

/// Adds an entry to the history of an alias in a registry without transactions. Returns the tags that were written.
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

/// Logs whether a move is in the history of its alias, and which foreign tag value was moved to another tag. A failure is
/// only a warning, because the move stands.
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
                warn!(model = %name, alias = %alias, "the tag {stored} of {name} was no history: its value is now in the tag {aside}, and a new history begins");
            }
            info!(model = %name, alias = %alias, "recorded in the tag {stored}");
            context.writes.move_recorded();
        }
        Err(error) if error.may_have_applied() => {
            warn!(model = %name, alias = %alias, "the alias was moved, but it is not known whether that was recorded in the tag {stored}: {error}");
        }
        Err(error) => {
            warn!(model = %name, alias = %alias, "the alias was moved, but that was not recorded in the tag {stored}: {error}");
        }
    }
}
