//! One case from its seed to a verdict: the run, the same command again, and the run that nothing disturbs.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::case::Case;
use super::checks::check;
use super::faults::{Faults, Key, Strike};
use super::log::{AliasName, Log};
use super::program::{Report, program};
use super::server::{Record, Server};
use crate::support::fake_mlflow::Store;

/// What a case showed.
pub(super) struct Trial {
    /// What does not hold; nothing where all is well.
    pub(super) faults: Vec<String>,
    /// The requests that were struck.
    pub(super) struck: BTreeMap<Key, Strike>,
    /// The exit code of the first run.
    pub(super) exit: i64,
    /// How each job of the first run ended, in a line.
    pub(super) ends: String,
    /// Screen, report, log and registry, for people.
    pub(super) story: String,
}

/// Where everything is in the end.
#[derive(Debug, PartialEq)]
struct End {
    aliases: BTreeMap<AliasName, u64>,
    versions: BTreeMap<String, usize>,
}

/// A run of the program, as far as it can be read.
struct Run {
    report: Result<Report, String>,
    screen: String,
    record: Record,
}

/// Tries a case.
pub(super) fn attempt(case: &Case) -> Trial {
    let initial = case.store();
    let first = run(case, initial.clone(), case.faults.clone());
    let mut story = tell("the run", &first);
    let mut faults = match &first.report {
        Ok(report) => check(case, &initial, &first.record, report),
        Err(fault) => vec![format!("report: {fault}")],
    };
    let exit = first.report.as_ref().map_or(-1, Report::exit);
    let record = &first.record;
    // Where somebody else moved something, the end depends on when.
    let is_alone = !record.log.has_foreign() && !has_copied_version(&record.log);
    if matches!(exit, 0 | 4) && is_alone && !(record.log.is_clear() && exit == 0) {
        let again = (exit == 4).then(|| run(case, record.store.clone(), Faults::None));
        if let Some(Run { report: Ok(report), record: second, .. }) = &again {
            faults
                .extend(check(case, &record.store, second, report).into_iter().map(|fault| format!("second {fault}")));
        }
        story += &again.as_ref().map_or_else(String::new, |again| tell("the same command again", again));
        let calm = run(case, initial, Faults::None);
        story += &tell("a run that nothing disturbs", &calm);
        faults.extend(compare(case, again.as_ref().unwrap_or(&first), &calm, exit));
    }
    let without = std::env::var("STORM_WITHOUT").unwrap_or_default();
    faults.retain(|fault| !without.split(',').any(|rule| !rule.is_empty() && fault.starts_with(rule)));
    let ends = first.report.as_ref().map_or_else(|_| String::new(), Report::in_a_line);
    Trial { faults, struck: first.record.struck, exit, ends, story }
}

/// A network that delivers a creation twice makes a version that is nobody's fault.
fn has_copied_version(log: &Log) -> bool {
    use super::log::{By, Change};
    log.events.iter().any(|event| matches!((&event.by, &event.change), (By::Copy(_), Change::Version { .. })))
}

// Each run has a server of its own, which no late request of another run reaches.
fn run(case: &Case, store: Store, faults: Faults) -> Run {
    let server = Server::start(case, store, faults);
    let ran = catch_unwind(AssertUnwindSafe(|| program(case, &server.uri()).run()));
    let record = server.record();
    match ran {
        Ok(output) => Run { report: Report::read(&output, case.jobs.len()), screen: output.stderr, record },
        Err(_) => Run { report: Err("it hangs".to_owned()), screen: String::new(), record },
    }
}

fn compare(case: &Case, ended: &Run, calm: &Run, exit: i64) -> Option<String> {
    // Side by side, it is chance which jobs have begun when one fails by itself, and the others are skipped.
    let is_chance = case.concurrency > 1 && case.policy != "continue";
    if is_chance && calm.report.as_ref().is_ok_and(|report| report.exit() != 0) {
        return None;
    }
    // A stale answer may have made an honest run choose another version.
    if exit == 0 && ended.record.log.has_stale() {
        return None;
    }
    let (ends, calmly) = (End::from_store(&ended.record.store), End::from_store(&calm.record.store));
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

fn tell(name: &str, run: &Run) -> String {
    let Run { report, screen, record } = run;
    let report = report.as_ref().map_or_else(Clone::clone, Report::pretty);
    let mut told: Vec<(usize, String)> = vec![];
    for exchange in &record.log.exchanges {
        let Key { job, call, nth } = &exchange.key;
        let effect = match exchange.effect {
            super::faults::Effect::None => String::new(),
            effect => format!("  <- {effect:?}"),
        };
        told.push((exchange.tick, format!("job {job} #{nth} {call} {}{effect}", exchange.fields)));
    }
    told.extend(record.log.events.iter().map(|event| (event.tick, format!("    {:?}: {:?}", event.by, event.change))));
    told.sort_by_key(|(tick, _)| *tick);
    let told: Vec<String> = told.into_iter().map(|(_, line)| line).collect();
    format!(
        "=== {name}\n--- report\n{report}\n--- requests\n{}\n--- registry\n{:?}\n--- screen\n{screen}",
        told.join("\n"),
        record.store.aliases(),
    )
}
