//! Builds the jobs of a config, each with the services it runs with.

use std::sync::Arc;

use figment::value::{Dict, Value};

use super::decode::{config_path, decode, get};
use super::diagnostic::{Fault, Location};
use super::job_spec::JobSpec;
use super::key_path::{JobPath, KeyPath, SERVICES};
use super::schema_node::SchemaNode;
use super::walk::{Validated, tagged};
use crate::jobs::Job;
use crate::outcome::Failure;
use crate::registry;
use crate::services::{ProcessConfig, ServicesConfig, find_duplicate};
use crate::text::is_similar;

/// Builds the jobs of a config one by one, from values that the walk has checked.
pub(super) struct JobBuilder<'b> {
    top: SchemaNode<'b>,
    /// The schema of a job.
    job: Option<SchemaNode<'b>>,
    /// The path of the config, as the user wrote it.
    config: &'b str,
    /// The `services` of the config, before the services of a single job are merged over them.
    services: Dict,
    shared: Option<Arc<ServicesConfig>>,
    pub(super) specs: Vec<JobSpec>,
}

impl<'b> JobBuilder<'b> {
    pub(super) fn new(top: SchemaNode<'b>, config: &'b str, services: Dict, found: &mut Validated) -> Self {
        let mut builder =
            Self { top, job: top.property("job"), config, services: Dict::new(), shared: None, specs: Vec::new() };
        builder.shared = builder.make_services(services.clone(), |path| KeyPath::new(&["services"]).join(path), found);
        if let Some(services) = &builder.shared {
            refuse_duplicate(&services.processes, found);
            refuse_contradictions(&services.processes, found);
        }
        builder.services = services;
        builder
    }

    /// Builds a job from its values in the form `{KIND: {…}}`.
    pub(super) fn add(&mut self, place: JobPath, values: Value, found: &mut Validated) {
        // Further faults would not be shown, and no job runs.
        if found.faults.is_full() {
            return;
        }
        let Some((kind, Some(mut job))) =
            values.into_dict().and_then(|job| job.into_iter().next()).map(|(kind, job)| (kind, job.into_dict()))
        else {
            return;
        };
        let has_name = job.contains_key("name");
        let has_own_name =
            job.get("mlflow_service").and_then(Value::as_dict).is_some_and(|own| own.contains_key("registry_name"));
        let (id, needs) = take_names(&mut job);
        let services = self.own_services(place, &mut job, found);
        let has_model = self.job.and_then(|job| job.of_kind(&kind)).is_some_and(|kind| kind.property("name").is_some());
        if let Some(services) = services.as_deref().filter(|_| has_model) {
            set_name(place, &mut job, services, found);
            let name = job.get("name").and_then(Value::as_str).and_then(|name| name.parse().ok());
            if let Some(error) = name.and_then(|name| services.mlflow.validate_model_name(&name).err()) {
                let [own, of_service, shared] = name_paths(place);
                let path = if has_name {
                    own
                } else if has_own_name {
                    of_service
                } else {
                    shared
                };
                refuse(path, &error, found);
            }
        }
        let job = self.make_job(place, tagged(kind, job), found);
        if let (Some(job), Some(services)) = (job, services) {
            let place = (place.index(), matches!(place, JobPath::InList(_)));
            self.specs.push(JobSpec { id, needs, ..JobSpec::new(self.config, place, job, services) });
        }
    }

    /// Builds the services of a tree. `path_of` maps a path of the tree to one of the config. Services that can never
    /// start are refused here, before any job runs.
    fn make_services(
        &self,
        services: Dict,
        path_of: impl Fn(&[String]) -> KeyPath,
        found: &mut Validated,
    ) -> Option<Arc<ServicesConfig>> {
        let field = self.top.property("services")?;
        let services: ServicesConfig =
            self.decode(services.into(), |path| path_of(&config_path(path, field)), found)?;
        if let Some((field, error)) = services.mlflow.validate() {
            refuse(path_of(&["mlflow".to_owned(), field.to_owned()]), &error, found);
            return None;
        }
        Some(Arc::new(services))
    }

    /// Merges the services that a job configures for itself over the services of the config.
    fn own_services(&self, place: JobPath, job: &mut Dict, found: &mut Validated) -> Option<Arc<ServicesConfig>> {
        let removed = SERVICES.iter().filter_map(|(service, block)| Some((service, job.remove(*block)?)));
        let own: Dict = removed.map(|(service, own)| ((*service).to_owned(), own)).collect();
        if own.is_empty() {
            return self.shared.clone();
        }
        let own = Value::from(own);
        let mut merged = Value::from(self.services.clone());
        overlay(&mut merged, own.clone());
        let path_of = |at: &[String]| match (get(&own, at), at.split_first()) {
            (Some(_), Some((service, rest))) => place.path().child(format!("{service}_service")).join(rest),
            _ => KeyPath::new(&["services"]).join(at),
        };
        let services = self.make_services(merged.into_dict().unwrap_or_default(), path_of, found)?;
        let shared = self.shared.as_ref().filter(|shared| !shared.processes.is_empty());
        let shared_mlflow = shared.map(|shared| Box::new(shared.mlflow.clone()));
        Some(Arc::new(ServicesConfig { shared_mlflow, ..Arc::unwrap_or_clone(services) }))
    }

    fn make_job(&self, place: JobPath, job: Value, found: &mut Validated) -> Option<Job> {
        let field = self.job?;
        let job: Job = self.decode(job, |at| place.path().join(&config_path(at, field)), found)?;
        if let Some((key, contradiction)) = job.contradiction() {
            found.faults.push(Fault::new(Location::Value(place.path().child(key)), contradiction));
            return None;
        }
        Some(job)
    }

    fn decode<T: for<'de> serde::Deserialize<'de>>(
        &self,
        mut tree: Value,
        path_of: impl Fn(&[String]) -> KeyPath,
        found: &mut Validated,
    ) -> Option<T> {
        let Validated { faults, hidden, .. } = found;
        let is_secret = |path: &KeyPath| self.top.at(path.keys(), None).is_some_and(SchemaNode::is_secret);
        decode(&mut tree, path_of, |path| hidden.contains(path) || is_secret(path), faults)
    }
}

/// Refuses a process with the name of an earlier one.
fn refuse_duplicate(processes: &[ProcessConfig], found: &mut Validated) {
    let Some(index) = find_duplicate(processes) else { return };
    let place = KeyPath::new(&["services", "processes"]).child(index).child("name");
    let message = format!("an earlier process is called `{}` too", processes[index].name);
    found.faults.push(Fault::new(Location::Value(place), message).help("give it another name".to_owned()));
}

/// Refuses processes with a field that contradicts another one.
fn refuse_contradictions(processes: &[ProcessConfig], found: &mut Validated) {
    for (index, process) in processes.iter().enumerate() {
        let Some((key, contradiction, help)) = process.contradiction() else { continue };
        let place = KeyPath::new(&["services", "processes"]).child(index).child(key);
        found.faults.push(Fault::new(Location::Value(place), contradiction.to_owned()).help(help.to_owned()));
    }
}

/// Takes the name of a job and the names that it needs, which are the same for every kind.
fn take_names(job: &mut Dict) -> (Option<String>, Vec<String>) {
    let needs = job.remove("needs").and_then(Value::into_array).unwrap_or_default();
    let id = job.remove("id").and_then(Value::into_string);
    (id, needs.into_iter().filter_map(Value::into_string).collect())
}

/// Returns the paths that can name the model of a job: in the job, in its own `mlflow` service, and in that of the
/// config.
fn name_paths(place: JobPath) -> [KeyPath; 3] {
    let service = place.path().child("mlflow_service");
    let shared = KeyPath::new(&["services", "mlflow", "registry_name"]);
    [place.path().child("name"), service.child("registry_name"), shared]
}

/// Sets the model name of a job that has none to the one of its `mlflow` service.
fn set_name(place: JobPath, job: &mut Dict, services: &ServicesConfig, found: &mut Validated) {
    if job.contains_key("name") {
        return;
    }
    if let Some(name) = &services.mlflow.registry_name {
        job.insert("name".to_owned(), name.as_str().into());
        return;
    }
    // A name that was refused is not reported as missing too, and neither is one below a misspelt `services`.
    let is_misspelt = |path: &KeyPath| matches!(path.keys(), [key] if is_similar(key, "services"));
    let refused = found.faults.paths();
    if refused.iter().any(is_misspelt) || name_paths(place).iter().any(|name| refused.contains(name)) {
        return;
    }
    let path = place.path();
    let variable = path.keys().join("__").to_uppercase();
    let help = format!(
        "write `{path}.name` or `services.mlflow.registry_name` into the config, set the variable \
         `RUNNER__{variable}__NAME`, or pass `--set {path}.name=…`"
    );
    let message = format!("`{path}` names no registered model");
    found.faults.push(Fault::new(Location::Within(path), message).help(help));
}

fn refuse(place: KeyPath, error: &registry::Error, found: &mut Validated) {
    let Failure { message, hint, .. } = Failure::from(error);
    let fault = Fault::new(Location::Value(place), message);
    found.faults.push(match hint {
        Some(hint) => fault.help(hint),
        None => fault,
    });
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
