//! A case: the initial registry, the jobs of the batch and the faults, all derived from a seed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::faults::Faults;
use super::random::Random;
use crate::support::fake_mlflow::{Model, Store};

pub(super) const MODELS: [&str; 2] = ["m0", "m1"];
pub(super) const ALIASES: [&str; 3] = ["A", "B", "C"];
pub(super) const VERSIONS: u64 = 4;

/// One random batch with its registry and its faults.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) models: BTreeMap<String, BTreeMap<String, Place>>,
    pub(super) jobs: Vec<Job>,
    pub(super) policy: &'static str,
    pub(super) concurrency: usize,
    pub(super) retries: usize,
    pub(super) faults: Faults,
}

/// The initial version of an alias, and its history: oldest first, `(version, previous)`.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) at: Option<u64>,
    pub(super) history: Vec<(u64, Option<u64>)>,
}

/// A job of the batch.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// Its number, which stays the same if other jobs are removed.
    pub(super) id: usize,
    pub(super) config: Value,
}

impl Job {
    pub(super) fn kind(&self) -> &str {
        self.config["KIND"].as_str().unwrap()
    }

    /// Returns the model and the alias that it moves.
    pub(super) fn place(&self) -> Option<(String, String)> {
        let text = |key: &str| self.config[key].as_str().map(str::to_owned);
        Some((text("name")?, text("alias")?))
    }
}

impl Case {
    /// Generates the case of a seed.
    pub(super) fn new(seed: u64) -> Self {
        let random = &mut Random::part(seed, "case");
        let models = MODELS.map(|model| (model.to_owned(), places(random))).into();
        let few = random.percent(40);
        let count = 1 + random.below(if few { 3 } else { 8 });
        let jobs: Vec<Job> = (0..count).map(|id| Job { id, config: job(id, random) }).collect();
        let policy = random.pick(&["stop", "continue", "restore", "restore"]);
        let concurrency = random.pick(&[1, 1, 1, 2, 3, 8]);
        let retries = random.pick(&[0, 0, 1, 2]);
        let named = |job: &Job| job.config["version"].as_u64().or_else(|| job.config["to"].as_u64());
        let faults = Faults::new(seed, jobs.iter().map(named).collect());
        Self { seed, models, jobs, policy, concurrency, retries, faults }
    }

    /// Fills a registry.
    pub(super) fn store(&self) -> Store {
        let mut store = Store::default();
        for version in 1..=VERSIONS {
            let metrics = json!([{ "key": "rmse", "value": metric(version), "timestamp": 1, "step": 0 }]);
            store.add_run(&format!("run{version}"), metrics);
        }
        for (name, places) in &self.models {
            let mut model = (1..=VERSIONS).fold(Model::new(name), |model, number| {
                let tag = ("ok".to_owned(), if number == 2 { "no" } else { "yes" }.to_owned());
                model.version(number).with(number, |version| version.tags.extend([tag]))
            });
            for (alias, place) in places {
                model = place.at.into_iter().fold(model, |model, at| model.alias(alias, at));
                if !place.history.is_empty() {
                    model = model.tag(&history_key(alias), &history(&place.history));
                }
            }
            store.add(model);
        }
        store
    }
}

/// Returns the key of the tag with an alias's history.
pub(super) fn history_key(alias: &str) -> String {
    format!("runner.history.{alias}")
}

fn history(moves: &[(u64, Option<u64>)]) -> String {
    let entry = |(version, previous): &(u64, Option<u64>)| {
        json!({ "version": version, "previous_version": previous, "time": "2026-01-01T00:00:00Z", "actor": "before",
            "message": "before" })
    };
    moves.iter().rev().map(entry).collect::<Value>().to_string()
}

fn metric(version: u64) -> f64 {
    [0.4, 0.3, 0.1, 0.2][usize::try_from(version - 1).unwrap()]
}

fn places(random: &mut Random) -> BTreeMap<String, Place> {
    ALIASES.map(|alias| (alias.to_owned(), place(random))).into()
}

fn place(random: &mut Random) -> Place {
    let version = |random: &mut Random| 1 + random.below(VERSIONS as usize) as u64;
    let mut history: Vec<(u64, Option<u64>)> = vec![];
    for _ in 0..random.below(4) {
        let (to, from) = (version(random), history.last().map(|(version, _)| *version));
        if Some(to) != from {
            history.push((to, from));
        }
    }
    let ends = history.last().map(|(version, _)| *version);
    let at = match random.below(10) {
        0 => None,
        1 => Some(version(random)),
        _ => ends,
    };
    Place { at, history }
}

fn job(id: usize, random: &mut Random) -> Value {
    let mut job = match random.below(10) {
        0..=4 => promotion(random),
        5..=7 => rollback(random),
        _ => registration(random),
    };
    job["message"] = json!(format!("job {id}"));
    job
}

fn promotion(random: &mut Random) -> Value {
    let name = random.pick(&["m0", "m0", "m0", "m1", "m1", "missing"]);
    let mut job = json!({ "KIND": "PromotionJob", "name": name, "alias": random.pick(&ALIASES) });
    match random.below(12) {
        0 => job["version"] = json!(9),
        1..=5 => job["version"] = json!(1 + random.below(VERSIONS as usize)),
        6 | 7 => {}
        8 | 9 => job["version"] = json!(format!("@{}", random.pick(&ALIASES))),
        10 => job["select"] = json!({ "order_by": "metrics.rmse ASC" }),
        _ => job["select"] = json!({ "filter": "tags.ok = 'yes'" }),
    }
    expect(&mut job, random);
    if random.percent(10) {
        job["record"] = json!(false);
    }
    if random.percent(30) {
        job["gates"] = json!([gate(random)]);
    }
    if random.percent(30) {
        job["verify"] =
            json!({ "gates": [gate(random)], "attempts": random.pick(&[1, 1, 2]), "interval": 0, "settle": 0 });
        job["on_verify_failure"] = json!(random.pick(&["rollback", "rollback", "keep"]));
    }
    job
}

fn expect(job: &mut Value, random: &mut Random) {
    match random.below(10) {
        0 => job["expect"] = json!("none"),
        1..=3 => job["expect"] = json!(1 + random.below(VERSIONS as usize)),
        _ => {}
    }
}

fn gate(random: &mut Random) -> Value {
    match random.below(6) {
        0 | 1 => json!({ "KIND": "TagGate", "key": "ok", "equals": "yes" }),
        2 => json!({ "KIND": "AliasGate", "alias": random.pick(&ALIASES), "held": random.pick(&["now", "ever"]) }),
        3 => json!({ "KIND": "MetricGate", "metric": "rmse", "greater_is_better": false, "threshold": 0.35 }),
        4 => {
            let baseline = format!("@{}", random.pick(&ALIASES));
            json!({ "KIND": "MetricGate", "metric": "rmse", "greater_is_better": false, "min_absolute_change": 0,
                "baseline": baseline, "allow_missing_baseline": true })
        }
        _ => json!({ "KIND": "AgeGate", "min": "0s" }),
    }
}

fn rollback(random: &mut Random) -> Value {
    let name = random.pick(&MODELS);
    let mut job = json!({ "KIND": "RollbackJob", "name": name, "alias": random.pick(&ALIASES) });
    if random.percent(25) {
        job["to"] = json!(1 + random.below(VERSIONS as usize));
    }
    if random.percent(50) {
        expect(&mut job, random);
    }
    if random.percent(10) {
        job["record"] = json!(false);
    }
    job
}

fn registration(random: &mut Random) -> Value {
    let name = random.pick(&["m0", "m0", "m1", "new"]);
    let mut job = json!({ "KIND": "RegistrationJob", "name": name, "source": "s3://bucket/model" });
    if random.percent(60) {
        job["alias"] = json!(random.pick(&ALIASES));
    }
    job
}
