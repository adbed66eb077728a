//! How the jobs of a config are written, as far as a plan may show it.

use std::collections::BTreeSet;

use figment::value::{Dict, Value};

use super::secrets::{given_to, holds_credential, is_secret, names_secret, says_something};
use crate::config::fields::Field;
use crate::config::interpolate::escaped;
use crate::config::jobs::SERVICES;
use crate::config::layers::{Layers, overlay};
use crate::config::tree::KeyPath;

/// A job as its config, bases and arguments write it, before anything is filled in. It holds no secret: where the job
/// itself has one, an empty text keeps its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The job, without the services that it configures for itself.
    pub(super) job: Dict,
    /// Its services, by their names.
    pub(super) services: Dict,
    /// Where a secret of a service is written, below `services`.
    pub(super) left_out: BTreeSet<KeyPath>,
    /// Where a secret of the job is written, below `job`; something must stand in for each.
    pub(super) asked: BTreeSet<KeyPath>,
    /// The variables that give a service some of its values.
    pub(super) variables: BTreeSet<String>,
}

/// Returns how each job of a config is written. `filled` is the config with everything filled in, and checked.
pub(in crate::config) fn written(layers: &Layers, filled: &Dict, top: Field<'_>) -> Vec<Written> {
    let tree = layers.tree();
    let Some(config) = tree.as_dict() else { return Vec::new() };
    let shared = Taken::of(config.get("services"), filled.get("services"), top.property("services"), layers);
    let field = top.property("job");
    let (written, filled): (Vec<&Value>, Vec<&Value>) = match (config.get("job"), filled.get("job")) {
        (Some(written), Some(filled)) => (vec![written], vec![filled]),
        _ => (items(config.get("jobs")), items(filled.get("jobs"))),
    };
    let jobs = written.into_iter().zip(filled);
    jobs.map(|(written, filled)| shared.job(Taken::of(Some(written), Some(filled), field, layers))).collect()
}

fn items(list: Option<&Value>) -> Vec<&Value> {
    list.and_then(Value::as_array).into_iter().flatten().collect()
}

/// What was taken of a mapping of the config.
#[derive(Default)]
struct Taken {
    values: Dict,
    left_out: Vec<Vec<String>>,
    asked: BTreeSet<KeyPath>,
    variables: BTreeSet<String>,
}

impl Taken {
    fn of(written: Option<&Value>, filled: Option<&Value>, field: Option<Field<'_>>, layers: &Layers) -> Self {
        let mut walk = Walk { layers, path: Vec::new(), is_secret: false, taken: Self::default() };
        let values = written.and_then(|written| walk.value(written, filled, field)).and_then(Value::into_dict);
        Self { values: values.unwrap_or_default(), ..walk.taken }
    }

    /// Makes a job of what was taken of it and, as `self`, of the services of its config.
    fn job(&self, mut job: Self) -> Written {
        let own =
            SERVICES.iter().filter_map(|(service, block)| Some(((*service).to_owned(), job.values.remove(*block)?)));
        let own: Dict = own.collect();
        let services = if own.is_empty() { self.values.clone() } else { overlay(self.values.clone(), own) };
        let service = |key: &str| SERVICES.iter().find(|(_, block)| *block == key).map(|(service, _)| *service);
        let place = |path: &Vec<String>| match path.split_first().and_then(|(key, rest)| Some((service(key)?, rest))) {
            Some((service, rest)) => KeyPath::new(&["services", service]).join(rest),
            None => KeyPath::new(&["job"]).join(path),
        };
        let shared = self.left_out.iter().map(|path| KeyPath::new(&["services"]).join(path));
        Written {
            left_out: shared.chain(job.left_out.iter().map(place)).collect(),
            asked: job.asked,
            variables: &self.variables | &job.variables,
            job: job.values,
            services,
        }
    }
}

/// A way through a written mapping and the filled-in one side by side.
struct Walk<'l> {
    layers: &'l Layers,
    path: Vec<String>,
    /// Whether a text here is secret by what stands above or before it.
    is_secret: bool,
    taken: Taken,
}

impl Walk<'_> {
    /// Takes a value, unless it is secret or comes from a variable that gives it again.
    fn value(&mut self, written: &Value, filled: Option<&Value>, field: Option<Field<'_>>) -> Option<Value> {
        if !matches!(written, Value::Dict(..))
            && let Some(variable) = self.layers.variable(written.tag())
        {
            self.taken.variables.insert(variable.to_owned());
            return None;
        }
        match written {
            Value::Dict(tag, dict) => {
                let taken = self.mapping(dict, filled.and_then(Value::as_dict), field);
                (!taken.is_empty() || dict.is_empty()).then_some(Value::Dict(*tag, taken))
            }
            Value::Array(tag, items) => self.list(items, filled, field).map(|items| Value::Array(*tag, items)),
            Value::String(_, text) if self.holds_secret(text, field) => self.leave_out(),
            // It stood for itself, and does so in a plan, which is a file.
            Value::String(tag, text) if self.layers.is_from_outside(*tag) && field.is_some_and(Field::is_free_text) => {
                Some(Value::String(*tag, escaped(text)))
            }
            other => Some(other.clone()),
        }
    }

    fn holds_secret(&self, text: &str, field: Option<Field<'_>>) -> bool {
        let key = self.path.last().map_or("", String::as_str);
        is_secret(key, text, field)
            || self.is_secret && says_something(text)
            || field.is_none() && holds_credential(text)
    }

    /// Leaves out what is here. A service also does without it, or has it from elsewhere; a job without it would be
    /// another job, with another gate.
    fn leave_out(&mut self) -> Option<Value> {
        let is_service = |key: &String| SERVICES.iter().any(|(service, block)| key == service || key == block);
        if self.path.first().is_some_and(is_service) {
            self.taken.left_out.push(self.path.clone());
            return None;
        }
        self.taken.asked.insert(KeyPath::new(&["job"]).join(&self.path));
        Some("".into())
    }

    fn mapping(&mut self, written: &Dict, filled: Option<&Dict>, field: Option<Field<'_>>) -> Dict {
        let mapping = field.and_then(|field| field.mapping(filled.unwrap_or(written)));
        let mut taken = Dict::new();
        for (key, value) in written {
            let filled = filled.and_then(|filled| filled.get(key));
            // Which fields there are depends on the kind: it is never left to a variable.
            let value = if key == "KIND" { filled.unwrap_or(value) } else { value };
            let field = mapping.and_then(|mapping| mapping.property(key).or_else(|| mapping.free_values()));
            let was_secret = self.is_secret;
            // Where the schema says nothing of a key, its name does.
            self.is_secret |= field.is_none() && names_secret(key);
            self.path.push(key.clone());
            taken.extend(self.value(value, filled, field).map(|value| (key.clone(), value)));
            self.path.pop();
            self.is_secret = was_secret;
        }
        taken
    }

    /// Takes a list, whole or not at all: without one of its elements, the others would be counted anew.
    fn list(&mut self, written: &[Value], filled: Option<&Value>, field: Option<Field<'_>>) -> Option<Vec<Value>> {
        let filled = filled.and_then(Value::as_array).unwrap_or_default();
        let mut items = Vec::with_capacity(written.len());
        let known = self.taken.left_out.len();
        let is_command = self.path.last().is_some_and(|key| key == "command");
        let was_secret = self.is_secret;
        for (place, item) in written.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| written[before].as_str()).unwrap_or_default();
            self.is_secret |= is_command && item.as_str().is_some_and(|text| given_to(before, text));
            self.path.push(place.to_string());
            let taken = self.value(item, filled.get(place), field.and_then(Field::items));
            self.path.pop();
            self.is_secret = was_secret;
            if taken.is_none()
                && self.taken.left_out.last() == Some(&[self.path.clone(), vec![place.to_string()]].concat())
            {
                self.taken.left_out.truncate(known);
                self.taken.left_out.push(self.path.clone());
                return None;
            }
            // What a variable puts in its place again.
            items.push(taken.unwrap_or_else(|| Value::from("")));
        }
        Some(items)
    }
}
