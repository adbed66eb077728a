//! The jobs of a config, each with the services it runs with.

use std::collections::BTreeSet;
use std::sync::Arc;

use figment::value::{Dict, Value};

use super::decode::decode;
use super::fields::Field;
use super::layers::overlay;
use super::places::{JobPlace, NamedIn};
use super::problem::{Fault, Faults, Place};
use super::spec::JobSpec;
use super::tree::{self, KeyPath};
use super::{kinds, python};
use crate::jobs::Job;
use crate::outcome::Failure;
use crate::registry;
use crate::services::ServicesConfig;

/// The services that a job may configure for itself.
pub(super) const SERVICES: [(&str, &str); 3] =
    [("logger", "logger_service"), ("alerts", "alerts_service"), ("mlflow", "mlflow_service")];

/// What is known about a config while it is read.
#[derive(Default)]
pub(super) struct Found {
    /// Where something came in that must not be shown.
    pub(super) hidden: BTreeSet<KeyPath>,
    /// What is wrong.
    pub(super) faults: Faults,
    /// What only Python uses.
    pub(super) ignored: BTreeSet<String>,
}

impl Found {
    /// Removes what only Python uses, and remembers it for the warning.
    pub(super) fn ignore_python(&mut self, config: &mut Dict) {
        if let Some(Value::Dict(_, services)) = config.get_mut("services") {
            self.strip(services, |(service, _)| service);
        }
        for job in jobs_of(config) {
            if let Value::Dict(_, job) = job {
                self.strip(job, |(_, block)| block);
            }
        }
    }

    fn strip(&mut self, blocks: &mut Dict, key: impl Fn((&'static str, &'static str)) -> &'static str) {
        for names in SERVICES {
            if let Some(Value::Dict(_, block)) = blocks.get_mut(key(names)) {
                python::strip(names.0, block, &mut self.ignored);
            }
        }
    }

    /// Makes the jobs of a checked config.
    pub(super) fn jobs(&mut self, given: &str, top: Field<'_>, mut config: Dict) -> Vec<JobSpec> {
        let services = config.remove("services").and_then(Value::into_dict).unwrap_or_default();
        let field = |key: &str| top.at(&[key.to_owned()], &Value::from(0));
        let (Some(field), Some(service_field)) = (field("job"), field("services")) else { return Vec::new() };
        let shared = self.services(&services, service_field, |path| KeyPath::new(&["services"]).join(path));
        let is_list = config.contains_key("jobs");
        let jobs: Vec<Value> = jobs_of(&mut config).map(|job| std::mem::replace(job, Value::from(false))).collect();
        let refused = self.faults.paths().clone();
        let mut specs = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.into_iter().enumerate() {
            // Nothing more is shown of what is wrong, and nothing runs.
            if self.faults.is_full() {
                break;
            }
            let place = if is_list { JobPlace::InList(index) } else { JobPlace::Alone };
            let Value::Dict(tag, mut job) = job else { continue };
            let (is_known, named_in) = (field.of_its_kind(&job).is_some(), NamedIn::of(&job));
            let own = self.own_services(place, &mut job, (&services, service_field), shared.as_ref());
            let has_model = field.of_its_kind(&job).is_some_and(|kind| kind.property("name").is_some());
            if let Some(services) = own.as_deref().filter(|_| has_model) {
                self.name(place, &mut job, services, &refused);
                self.fit((place, named_in), &job, services);
            }
            let job = if is_known { self.job(place, Value::Dict(tag, job), field) } else { None };
            if let (Some(job), Some(services)) = (job, own) {
                specs.push(JobSpec {
                    config: given.to_owned(),
                    index,
                    job,
                    services,
                    warnings: Vec::new(),
                    overridden: Vec::new(),
                    origins: None,
                    written: None,
                });
            }
        }
        if let Some(first) = specs.first_mut() {
            first.warnings.extend(python::warning(given, &self.ignored));
        }
        specs
    }

    /// Makes the services of a tree; `place` turns a path of it into one of the config.
    fn services(
        &mut self,
        services: &Dict,
        field: Field<'_>,
        place: impl Fn(&[String]) -> KeyPath,
    ) -> Option<Arc<ServicesConfig>> {
        let mut tree = kinds::external(Value::from(services.clone()), field);
        let internal = |path: &[String]| place(&kinds::internal(path, field));
        let decoded = decode(&mut tree, internal, &self.hidden, &mut self.faults);
        self.usable(decoded, place).map(Arc::new)
    }

    /// Merges the job's own blocks over the services of the config.
    fn own_services(
        &mut self,
        place: JobPlace,
        job: &mut Dict,
        (services, field): (&Dict, Field<'_>),
        shared: Option<&Arc<ServicesConfig>>,
    ) -> Option<Arc<ServicesConfig>> {
        let removed = SERVICES.iter().filter_map(|(service, block)| Some((service, job.remove(*block)?)));
        let own: Dict = removed.map(|(service, own)| ((*service).to_owned(), own)).collect();
        if own.is_empty() {
            return shared.cloned();
        }
        let merged = overlay(services.clone(), own.clone());
        let own = Value::from(own);
        let place = |at: &[String]| match (tree::get(&own, at), at.split_first()) {
            (Some(_), Some((service, rest))) => place.path().child(format!("{service}_service")).join(rest),
            _ => KeyPath::new(&["services"]).join(at),
        };
        self.services(&merged, field, place)
    }

    /// Refuses services that can never start, so that no job runs before that is found out.
    fn usable(
        &mut self,
        services: Option<ServicesConfig>,
        place: impl Fn(&[String]) -> KeyPath,
    ) -> Option<ServicesConfig> {
        let Some((field, error)) = services.as_ref()?.mlflow.validate() else { return services };
        self.refuse(place(&["mlflow".to_owned(), field.to_owned()]), &error);
        None
    }

    /// Gives a job without a name the one that its services know.
    fn name(&mut self, place: JobPlace, job: &mut Dict, services: &ServicesConfig, refused: &BTreeSet<KeyPath>) {
        if job.contains_key("name") {
            return;
        }
        if let Some(name) = &services.mlflow.registry_name {
            job.insert("name".to_owned(), name.as_str().into());
            return;
        }
        let path = place.path();
        let path_of = |fault: &Fault| fault.place.path().cloned();
        let last_refused = self.faults.last().and_then(path_of);
        let names = [NamedIn::Job, NamedIn::OwnService, NamedIn::Services].map(|named_in| named_in.path(place));
        // A name that was refused is not also missing.
        if names.iter().any(|name| refused.contains(name) || last_refused.as_ref() == Some(name)) {
            return;
        }
        let variable = path.keys().join("__").to_uppercase();
        let help = format!(
            "write `{path}.name` or `services.mlflow.registry_name` into the config, set the variable \
             `RUNNER__{variable}__NAME`, or pass `--set {path}.name=…`"
        );
        let message = format!("`{path}` does not say which registered model it is about");
        self.faults.push(Fault::new(Place::Within(path), message).help(help));
    }

    /// Refuses a name that the registry can hold no model of.
    fn fit(&mut self, (place, named_in): (JobPlace, NamedIn), job: &Dict, services: &ServicesConfig) {
        let name = job.get("name").and_then(Value::as_str).and_then(|name| name.parse().ok());
        if let Some(error) = name.and_then(|name| services.mlflow.validate_model_name(&name).err()) {
            self.refuse(named_in.path(place), &error);
        }
    }

    fn refuse(&mut self, place: KeyPath, error: &registry::Error) {
        let Failure { message, hint, .. } = Failure::from(error);
        let fault = Fault::new(Place::Value(place), message);
        self.faults.push(match hint {
            Some(hint) => fault.help(hint),
            None => fault,
        });
    }

    fn job(&mut self, place: JobPlace, job: Value, field: Field<'_>) -> Option<Job> {
        let mut tree = kinds::external(job, field);
        let internal = |at: &[String]| place.path().join(&kinds::internal(at, field));
        let job: Job = decode(&mut tree, internal, &self.hidden, &mut self.faults)?;
        if let Some((key, contradiction)) = job.contradiction() {
            self.faults.push(Fault::new(Place::Value(place.path().child(key)), contradiction));
            return None;
        }
        Some(job)
    }
}

fn jobs_of(config: &mut Dict) -> impl Iterator<Item = &mut Value> {
    let (mut one, mut many) = (None, None);
    for (key, value) in config {
        match (key.as_str(), value) {
            ("job", job) => one = Some(job),
            ("jobs", Value::Array(_, jobs)) => many = Some(jobs),
            _ => {}
        }
    }
    one.into_iter().chain(many.into_iter().flatten())
}
