//! The trial of a case: the run, a rerun, and a run without faults.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::case::Case;
use super::checks::check;
use super::faults::{Faults, Key, Strike};
use super::log::{AliasName, Log};
use super::program::{Report, program};
use super::server::{Record, Server};
use crate::support::fake_mlflow::Store;

/// The result of a case.
pub(super) struct Trial {
    /// The violations.
    pub(super) faults: Vec<String>,
    /// The requests with a fault.
    pub(super) struck: BTreeMap<Key, Strike>,
    /// The exit code of the first run.
    pub(super) exit: i64,
    /// The status of each job of the first run, in a line.
    pub(super) ends: String,
    /// Screen, report, log and registry as text.
    pub(super) text: String,
}

/// The final state of the registry.
#[derive(Debug, PartialEq)]
struct End {
    aliases: BTreeMap<AliasName, u64>,
    versions: BTreeMap<String, usize>,
}

/// A run of the program with its parsed report.
struct Run {
    report: Result<Report, String>,
    screen: String,
    record: Record,
}

/// Runs a case, its rerun and its reference run.
pub(super) fn attempt(case: &Case) -> Trial {
    let initial = case.store();
    let first = run(case, initial.clone(), case.faults.clone());
    let mut text = format_run("the run", &first);
    let mut faults = match &first.report {
        Ok(report) => check(case, &initial, &first.record, report),
        Err(fault) => vec![format!("report: {fault}")],
    };
    let exit = first.report.as_ref().map_or(-1, Report::exit);
    let record = &first.record;
    // With foreign moves the final state depends on timing.
    let is_alone = !record.log.has_foreign() && !has_copied_version(&record.log);
    if matches!(exit, 0 | 4) && is_alone && !(record.log.is_clear() && exit == 0) {
        let again = (exit == 4).then(|| run(case, record.store.clone(), Faults::None));
        if let Some(Run { report: Ok(report), record: second, .. }) = &again {
            faults
                .extend(check(case, &record.store, second, report).into_iter().map(|fault| format!("second {fault}")));
        }
        text += &again.as_ref().map_or_else(String::new, |again| format_run("the same command again", again));
        let reference = run(case, initial, Faults::None);
        text += &format_run("a run that nothing disturbs", &reference);
        faults.extend(compare(case, again.as_ref().unwrap_or(&first), &reference, exit));
    }
    let without = std::env::var("STORM_WITHOUT").unwrap_or_default();
    faults.retain(|fault| !without.split(',').any(|rule| !rule.is_empty() && fault.starts_with(rule)));
    let ends = first.report.as_ref().map_or_else(|_| String::new(), Report::to_line);
    Trial { faults, struck: first.record.struck, exit, ends, text }
}

/// A creation that the network delivers twice creates an extra version.
fn has_copied_version(log: &Log) -> bool {
    use super::log::{By, Change};
    log.events.iter().any(|event| matches!((&event.by, &event.change), (By::Copy(_), Change::Version { .. })))
}

// Each run has its own server, which late requests of another run cannot reach.
fn run(case: &Case, store: Store, faults: Faults) -> Run {
    let server = Server::start(case, store, faults);
    let ran = catch_unwind(AssertUnwindSafe(|| program(case, &server.uri()).run()));
    let record = server.record();
    match ran {
        Ok(output) => Run { report: Report::read(&output, case.jobs.len()), screen: output.stderr, record },
        Err(_) => Run { report: Err("it hangs".to_owned()), screen: String::new(), record },
    }
}

fn compare(case: &Case, ended: &Run, reference: &Run, exit: i64) -> Option<String> {
    // With concurrency, it is random which jobs have started when one fails and the others are skipped.
    let is_chance = case.concurrency > 1 && case.policy != "continue";
    if is_chance && reference.report.as_ref().is_ok_and(|report| report.exit() != 0) {
        return None;
    }
    // A stale response may have changed the selected version.
    if exit == 0 && ended.record.log.has_stale() {
        return None;
    }
    let (ends, calmly) = (End::from_store(&ended.record.store), End::from_store(&reference.record.store));
    let rule = if exit == 4 { "again: after exit 4, the same command" } else { "end: with exit 0, the batch" };
    (ends != calmly).then(|| format!("{rule} ends at {ends:?}, and without a fault at {calmly:?}"))
}

impl End {
    fn from_store(store: &Store) -> Self {
        let mut store = store.clone();
        let names: Vec<String> = store.names().map(str::to_owned).collect();
        let versions = names.into_iter().map(|name| {
            let count = store.get(&name).map_or(0, |model| model.versions.len());
            (name, count)
        });
        let versions = versions.collect();
        Self { aliases: store.aliases(), versions }
    }
}

fn format_run(name: &str, run: &Run) -> String {
    let Run { report, screen, record } = run;
    let report = report.as_ref().map_or_else(Clone::clone, Report::pretty);
    let mut text: Vec<(usize, String)> = vec![];
    for exchange in &record.log.exchanges {
        let Key { job, call, nth } = &exchange.key;
        let effect = match exchange.effect {
            super::faults::Effect::None => String::new(),
            effect => format!("  <- {effect:?}"),
        };
        text.push((exchange.tick, format!("job {job} #{nth} {call} {}{effect}", exchange.fields)));
    }
    text.extend(record.log.events.iter().map(|event| (event.tick, format!("    {:?}: {:?}", event.by, event.change))));
    text.sort_by_key(|(tick, _)| *tick);
    let text: Vec<String> = text.into_iter().map(|(_, line)| line).collect();
    format!(
        "=== {name}\n--- report\n{report}\n--- requests\n{}\n--- registry\n{:?}\n--- screen\n{screen}",
        text.join("\n"),
        record.store.aliases(),
    )
}
