//! Extracts how the jobs of a config are written, for a plan.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map as JsonMap, Value as Json};

use super::diagnostic::{Fault, Faults, Location};
use super::interpolate::{Inputs, escaped, expand, with_defaults_only};
use super::key_path::{KeyPath, SERVICES};
use super::node::{Map, Node, Number, SourceId, Value};
use super::reader::{self, Format};
use super::schema_node::SchemaNode;
use super::source_map::SourceMap;
use crate::secret::{SecretUri, contains_secret, redact};

/// A job as its config, bases and arguments write it, before interpolation. It contains no secret: a secret of a
/// service is left out, and a secret in the job is an error.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSource {
    /// The job, without the services that it configures for itself.
    pub job: JsonMap<String, Json>,
    /// Its services, by their names.
    pub services: JsonMap<String, Json>,
    /// The paths of secrets that were left out, below `services`.
    pub left_out: BTreeSet<KeyPath>,
    /// The variables that set fields of a service.
    pub variables: BTreeSet<String>,
}

/// The fields that identify the model and the alias. They are kept even if a secret has the same text.
const IDENTITIES: [&str; 5] = ["KIND", "id", "name", "alias", "registry_name"];

/// Words before the token in a header, which are not secret.
const SCHEMES: [&str; 4] = ["", "bearer", "basic", "token"];

/// Returns the source of each job of a config.
pub(super) fn job_sources(sources: &SourceMap<'_>, config: &Node, faults: &mut Faults) -> Vec<JobSource> {
    let mut take = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let place = sources.top.at(&path, None);
        let mut walk = Walk { sources, path, faults, extracted: Extracted::default() };
        let values = config.get(&walk.path).and_then(|node| walk.value(node, place));
        if let Some(Json::Object(values)) = values {
            walk.extracted.values = values;
        }
        walk.extracted
    };
    let shared = take(&["services"]);
    let jobs = match config.child("jobs").and_then(Node::as_list) {
        Some(jobs) => (0..jobs.len()).map(|index| take(&["jobs", &index.to_string()])).collect(),
        None => vec![take(&["job"])],
    };
    jobs.into_iter().map(|job| shared.with_job(job)).collect()
}

/// Returns a config with its keys in the order of the schema.
pub(crate) fn in_schema_order(config: Json) -> Json {
    let schema = super::schema();
    ordered(config, Some(SchemaNode::top(&schema)))
}

fn ordered(value: Json, place: Option<SchemaNode<'_>>) -> Json {
    match value {
        Json::Array(items) => {
            let element = place.and_then(SchemaNode::items);
            items.into_iter().map(|item| ordered(item, element)).collect()
        }
        Json::Object(map) => {
            let mapping = place.and_then(|place| place.mapping(map.get("KIND").and_then(Json::as_str)));
            let names = mapping.map(SchemaNode::names).unwrap_or_default();
            let rank = |key: &str| match key {
                "KIND" => 0,
                key => names.iter().position(|name| *name == key).unwrap_or(names.len()) + 1,
            };
            let mut entries: Vec<(String, Json)> = map.into_iter().collect();
            entries.sort_by(|(one, _), (other, _)| (rank(one), one).cmp(&(rank(other), other)));
            let below = |key: &str| mapping.and_then(|mapping| mapping.entry(key));
            Json::Object(entries.into_iter().map(|(key, value)| (key.clone(), ordered(value, below(&key)))).collect())
        }
        other => other,
    }
}

/// The parts of the config that a walk has extracted.
#[derive(Default)]
struct Extracted {
    values: JsonMap<String, Json>,
    left_out: Vec<Vec<String>>,
    variables: BTreeSet<String>,
}

impl Extracted {
    /// Combines the services of the config (`self`) with a job and the services it configures for itself.
    fn with_job(&self, mut job: Self) -> JobSource {
        let mut services = self.values.clone();
        for (service, block) in SERVICES {
            if let Some(own) = job.values.remove(block) {
                overlay(services.entry(service).or_insert_with(|| Json::Object(JsonMap::new())), own);
            }
        }
        let place = |path: &Vec<String>| match own_service(path) {
            Some((service, rest)) => KeyPath::new(&["services", service]).join(rest),
            None => KeyPath::from(path.clone()),
        };
        JobSource {
            left_out: self.left_out.iter().chain(&job.left_out).map(place).collect(),
            variables: &self.variables | &job.variables,
            job: job.values,
            services,
        }
    }
}

/// Returns the service that a job configures at a path, and the rest of the path.
fn own_service(path: &[String]) -> Option<(&'static str, &[String])> {
    let (block, rest) = match path {
        [job, block, rest @ ..] if job == "job" => (block, rest),
        [jobs, _, block, rest @ ..] if jobs == "jobs" => (block, rest),
        _ => return None,
    };
    SERVICES.iter().find(|(_, own)| own == block).map(|(service, _)| (*service, rest))
}

fn overlay(under: &mut Json, over: Json) {
    match (under, over) {
        (Json::Object(under), Json::Object(over)) => {
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

/// A walk over a mapping of the config.
struct Walk<'w> {
    sources: &'w SourceMap<'w>,
    path: Vec<String>,
    faults: &'w mut Faults,
    extracted: Extracted,
}

impl Walk<'_> {
    /// Extracts a value, unless it is secret, or comes from a variable that is set again where the plan is applied.
    fn value(&mut self, node: &Node, place: Option<SchemaNode<'_>>) -> Option<Json> {
        if node.as_map().is_none()
            && let Some(variable) = self.sources.variable(node.source)
        {
            self.extracted.variables.insert(variable.to_owned());
            return None;
        }
        Some(match &node.value {
            Value::Map(map) => {
                let entries = self.mapping(map, place);
                if entries.is_empty() && !map.is_empty() {
                    return None;
                }
                entries.into()
            }
            Value::List(items) => self.list(items, place)?.into(),
            Value::Text(text) => self.text(text, node.source, place)?.into(),
            Value::Null => Json::Null,
            Value::Bool(truth) => (*truth).into(),
            Value::Number(Number::Unsigned(number)) => (*number).into(),
            Value::Number(Number::Negative(number)) => (*number).into(),
            Value::Number(Number::Float(number)) => (*number).into(),
        })
    }

    fn text(&mut self, text: &str, source: SourceId, place: Option<SchemaNode<'_>>) -> Option<String> {
        // The message of a job is redacted wherever it is recorded and shown, so it is redacted here too.
        let is_message = matches!(self.path.last(), Some(key) if key == "message") && self.path[0] != "services";
        let text = if is_message { redact(text) } else { Cow::Borrowed(text) };
        if self.is_secret(&text, place) {
            self.refuse();
            return None;
        }
        // Free text from outside was not interpolated, but a plan is a file, where it would be.
        let is_literal = self.sources.is_from_outside(source) && place.is_some_and(SchemaNode::is_free_text);
        Some(if is_literal { escaped(&text) } else { text.into_owned() })
    }

    /// Returns whether a text contains a secret as it is written. A text that only names a variable or file is not
    /// secret.
    fn is_secret(&self, text: &str, place: Option<SchemaNode<'_>>) -> bool {
        let written = with_defaults_only(text);
        if place.is_some_and(SchemaNode::is_secret) {
            return !SCHEMES.contains(&written.trim().to_ascii_lowercase().as_str());
        }
        let is_identity = self.path.last().is_some_and(|key| IDENTITIES.contains(&key.as_str()));
        place.is_some_and(|place| place.is_address() && hides_part(&written) || default_holds_secret(&written, place))
            || !is_identity && contains_secret(&written)
    }

    /// Leaves out a secret of a service, because whoever applies the plan can set it by a variable. A secret of a job
    /// is an error, because the job would differ without it.
    fn refuse(&mut self) {
        if self.path[0] == "services" || own_service(&self.path).is_some() {
            self.extracted.left_out.push(self.path.clone());
            return;
        }
        let path = KeyPath::from(self.path.clone());
        let message = format!("`{path}` holds a secret that is written out, and a plan never holds one");
        let help = "write `${env:…}` or `${file:…}` there, and plan again".to_owned();
        self.faults.push(Fault::new(Location::Value(path), message).help(help));
    }

    fn mapping(&mut self, map: &Map, place: Option<SchemaNode<'_>>) -> JsonMap<String, Json> {
        // The `KIND` decides which fields exist, so it is always interpolated.
        let kind = map
            .get("KIND")
            .and_then(|entry| entry.node.as_text())
            .map(|text| interpolated(text, self.sources.inputs()));
        let mapping = place.and_then(|place| place.mapping(kind.as_deref()));
        let mut entries = JsonMap::new();
        for (key, entry) in map.iter() {
            if key == "KIND"
                && let Some(kind) = &kind
            {
                entries.insert(key.clone(), kind.as_ref().into());
                continue;
            }
            self.path.push(key.clone());
            let value = self.value(&entry.node, mapping.and_then(|mapping| mapping.entry(key)));
            entries.extend(value.map(|value| (key.clone(), value)));
            self.path.pop();
        }
        entries
    }

    /// Extracts a list as a whole or not at all, because a missing element would shift the indices of the others.
    fn list(&mut self, items: &[Node], place: Option<SchemaNode<'_>>) -> Option<Vec<Json>> {
        let element = place.and_then(SchemaNode::items);
        let left_out_before = self.extracted.left_out.len();
        let mut elements = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(index.to_string());
            let value = self.value(item, element);
            let is_left_out = value.is_none() && self.extracted.left_out.last() == Some(&self.path);
            self.path.pop();
            if is_left_out {
                self.extracted.left_out.truncate(left_out_before);
                self.extracted.left_out.push(self.path.clone());
                return None;
            }
            // A variable sets the missing element again.
            elements.push(value.unwrap_or_else(|| "".into()));
        }
        Some(elements)
    }
}

fn interpolated<'t>(text: &'t str, inputs: Inputs<'_>) -> Cow<'t, str> {
    match text.contains("${") {
        true => expand(text, inputs, false).map_or(Cow::Borrowed(text), |expanded| Cow::Owned(expanded.text)),
        false => Cow::Borrowed(text),
    }
}

/// Returns whether an address has a part that is never shown: a login or a query.
fn hides_part(address: &str) -> bool {
    // The remains of a login whose parts are interpolations.
    let address = address.replace("://:@", "://").replace("://@", "://");
    !SecretUri::new(address.as_str()).hidden_parts().is_empty()
}

/// Returns whether the default of an interpolation that stands for a whole list or mapping contains a secret.
fn default_holds_secret(default: &str, place: SchemaNode<'_>) -> bool {
    fn holds(node: &Node, place: SchemaNode<'_>) -> bool {
        match &node.value {
            Value::Map(map) => {
                let kind = super::schema_node::kind_of(node);
                let mapping = place.mapping(kind);
                map.iter().any(|(key, entry)| {
                    let place = mapping.and_then(|mapping| mapping.entry(key));
                    place.is_some_and(|place| holds(&entry.node, place))
                })
            }
            Value::List(items) => place.items().is_some_and(|element| items.iter().any(|item| holds(item, element))),
            Value::Text(text) => {
                place.is_secret() && !text.is_empty() || place.is_address() && hides_part(text) || contains_secret(text)
            }
            _ => false,
        }
    }
    if !place.accepts("object") && !place.accepts("array") || default.trim().is_empty() {
        return false;
    }
    let parsed = reader::read(default, Format::Yaml, SourceId::default());
    parsed.root.is_some_and(|root| root.is_collection() && holds(&root, place))
}
