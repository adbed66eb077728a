//! All jobs of a plan in one config.

use std::collections::{BTreeMap, BTreeSet};

use figment::value::{Dict, Value};
use jiff::Timestamp;

use super::pin::pinned;
use super::placeholder::Placeholders;
use super::print::{Language, print};
use super::told;
use super::written::Written;
use crate::config::JobSpec;
use crate::config::jobs::SERVICES;
use crate::config::tree::{self, KeyPath};
use crate::outcome::{JobResult, Outcome};
use crate::services::ServicesConfig;

/// A config that does exactly what was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// The config itself.
    pub text: String,
    /// What to know before it is applied.
    pub warnings: Vec<String>,
}

/// A job of a plan.
struct Planned<'a> {
    spec: &'a JobSpec,
    written: &'a Written,
    job: Dict,
    left_out: BTreeSet<KeyPath>,
    asked: BTreeSet<KeyPath>,
}

impl PlanFile {
    /// Makes a config of jobs that remember how they are written, and of what was planned of each.
    pub fn new(specs: &[JobSpec], jobs: &[JobResult], env: &BTreeMap<String, String>, language: Language) -> Self {
        let mut planned: Vec<Planned<'_>> =
            specs.iter().zip(jobs).filter_map(|(spec, job)| Planned::of(spec, &job.outcome)).collect();
        let services = place_services(&mut planned);
        let placeholders = place_placeholders(&mut planned);
        let comment = comment(&planned, &placeholders, jobs);
        let left_out: BTreeSet<&KeyPath> = planned.iter().flat_map(|planned| &planned.left_out).collect();
        let warnings = left_out.into_iter().map(|path| told::left_out(path, &told::variable(path)));
        let asked = placeholders.iter().map(|(name, path)| told::left_out(path, &format!("the variable `{name}`")));
        let warnings = warnings.chain(asked).chain(told::overriding(env)).collect();
        let mut config = Dict::new();
        if !services.is_empty() {
            config.insert("services".to_owned(), services.into());
        }
        let mut jobs: Vec<Value> = planned.into_iter().map(|planned| planned.job.into()).collect();
        match jobs.len() {
            1 => config.insert("job".to_owned(), jobs.remove(0)),
            _ => config.insert("jobs".to_owned(), jobs.into()),
        };
        Self { text: print(config, &comment, language), warnings }
    }
}

impl<'a> Planned<'a> {
    fn of(spec: &'a JobSpec, outcome: &Outcome) -> Option<Self> {
        let written = spec.written.as_ref()?;
        let mut asked = written.asked.clone();
        let job = pinned(written, &spec.job, outcome, &mut asked);
        Some(Self { spec, written, job, left_out: written.left_out.clone(), asked })
    }
}

/// Puts services into the jobs, but for those that are the same for all, which are returned. What was left out is then
/// named by the place that it has in the plan.
fn place_services(planned: &mut [Planned<'_>]) -> Dict {
    let mut shared = Dict::new();
    let mut are_shared = BTreeSet::new();
    for (service, block) in SERVICES {
        let mut each = planned.iter().map(|planned| (planned.written.services.get(service), &*planned.spec.services));
        let Some((first, services)) = each.next() else { continue };
        // As they are written is not enough: secrets in them may differ.
        if each.all(|(other, others)| first == other && are_equal(service, services, others)) {
            are_shared.insert(service);
            shared.extend(first.map(|first| (service.to_owned(), first.clone())));
            continue;
        }
        for planned in &mut *planned {
            let own = planned.written.services.get(service).cloned();
            planned.job.extend(own.map(|own| (block.to_owned(), own)));
        }
    }
    let is_list = planned.len() > 1;
    for (index, planned) in planned.iter_mut().enumerate() {
        let job = if is_list { KeyPath::new(&["jobs"]).child(index) } else { KeyPath::new(&["job"]) };
        let place = |path: &KeyPath| match path.keys() {
            [top, service, ..] if top == "services" && are_shared.contains(service.as_str()) => path.clone(),
            [top, service, rest @ ..] if top == "services" => job.child(format!("{service}_service")).join(rest),
            [_, rest @ ..] => job.join(rest),
            [] => job.clone(),
        };
        planned.left_out = planned.left_out.iter().map(place).collect();
    }
    shared
}

/// Puts variables in the place of what the jobs must not show, and returns them.
fn place_placeholders(planned: &mut [Planned<'_>]) -> Placeholders {
    let mut placeholders = Placeholders::default();
    let is_list = planned.len() > 1;
    for (index, Planned { job, asked, .. }) in planned.iter_mut().enumerate() {
        let top = if is_list { KeyPath::new(&["jobs"]).child(index) } else { KeyPath::new(&["job"]) };
        let mut tree = Value::from(std::mem::take(job));
        for path in asked.iter() {
            let Some((_, below)) = path.keys().split_first() else { continue };
            // A version that is pinned took the place of what chose it.
            if let Some(place) = tree::get_mut(&mut tree, below) {
                *place = placeholders.stand_in(top.join(below)).into();
            }
        }
        *job = tree.into_dict().unwrap_or_default();
    }
    placeholders
}

fn are_equal(service: &str, one: &ServicesConfig, other: &ServicesConfig) -> bool {
    match service {
        "logger" => one.logger == other.logger,
        "alerts" => one.alerts == other.alerts,
        _ => one.mlflow == other.mlflow,
    }
}

/// Says above a plan what it does, where it was made, and how it is applied.
fn comment(planned: &[Planned<'_>], placeholders: &Placeholders, jobs: &[JobResult]) -> Vec<String> {
    let now = Timestamp::now();
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let registries: BTreeSet<String> =
        planned.iter().map(|planned| planned.spec.services.mlflow.uri().to_string()).collect();
    let registries: Vec<String> = registries.into_iter().collect();
    let mut lines = vec![format!("Planned on {now} against {}:", registries.join(", "))];
    lines.extend(jobs.iter().map(|job| format!("  {}", told::in_a_line(job))));
    lines.push(
        "Apply it with `runner` and the path of this file. It is blocked where an alias is elsewhere by then."
            .to_owned(),
    );
    let variables: BTreeSet<&str> =
        planned.iter().flat_map(|planned| &planned.written.variables).map(String::as_str).collect();
    if !variables.is_empty() {
        let names: Vec<&str> = variables.into_iter().collect();
        lines.push(format!("It needs the same {} as this plan.", names.join(", ")));
    }
    lines.extend(placeholders.iter().map(|(name, path)| format!("It needs {name}: the secret in `{path}`.")));
    lines
}
