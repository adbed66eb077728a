//! How the jobs of a config are written, for a plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map as JsonMap, Value as Json};

use super::diagnostic::{Fault, Faults, Location};
use super::interpolate::{escaped, expand, own_words};
use super::key_path::{KeyPath, SERVICES};
use super::node::{Map, Node, Number, SourceId, Value};
use super::reader::{self, Format};
use super::schema_node::SchemaNode;
use super::source_map::SourceMap;
use crate::secret::{SecretUri, contains_secret, redact};

/// A job as its config, bases and arguments write it, before anything is filled in. It holds no secret: one of a service
/// is left out, and one of the job itself is an error.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSource {
    /// The job, without the services that it configures for itself.
    pub job: JsonMap<String, Json>,
    /// Its services, by their names.
    pub services: JsonMap<String, Json>,
    /// Where a secret of a service is written, below `services`.
    pub left_out: BTreeSet<KeyPath>,
    /// The variables that give a service some of its values.
    pub variables: BTreeSet<String>,
}

/// The fields that say which model and alias a job is about. They are written as they are, whoever has the same word for a
/// password.
const IDENTITIES: [&str; 4] = ["KIND", "name", "alias", "registry_name"];

/// What may stand in front of the token in a header, and is no secret.
const SCHEMES: [&str; 4] = ["", "bearer", "basic", "token"];

/// Returns how each job of a config is written.
pub(super) fn job_sources(sources: &SourceMap<'_>, config: &Node, faults: &mut Faults) -> Vec<JobSource> {
    let mut take = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let place = sources.top.at(&path, None);
        let mut walk = Walk { sources, path, faults, taken: Taken::default() };
        let values = config.get(&walk.path).and_then(|node| walk.value(node, place));
        if let Some(Json::Object(values)) = values {
            walk.taken.values = values;
        }
        walk.taken
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

/// What was taken of a mapping of the config.
#[derive(Default)]
struct Taken {
    values: JsonMap<String, Json>,
    left_out: Vec<Vec<String>>,
    variables: BTreeSet<String>,
}

impl Taken {
    /// Makes a job of what was taken of it and, as `self`, of the services of its config.
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

/// Returns the service that a job configures for itself at a path, and the rest of the path.
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

/// A way through a mapping of the config.
struct Walk<'w> {
    sources: &'w SourceMap<'w>,
    path: Vec<String>,
    faults: &'w mut Faults,
    taken: Taken,
}

impl Walk<'_> {
    /// Takes a value, unless it is secret or comes from a variable that gives it again.
    fn value(&mut self, node: &Node, place: Option<SchemaNode<'_>>) -> Option<Json> {
        if node.as_map().is_none()
            && let Some(variable) = self.sources.variable(node.source)
        {
            self.taken.variables.insert(variable.to_owned());
            return None;
        }
        Some(match &node.value {
            Value::Map(map) => {
                let taken = self.mapping(map, place);
                if taken.is_empty() && !map.is_empty() {
                    return None;
                }
                taken.into()
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
        // The message of a job is recorded and shown without secrets, too.
        let is_message = matches!(self.path.last(), Some(key) if key == "message") && self.path[0] != "services";
        let text = if is_message { redact(text) } else { Cow::Borrowed(text) };
        if self.is_secret(&text, place) {
            self.refuse();
            return None;
        }
        // What stood for itself does so in a plan, which is a file.
        let is_literal = self.sources.is_from_outside(source) && place.is_some_and(SchemaNode::is_free_text);
        Some(if is_literal { escaped(&text) } else { text.into_owned() })
    }

    /// Returns whether a text, as it is written, is or repeats a secret. One that only names the variable or file that a
    /// secret is in is none.
    fn is_secret(&self, text: &str, place: Option<SchemaNode<'_>>) -> bool {
        let words = own_words(text);
        if place.is_some_and(SchemaNode::is_secret) {
            return !SCHEMES.contains(&words.trim().to_ascii_lowercase().as_str());
        }
        let is_identity = self.path.last().is_some_and(|key| IDENTITIES.contains(&key.as_str()));
        place.is_some_and(|place| place.is_address() && hides_part(&words) || default_holds_secret(&words, place))
            || !is_identity && contains_secret(&words)
    }

    /// Leaves out a secret of a service, which the service also has from elsewhere. A job without one would be another
    /// job, with another gate.
    fn refuse(&mut self) {
        if self.path[0] == "services" || own_service(&self.path).is_some() {
            self.taken.left_out.push(self.path.clone());
            return;
        }
        let path = KeyPath::from(self.path.clone());
        let message = format!("`{path}` holds a secret that is written out, and a plan never holds one");
        let help = "write `${env:…}` or `${file:…}` there, and plan again".to_owned();
        self.faults.push(Fault::new(Location::Value(path), message).help(help));
    }

    fn mapping(&mut self, map: &Map, place: Option<SchemaNode<'_>>) -> JsonMap<String, Json> {
        // Which fields there are depends on the `KIND`, so it is never left to a variable.
        let kind = map.get("KIND").and_then(|entry| entry.node.as_text()).map(|text| filled_in(text, self.sources.env));
        let mapping = place.and_then(|place| place.mapping(kind.as_deref()));
        let mut taken = JsonMap::new();
        for (key, entry) in map {
            if key == "KIND"
                && let Some(kind) = &kind
            {
                taken.insert(key.clone(), kind.as_ref().into());
                continue;
            }
            self.path.push(key.clone());
            let value = self.value(&entry.node, mapping.and_then(|mapping| mapping.entry(key)));
            taken.extend(value.map(|value| (key.clone(), value)));
            self.path.pop();
        }
        taken
    }

    /// Takes a list, whole or not at all: without one of its elements, the others would be counted anew.
    fn list(&mut self, items: &[Node], place: Option<SchemaNode<'_>>) -> Option<Vec<Json>> {
        let element = place.and_then(SchemaNode::items);
        let known = self.taken.left_out.len();
        let mut taken = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(index.to_string());
            let value = self.value(item, element);
            let is_left_out = value.is_none() && self.taken.left_out.last() == Some(&self.path);
            self.path.pop();
            if is_left_out {
                self.taken.left_out.truncate(known);
                self.taken.left_out.push(self.path.clone());
                return None;
            }
            // A variable puts what is missing in its place again.
            taken.push(value.unwrap_or_else(|| "".into()));
        }
        Some(taken)
    }
}

fn filled_in<'t>(text: &'t str, env: &BTreeMap<String, String>) -> Cow<'t, str> {
    match text.contains("${") {
        true => expand(text, env, false).map_or(Cow::Borrowed(text), |expanded| Cow::Owned(expanded.text)),
        false => Cow::Borrowed(text),
    }
}

/// Returns whether an address has a part that is never shown: a login, or a query.
fn hides_part(address: &str) -> bool {
    // What is left of a login that comes from variables.
    let address = address.replace("://:@", "://").replace("://@", "://");
    !SecretUri::new(address.as_str()).hidden_parts().is_empty()
}

/// Returns whether the default that is written for a whole list or mapping holds a secret.
fn default_holds_secret(words: &str, place: SchemaNode<'_>) -> bool {
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
    if !place.accepts("object") && !place.accepts("array") || words.trim().is_empty() {
        return false;
    }
    let parsed = reader::read(words, Format::Yaml, SourceId::default());
    parsed.root.is_some_and(|root| root.is_collection() && holds(&root, place))
}
