//! Builds one config from all jobs of a plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::messages;
use super::serialize::{Language, serialize};
use crate::config::{JobSource, JobSpec, KeyPath, SERVICES, escaped};
use crate::jobs::Job;
use crate::outcome::{JobResult, Outcome};
use crate::services::ServicesConfig;

/// A plan as a config that does exactly what was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// The text of the config.
    pub text: String,
    /// Warnings about applying it.
    pub warnings: Vec<String>,
}

/// A job of a plan.
struct PlannedJob<'a> {
    spec: &'a JobSpec,
    source: &'a JobSource,
    job: Map<String, Value>,
    left_out: BTreeSet<KeyPath>,
}

impl PlanFile {
    /// Creates a config from jobs that keep their source, and from the result of planning each of them.
    pub fn new(specs: &[JobSpec], jobs: &[JobResult], env: &BTreeMap<String, String>, language: Language) -> Self {
        let mut planned: Vec<PlannedJob<'_>> =
            specs.iter().zip(jobs).filter_map(|(spec, job)| PlannedJob::new(spec, &job.outcome)).collect();
        let services = place_services(&mut planned);
        let comment = comment(&planned, jobs);
        let (processes, differing) = processes(&planned);
        let left_out: BTreeSet<&KeyPath> = planned.iter().flat_map(|planned| &planned.left_out).collect();
        let warnings = left_out.into_iter().map(messages::left_out);
        let warnings = warnings.chain(messages::overriding(env)).chain(differing.map(messages::differing_process));
        let warnings = warnings.collect();
        let mut services = services;
        services.extend((!processes.is_empty()).then(|| (PROCESSES.to_owned(), processes.into())));
        let mut config = Map::new();
        if !services.is_empty() {
            config.insert("services".to_owned(), services.into());
        }
        let mut jobs: Vec<Value> = planned.into_iter().map(|planned| planned.job.into()).collect();
        match jobs.len() {
            1 => config.insert("job".to_owned(), jobs.remove(0)),
            _ => config.insert("jobs".to_owned(), json!(jobs)),
        };
        Self { text: serialize(config, &comment, language), warnings }
    }
}

impl<'a> PlannedJob<'a> {
    fn new(spec: &'a JobSpec, outcome: &Outcome) -> Option<Self> {
        let source = spec.source.as_ref()?;
        let job = pin(source, &spec.job, outcome);
        Some(Self { spec, source, job, left_out: source.left_out.clone() })
    }
}

/// The fields that select a version.
const CHOICES: [&str; 2] = ["version", "select"];

/// Returns the source of a job, pinned to what was planned.
fn pin(source: &JobSource, job: &Job, outcome: &Outcome) -> Map<String, Value> {
    let mut pinned = source.job.clone();
    let mut put = |key: &str, text: Option<&str>| {
        pinned.remove(key);
        pinned.extend(text.map(|text| (key.to_owned(), escaped(text).into())));
    };
    if let Some(name) = &outcome.name {
        put("name", Some(name));
    }
    let (Some(key), Some(version)) = (job.pinned_key(), outcome.version) else { return pinned };
    put("alias", outcome.alias.as_deref());
    put("message", outcome.message.as_deref());
    CHOICES.iter().for_each(|choice| drop(pinned.remove(*choice)));
    pinned.insert(key.to_owned(), version.into());
    pinned.insert("expect".to_owned(), outcome.previous_version.map_or_else(|| "none".into(), Value::from));
    pinned
}

/// Moves services into the jobs, except for those that are the same for all, which are returned. The paths of secrets
/// that were left out are adapted.
fn place_services(planned: &mut [PlannedJob<'_>]) -> Map<String, Value> {
    let mut shared = Map::new();
    let mut are_shared = BTreeSet::new();
    for (service, block) in SERVICES {
        let mut each = planned.iter().map(|planned| (planned.source.services.get(service), &*planned.spec.services));
        let Some((first, services)) = each.next() else { continue };
        // Equal sources are not enough, because secrets that were left out may differ.
        if each.all(|(other, others)| first == other && are_equal(service, services, others)) {
            are_shared.insert(service);
            shared.extend(first.map(|first| (service.to_owned(), first.clone())));
            continue;
        }
        for planned in &mut *planned {
            let own = planned.source.services.get(service).cloned();
            planned.job.extend(own.map(|own| (block.to_owned(), own)));
        }
    }
    let is_list = planned.len() > 1;
    for (index, planned) in planned.iter_mut().enumerate() {
        let job = if is_list { KeyPath::new(&["jobs"]).child(index) } else { KeyPath::new(&["job"]) };
        let place = |path: &KeyPath| match path.keys() {
            [top, service, rest @ ..] if top == "services" && !are_shared.contains(service.as_str()) => {
                job.child(format!("{service}_service")).join(rest)
            }
            _ => path.clone(),
        };
        planned.left_out = planned.left_out.iter().map(place).collect();
    }
    shared
}

/// The key of the processes below `services`.
const PROCESSES: &str = "processes";

/// Returns the processes of all jobs, each once, and the name of one that two configs define in different ways.
fn processes<'p>(planned: &'p [PlannedJob<'_>]) -> (Vec<Value>, Option<&'p str>) {
    let of_each = planned.iter().filter_map(|planned| planned.source.services.get(PROCESSES)?.as_array());
    let mut all: Vec<&Value> = vec![];
    let mut differing = None;
    for process in of_each.flatten() {
        match all.iter().find(|known| known["name"] == process["name"]) {
            Some(known) if *known == process => {}
            Some(_) => differing = process["name"].as_str(),
            None => all.push(process),
        }
    }
    (all.into_iter().cloned().collect(), differing)
}

fn are_equal(service: &str, one: &ServicesConfig, other: &ServicesConfig) -> bool {
    match service {
        "logger" => one.logger == other.logger,
        "alerts" => one.alerts == other.alerts,
        _ => one.mlflow == other.mlflow,
    }
}

/// Returns the lines of the comment: what the plan does, when and where it was made, and how to apply it.
fn comment(planned: &[PlannedJob<'_>], jobs: &[JobResult]) -> Vec<String> {
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let registries: BTreeSet<String> =
        planned.iter().map(|planned| planned.spec.services.mlflow.uri().to_string()).collect();
    let registries: Vec<String> = registries.into_iter().collect();
    let mut lines = vec![format!("Planned on {now} against {}:", registries.join(", "))];
    lines.extend(jobs.iter().map(|job| format!("  {}", messages::describe_job(job))));
    lines.push(
        "Apply it with `runner` and the path of this file. It is blocked if an alias has moved by then.".to_owned(),
    );
    let variables: BTreeSet<&str> =
        planned.iter().flat_map(|planned| &planned.source.variables).map(String::as_str).collect();
    if !variables.is_empty() {
        let names: Vec<&str> = variables.into_iter().collect();
        lines.push(format!("It needs the same {} as this plan.", names.join(", ")));
    }
    lines
}
