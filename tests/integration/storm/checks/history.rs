//! Checks the histories against the applied moves.

use serde_json::Value;

use super::super::case::{ALIASES, history_key};
use super::super::faults::Effect;
use super::super::log::{AliasName, By};
use super::super::server::Record;
use super::job::View;
use super::json_tag;
use crate::support::fake_mlflow::Store;

/// Checks that a move reported as recorded is in the history.
pub(super) fn check_recorded(view: &View<'_>, store: &Store) -> Option<String> {
    let (model, alias) = view.place.as_ref()?;
    if !view.report.is_recorded() {
        return should_be_recorded(view).then(|| "recorded: it is not, and nothing was in the way".to_owned());
    }
    if view.log.has_stale() {
        return None;
    }
    let entries = json_tag(store, model, &history_key(alias));
    let is_own = |entry: &&Value| entry["message"] == view.job.config["message"];
    let names = |entry: &Value| entry["version"].as_u64() == view.report.version();
    let found = entries.iter().find(is_own).is_some_and(names);
    (!found).then(|| format!("recorded: there is no entry of it in {entries:?}"))
}

/// Returns whether a job that moved its alias could record the move.
fn should_be_recorded(view: &View<'_>) -> bool {
    let has_moved = matches!(view.report.status(), "promoted" | "rolled_back" | "registered");
    let is_calm = view.exchanges.iter().all(|exchange| exchange.effect == Effect::None);
    has_moved && is_calm && view.job.config["record"] != false
}

/// Checks each new entry.
pub(super) fn check(initial: &Store, record: &Record, views: &[View<'_>]) -> Vec<String> {
    let models: Vec<String> = record.store.names().map(str::to_owned).collect();
    let mut faults = vec![];
    for model in models {
        for alias in ALIASES {
            let key = history_key(alias);
            let (old, all) = (json_tag(initial, &model, &key), json_tag(&record.store, &model, &key));
            let new: Vec<&Value> = all.iter().rev().skip(old.len()).collect();
            let name = (model.clone(), alias.to_owned());
            for (at, entry) in new.iter().enumerate() {
                let says = format!("history: of {name:?}, the entry {entry}");
                let alike = new[..=at].iter().filter(|other| *other == entry).count();
                if alike > count_applied(&name, entry, record) && !record.log.has_stale() {
                    faults.push(format!("{says} is there twice"));
                }
                faults.extend(find_violation(&name, entry, record, views).map(|fault| format!("{says} {fault}")));
            }
        }
    }
    faults
}

/// Returns how many entries such a move may have: one for each time it was made, all within one second, and at least one.
fn count_applied(name: &AliasName, entry: &Value, record: &Record) -> usize {
    let (to, from) = (entry["version"].as_u64(), entry["previous_version"].as_u64());
    record.log.moves(name).filter(|made| (made.after, made.before) == (to, from)).count().max(1)
}

/// Returns the violation of an entry: the move was not applied, or started at another version.
fn find_violation(name: &AliasName, entry: &Value, record: &Record, views: &[View<'_>]) -> Option<String> {
    let (to, from) = (entry["version"].as_u64(), entry["previous_version"].as_u64());
    let made: Vec<_> = record.log.moves(name).filter(|made| made.after == to).collect();
    if made.is_empty() {
        return Some(format!("names a move that nobody made: {:?}", record.log.moves(name).collect::<Vec<_>>()));
    }
    let was_read_at = |job: usize, tick: usize| {
        let view = views.iter().find(|view| view.job.id == job);
        view.is_some_and(|view| view.was_read_at(from, tick))
    };
    let fits = made.iter().any(|made| match made.by {
        By::Job(job) | By::Copy(job) => made.before == from || was_read_at(job, made.tick),
        By::Foreign => true,
    });
    (!fits && !record.log.has_stale()).then(|| format!("names another place that it came from: {made:?}"))
}
