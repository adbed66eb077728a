//! Concurrent processes on a database and on a file store: no move is lost, and each history is complete.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};

use super::program::{JobReport, Report};
use super::random::Random;
use super::variable;
use crate::support::harness::{Output, Runner};

const CASES: u64 = 12;
const ALIASES: [&str; 2] = ["A", "B"];
const VERSIONS: usize = 4;

/// Seeds that failed once, kept as regression tests; the interleaving may differ.
const SEEDS: [u64; 3] = [2, 5, 6];

/// The state of the model in a registry.
struct RegistryState {
    versions: u32,
    /// The version of each alias and its history entries, oldest first.
    aliases: Vec<(Option<u64>, Vec<Value>)>,
}

/// A kind of registry in a folder.
#[derive(Debug, Clone, Copy)]
enum Backend {
    Sqlite,
    Files,
}

impl Backend {
    fn uri(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite:///mlflow.db",
            Self::Files => "./mlruns",
        }
    }

    fn read(self, folder: &Path) -> RegistryState {
        match self {
            Self::Sqlite => read_database(&folder.join("mlflow.db")),
            Self::Files => read_store(&folder.join("mlruns/models/m0")),
        }
    }
}

fn read_database(path: &Path) -> RegistryState {
    let sql = Connection::open(path).unwrap();
    let alias = |alias: &str| {
        let at = "SELECT version FROM registered_model_aliases WHERE name = 'm0' AND alias = ?1";
        let tag = "SELECT value FROM registered_model_tags WHERE name = 'm0' AND \"key\" = ?1";
        let at: Option<u32> = sql.query_row(at, [alias], |row| row.get(0)).optional().unwrap();
        let tag = sql.query_row(tag, [format!("runner.history.{alias}")], |row| row.get(0)).optional().unwrap();
        (at.map(u64::from), history(tag))
    };
    let versions = sql.query_row("SELECT count(*) FROM model_versions WHERE name = 'm0'", [], |row| row.get(0));
    RegistryState { versions: versions.unwrap(), aliases: ALIASES.map(alias).into() }
}

fn read_store(model: &Path) -> RegistryState {
    let read = |path: String| fs::read_to_string(model.join(path)).ok();
    let alias = |alias: &str| {
        let at = read(format!("aliases/{alias}")).map(|version| version.trim().parse().unwrap());
        (at, history(read(format!("tags/runner.history.{alias}"))))
    };
    let names = fs::read_dir(model).unwrap().map(|entry| entry.unwrap().file_name());
    let versions = names.filter(|name| name.to_string_lossy().starts_with("version-")).count();
    let versions = u32::try_from(versions).unwrap();
    RegistryState { versions, aliases: ALIASES.map(alias).into() }
}

fn history(tag: Option<String>) -> Vec<Value> {
    let mut entries: Vec<Value> = tag.map_or_else(Vec::new, |tag| serde_json::from_str(&tag).unwrap());
    entries.reverse();
    entries
}

/// Runs the batches of a seed, each in its own process, and returns the violations.
fn run_processes(seed: u64, backend: Backend) -> Vec<String> {
    let random = &mut Random::part(seed, "local");
    let services = json!({ "mlflow": { "tracking_uri": backend.uri(), "registry_name": "m0" } });
    let config = |jobs: &[Value]| json!({ "services": services, "jobs": jobs }).to_string();
    let register = json!({ "KIND": "RegistrationJob", "source": "s3://bucket/model" });
    let mut runner = Runner::new().file("first.json", config(&vec![register; VERSIONS])).env("RUNNER_ACTOR", "storm");
    let begun = runner.run_with(&["first.json"]);
    assert_eq!(begun.code, 0, "{begun}");
    let mut processes = vec![];
    for process in 0..2 + random.below(2) {
        let count = 1 + random.below(5);
        let jobs: Vec<Value> = (0..count).map(|at| job(&format!("job {process}.{at}"), random)).collect();
        let path = format!("batch{process}.json");
        runner = runner.file(&path, config(&jobs));
        let (policy, at_once) = (random.pick(&["stop", "continue", "restore"]), random.pick(&["1", "2", "8"]));
        processes.push((
            jobs,
            [path, "-o".into(), "json".into(), "--on-failure".into(), policy.into(), "-j".into(), at_once.into()],
        ));
    }
    let running: Vec<_> =
        processes.iter().map(|(_, args)| runner.spawn_with(&args.each_ref().map(String::as_str))).collect();
    let outputs: Vec<Output> = running.into_iter().map(crate::support::harness::Running::finish).collect();
    let found = backend.read(runner.dir());
    let mut faults = check_chains(&found);
    let mut reports: Vec<(Value, Report, usize)> = vec![];
    for ((jobs, _), output) in processes.iter().zip(&outputs) {
        match Report::read(output, jobs.len()) {
            Ok(report) => reports.extend(jobs.iter().cloned().enumerate().map(|(at, job)| (job, report.clone(), at))),
            Err(fault) => faults.push(format!("report: {fault}")),
        }
        if ![0, 1, 3].contains(&output.code) {
            faults.push(format!("exit: {}", output.code));
        }
    }
    let reports: Vec<(&Value, JobReport<'_>)> =
        reports.iter().filter_map(|(job, report, at)| Some((job, report.jobs().nth(*at)?))).collect();
    faults.extend(check_jobs(&reports, &found));
    if !faults.is_empty() {
        faults.insert(0, format!("STORM_SEED={seed} on {backend:?}"));
        faults.extend(processes.iter().map(|(jobs, args)| format!("{args:?}: {}", json!(jobs))));
        faults
            .extend(outputs.iter().map(|output| format!("exit {}\n{}\n{}", output.code, output.stdout, output.stderr)));
        faults.extend(found.aliases.iter().map(|(at, entries)| format!("at {at:?}: {}", json!(entries))));
    }
    faults
}

fn job(message: &str, random: &mut Random) -> Value {
    let alias = random.pick(&ALIASES);
    let mut job = match random.below(10) {
        0..=5 => json!({ "KIND": "PromotionJob", "alias": alias, "version": 1 + random.below(VERSIONS) }),
        6 | 7 => json!({ "KIND": "RollbackJob", "alias": alias }),
        8 => json!({ "KIND": "RegistrationJob", "source": "s3://bucket/model" }),
        _ => json!({ "KIND": "RegistrationJob", "source": "s3://bucket/model", "alias": alias }),
    };
    if job["KIND"] != "RegistrationJob" && random.percent(15) {
        job["expect"] = json!(1 + random.below(VERSIONS));
    }
    job["message"] = json!(message);
    job
}

/// Checks that each move of an alias starts at the version of the previous one.
fn check_chains(found: &RegistryState) -> Vec<String> {
    let mut faults = vec![];
    for (alias, (at, entries)) in ALIASES.iter().zip(&found.aliases) {
        let mut place = None;
        for entry in entries {
            if entry["previous_version"].as_u64() != place {
                faults.push(format!("chain: {alias} was at {place:?} before {entry}"));
            }
            place = entry["version"].as_u64();
        }
        if place != *at {
            faults.push(format!("chain: {alias} is at {at:?}, and its history ends at {place:?}"));
        }
    }
    faults
}

/// Checks that every job has exactly its reported entry, and that every version belongs to a job.
fn check_jobs(reports: &[(&Value, JobReport<'_>)], found: &RegistryState) -> Vec<String> {
    let mut faults = vec![];
    let entries: Vec<&Value> = found.aliases.iter().flat_map(|(_, entries)| entries).collect();
    let mut restored = 0;
    for (job, report) in reports {
        let own: Vec<&&Value> = entries.iter().filter(|entry| entry["message"] == job["message"]).collect();
        let moved = job["alias"].is_string()
            && matches!(report.status(), "promoted" | "rolled_back" | "registered" | "restored");
        restored += usize::from(report.status() == "restored" && moved);
        let fits = |entry: &&&Value| {
            (entry["version"].as_u64(), entry["previous_version"].as_u64()) == (report.version(), report.previous())
        };
        let holds = if moved {
            own.len() == 1 && own.iter().all(fits) && report.is_recorded()
        } else {
            own.len() == usize::from(report.is_recorded())
        };
        if !holds {
            let code = report.code().unwrap_or_default();
            faults.push(format!(
                "entry: {job} is {} {code} {:?} from {:?}: {own:?}",
                report.status(),
                report.version(),
                report.previous()
            ));
        }
    }
    let others = entries.iter().filter(|entry| !entry["message"].as_str().unwrap_or_default().starts_with("job "));
    if others.count() != restored {
        faults.push(format!("entry: {restored} jobs went back: {entries:?}"));
    }
    let created: Vec<u64> = reports
        .iter()
        .filter(|(job, report)| job["KIND"] == "RegistrationJob" && !matches!(report.status(), "skipped" | "blocked"))
        .filter_map(|(_, report)| report.version())
        .collect();
    let distinct: BTreeSet<&u64> = created.iter().collect();
    if distinct.len() != created.len() || found.versions as usize != VERSIONS + created.len() {
        faults.push(format!("versions: {} are there, and {created:?} were created", found.versions));
    }
    faults
}

fn check_no_move_is_lost(backend: Backend) {
    let cases = variable("STORM_CASES").map_or(CASES, |cases| cases.div_ceil(20));
    let start = variable("STORM_START").unwrap_or(1);
    let seeds: Vec<u64> = match variable("STORM_SEED") {
        Some(seed) => vec![seed],
        None => SEEDS.into_iter().chain(start..start + cases).collect(),
    };
    let failed: Vec<Vec<String>> =
        seeds.iter().map(|seed| run_processes(*seed, backend)).filter(|faults| !faults.is_empty()).collect();
    let first = failed.first().map(|faults| faults.join("\n")).unwrap_or_default();
    assert!(failed.is_empty(), "{} of {} failed; the first:\n{first}", failed.len(), seeds.len());
}

#[test]
fn no_move_is_lost_between_processes_on_sqlite() {
    check_no_move_is_lost(Backend::Sqlite);
}

#[test]
fn no_move_is_lost_between_processes_on_a_file_store() {
    check_no_move_is_lost(Backend::Files);
}
