//! The jobs of a config, each with the services it runs with.

use std::collections::BTreeSet;
use std::sync::Arc;

use figment::value::{Dict, Value};

use super::decode::{config_path, decode, get};
use super::diagnostic::{Fault, Faults, Location};
use super::job_path::{JobPath, NameSource, SERVICES};
use super::job_spec::JobSpec;
use super::key_path::KeyPath;
use super::schema_node::SchemaNode;
use crate::jobs::Job;
use crate::outcome::Failure;
use crate::registry;
use crate::services::ServicesConfig;

/// Makes the jobs of a checked config.
pub(super) struct JobBuilder<'b> {
    pub(super) top: SchemaNode<'b>,
    /// Where something came in that must not be shown.
    pub(super) hidden: &'b BTreeSet<KeyPath>,
    pub(super) faults: &'b mut Faults,
}

impl JobBuilder<'_> {
    /// Makes the jobs of a config that was given as `config`.
    pub(super) fn build(&mut self, config: &str, mut values: Dict) -> Vec<JobSpec> {
        let services = values.remove("services").and_then(Value::into_dict).unwrap_or_default();
        let (Some(field), Some(service_field)) = (self.top.property("job"), self.top.property("services")) else {
            return Vec::new();
        };
        let shared = self.services(services.clone(), service_field, |path| KeyPath::new(&["services"]).join(path));
        let (one, many) = (values.remove("job"), values.remove("jobs").and_then(Value::into_array));
        let is_list = many.is_some();
        let refused = self.faults.paths().clone();
        let jobs: Vec<Value> = one.into_iter().chain(many.unwrap_or_default()).collect();
        let mut specs = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.into_iter().enumerate() {
            // No more faults are shown, and nothing runs.
            if self.faults.is_full() {
                break;
            }
            let place = if is_list { JobPath::InList(index) } else { JobPath::Alone };
            let Some((kind, mut job)) = job.into_dict().and_then(split_kind) else { continue };
            let name_source = NameSource::of_job(&job);
            let own = self.own_services(place, &mut job, (&services, service_field), shared.as_ref());
            let has_model = field.of_kind(&kind).is_some_and(|kind| kind.property("name").is_some());
            if let Some(services) = own.as_deref().filter(|_| has_model) {
                self.set_name(place, &mut job, services, &refused);
                self.check_name((place, name_source), &job, services);
            }
            let job = self.job(place, Dict::from([(kind, job.into())]).into(), field);
            if let (Some(job), Some(services)) = (job, own) {
                specs.push(JobSpec::new(config, index, job, services));
            }
        }
        specs
    }

    /// Makes the services of a tree; `path_of` turns a path of it into one of the config.
    fn services(
        &mut self,
        services: Dict,
        field: SchemaNode<'_>,
        path_of: impl Fn(&[String]) -> KeyPath,
    ) -> Option<Arc<ServicesConfig>> {
        let decoded = self.decode(services.into(), |path| path_of(&config_path(path, field)));
        self.usable(decoded, path_of).map(Arc::new)
    }

    /// Merges the job's own blocks over the services of the config.
    fn own_services(
        &mut self,
        place: JobPath,
        job: &mut Dict,
        (services, field): (&Dict, SchemaNode<'_>),
        shared: Option<&Arc<ServicesConfig>>,
    ) -> Option<Arc<ServicesConfig>> {
        let removed = SERVICES.iter().filter_map(|(service, block)| Some((service, job.remove(*block)?)));
        let own: Dict = removed.map(|(service, own)| ((*service).to_owned(), own)).collect();
        if own.is_empty() {
            return shared.cloned();
        }
        let mut merged = Value::from(services.clone());
        overlay(&mut merged, own.clone().into());
        let own = Value::from(own);
        let path_of = |at: &[String]| match (get(&own, at), at.split_first()) {
            (Some(_), Some((service, rest))) => place.path().child(format!("{service}_service")).join(rest),
            _ => KeyPath::new(&["services"]).join(at),
        };
        self.services(merged.into_dict().unwrap_or_default(), field, path_of)
    }

    fn decode<T: for<'de> serde::Deserialize<'de>>(
        &mut self,
        mut tree: Value,
        path_of: impl Fn(&[String]) -> KeyPath,
    ) -> Option<T> {
        let (top, hidden) = (self.top, self.hidden);
        let is_secret = |path: &KeyPath| top.at(path.keys(), None).is_some_and(SchemaNode::is_secret);
        decode(&mut tree, path_of, |path| hidden.contains(path) || is_secret(path), self.faults)
    }

    /// Refuses services that can never start, so that no job runs before that is found out.
    fn usable(
        &mut self,
        services: Option<ServicesConfig>,
        path_of: impl Fn(&[String]) -> KeyPath,
    ) -> Option<ServicesConfig> {
        let Some((field, error)) = services.as_ref()?.mlflow.validate() else { return services };
        self.refuse(path_of(&["mlflow".to_owned(), field.to_owned()]), &error);
        None
    }

    /// Gives a job without a name the one that its services know.
    fn set_name(&mut self, place: JobPath, job: &mut Dict, services: &ServicesConfig, refused: &BTreeSet<KeyPath>) {
        if job.contains_key("name") {
            return;
        }
        if let Some(name) = &services.mlflow.registry_name {
            job.insert("name".to_owned(), name.as_str().into());
            return;
        }
        let path = place.path();
        let path_of = |fault: &Fault| fault.location.path().cloned();
        let last_refused = self.faults.last().and_then(path_of);
        let names =
            [NameSource::Job, NameSource::OwnService, NameSource::Services].map(|name_source| name_source.path(place));
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
        self.faults.push(Fault::new(Location::Within(path), message).help(help));
    }

    /// Refuses a name that the registry can hold no model of.
    fn check_name(&mut self, (place, name_source): (JobPath, NameSource), job: &Dict, services: &ServicesConfig) {
        let name = job.get("name").and_then(Value::as_str).and_then(|name| name.parse().ok());
        if let Some(error) = name.and_then(|name| services.mlflow.validate_model_name(&name).err()) {
            self.refuse(name_source.path(place), &error);
        }
    }

    fn refuse(&mut self, place: KeyPath, error: &registry::Error) {
        let Failure { message, hint, .. } = Failure::from(error);
        let fault = Fault::new(Location::Value(place), message);
        self.faults.push(match hint {
            Some(hint) => fault.help(hint),
            None => fault,
        });
    }

    fn job(&mut self, place: JobPath, job: Value, field: SchemaNode<'_>) -> Option<Job> {
        let job: Job = self.decode(job, |at| place.path().join(&config_path(at, field)))?;
        if let Some((key, contradiction)) = job.contradiction() {
            self.faults.push(Fault::new(Location::Value(place.path().child(key)), contradiction));
            return None;
        }
        Some(job)
    }
}

/// Takes a job out of the form `{KIND: {…}}`; none where it was refused.
fn split_kind(job: Dict) -> Option<(String, Dict)> {
    let (kind, job) = job.into_iter().next()?;
    Some((kind, job.into_dict()?))
}

/// Merges a value over another one.
fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Dict(_, under), Value::Dict(_, over)) => {
            for (key, value) in over {
                match under.get_mut(&key) {
                    Some(below) => overlay(below, value),
                    None => {
                        under.insert(key, value);
                    }
                }
            }
        }
        (under, over) => *under = over,
    }
}
