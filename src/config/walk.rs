//! The walk of [`validate()`](super::validate::validate) over the values of a config.

use std::borrow::Cow;
use std::collections::BTreeSet;

use figment::value::{Dict, Empty, Tag, Value as Data};

use super::address_rules;
use super::coerce::{Filled, NULL_FROM_OUTSIDE, fill_in};
use super::diagnostic::{Fault, Faults, Location, Problem};
use super::key_path::{JobPath, KeyPath, SERVICES};
use super::messages::{misfit, missing_key, unknown_key, unknown_kind, unknown_word};
use super::node::{Entry, Map, Node, Number, Value};
use super::python_compat;
use super::schema_node::SchemaNode;
use super::source_map::SourceMap;
use crate::secret;
use crate::text::nearest;

/// The results of a walk over a config, except for the values themselves.
#[derive(Default)]
pub(super) struct Validated {
    pub(super) faults: Faults,
    /// The paths of values from variables or files, which must not be shown.
    pub(super) hidden: BTreeSet<KeyPath>,
    /// The paths of addresses that were trimmed.
    pub(super) trimmed: Vec<KeyPath>,
    /// The ignored fields that only Python uses.
    pub(super) ignored: BTreeSet<String>,
}

pub(super) struct Walk<'c> {
    sources: &'c SourceMap<'c>,
    path: Vec<String>,
    /// Whether the value is an entry with a key of the user's choice, such as a header, whose name is not that of a
    /// secret.
    is_ordinary_entry: bool,
    pub(super) out: Validated,
}

impl<'c> Walk<'c> {
    pub(super) fn new(sources: &'c SourceMap<'c>) -> Self {
        Self { sources, path: Vec::new(), is_ordinary_entry: false, out: Validated::default() }
    }

    /// Checks a value and everything below it; returns `None` if it does not fit.
    fn value(&mut self, place: SchemaNode<'_>, node: &Node) -> Option<Data> {
        let node = &*self.filled(Some(place), node)?;
        if node.value == Value::Null && self.is_null_from_outside(place, node) {
            self.fault_here(NULL_FROM_OUTSIDE);
            return None;
        }
        // Fast path for a mapping of a known `KIND`, because a list of jobs has many.
        if let Value::Map(map) = &node.value
            && let Some(kind) = self.kind(place, map)?
            && let Some(mapping) = place.of_kind(&kind)
        {
            let inner = self.keys(mapping, map);
            return Some(tagged(kind.into_owned(), inner));
        }
        if place.explains_itself() {
            return self.copy(node);
        }
        match &node.value {
            Value::Map(map) if place.accepts("object") => Some(mapping(self.mapping(place, map))),
            Value::List(items) if place.accepts("array") => Some(self.list(place, items).into()),
            Value::Bool(truth) if place.accepts("boolean") => Some((*truth).into()),
            Value::Null if place.accepts("null") => Some(null()),
            Value::Text(text) if place.accepts("string") => self.text(place, text).map(Data::from),
            Value::Number(number) if accepts_number(place, *number) => Some(self::number(*number)),
            _ => {
                self.misfit(place, node);
                None
            }
        }
    }

    /// Returns the interpolated `KIND` of a mapping that may have one.
    fn kind<'n>(&mut self, place: SchemaNode<'_>, map: &'n Map) -> Option<Option<Cow<'n, str>>> {
        let Some(node) = map.get("KIND").map(|entry| &entry.node) else { return Some(None) };
        let Some(text) = node.as_text().filter(|text| text.contains("${")) else {
            return Some(node.as_text().map(Cow::Borrowed));
        };
        let Some(kinds) = place.mappings(None).first().and_then(|mapping| mapping.property("KIND")) else {
            return Some(Some(Cow::Borrowed(text)));
        };
        self.path.push("KIND".to_owned());
        let filled = self.filled(Some(kinds), node).map(Cow::into_owned);
        self.path.pop();
        filled.map(|node| node.as_text().map(|text| Cow::Owned(text.to_owned())))
    }

    /// Checks a mapping without a known `KIND`.
    fn mapping(&mut self, place: SchemaNode<'_>, map: &Map) -> Dict {
        match place.mapping(None) {
            Some(mapping) if mapping.kind().is_none() => self.keys(mapping, map),
            _ => {
                if !self.is_full() {
                    let kind = KeyPath::from(self.path.clone()).child("KIND");
                    let is_hidden = self.out.hidden.contains(&kind);
                    self.out.faults.push(unknown_kind(&self.path, place, map, !is_hidden));
                }
                // Its keys must not be mistaken for a `KIND` in serde's form.
                Dict::new()
            }
        }
    }

    /// Checks the entries of a mapping, and returns those that fit.
    pub(super) fn keys(&mut self, mapping: SchemaNode<'_>, map: &Map) -> Dict {
        let mut synonyms = Vec::new();
        let mut missing: Vec<&str> = mapping.required().filter(|key| !map.contains_key(key)).collect();
        let service = service_of(&self.path);
        let has_kind = mapping.kind().is_some();
        let mut dict = Dict::new();
        for (key, entry) in map.iter() {
            let is_schema = self.path.is_empty() && key == "$schema";
            if is_schema || has_kind && key == "KIND" || service.is_some_and(|name| self.skips(name, key, &entry.node))
            {
                continue;
            }
            self.path.push(key.clone());
            match mapping.entry(key) {
                Some(place) => {
                    synonyms.extend(place.synonym().map(|same| (key.clone(), same)));
                    self.is_ordinary_entry = mapping.property(key).is_none() && !secret::is_secret_name(key);
                    if let Some(value) = self.value(place, &entry.node) {
                        dict.insert(key.clone(), value);
                    }
                }
                None => {
                    // A mistyped key is not reported as missing too.
                    missing.retain(|name| nearest(key, &[name]).is_none());
                    self.out.faults.push_with(|| unknown_key(&self.path, mapping, key));
                }
            }
            self.path.pop();
        }
        for (key, same) in synonyms {
            self.rename(&mut dict, &key, same);
        }
        for key in missing {
            self.out.faults.push_with(|| missing_key(&self.path, mapping, key));
        }
        dict
    }

    /// Returns whether a field of a service is ignored, and remembers fields that only Python uses.
    fn skips(&mut self, service: &str, key: &str, node: &Node) -> bool {
        let is_ignored = python_compat::is_ignored(service, key, &node.value, self.sources.inputs());
        if is_ignored {
            self.out.ignored.insert(format!("{service}.{key}"));
        }
        is_ignored || python_compat::is_default(service, key, &node.value)
    }

    /// Renames a synonym to the key that the types have.
    fn rename(&mut self, dict: &mut Dict, key: &str, same: &str) {
        let Some(value) = dict.remove(key) else { return };
        if dict.contains_key(same) {
            let message = format!("`{key}` and `{same}` are two words for the same key");
            let location = Location::Key(self.key_path().child(key));
            self.out.faults.push(Fault::new(location, message).help("keep one of them".to_owned()));
            return;
        }
        dict.insert(same.to_owned(), value);
    }

    /// Checks the jobs of a config, and passes on each one that fits, so that at most one is in memory.
    pub(super) fn jobs(&mut self, jobs: &Map, pass_on: &mut dyn FnMut(JobPath, Data, &mut Validated)) {
        for (key, Entry { node, .. }) in jobs.iter() {
            let Some(place) = self.sources.top.property(key) else { continue };
            self.path.push(key.clone());
            if let Some(Value::List(items)) = self.filled(Some(place), node).map(|node| node.value.clone())
                && place.accepts("array")
            {
                self.elements(place, &items, &mut |walk, index, job| {
                    job.into_iter().for_each(|job| pass_on(JobPath::InList(index), job, &mut walk.out));
                });
            } else if let Some(job) = self.value(place, node) {
                pass_on(JobPath::Alone, job, &mut self.out);
            }
            self.path.pop();
        }
    }

    fn list(&mut self, place: SchemaNode<'_>, items: &[Node]) -> Vec<Data> {
        let mut checked = Vec::with_capacity(items.len());
        // A null takes the place of an element that does not fit, so that later elements keep their indices.
        self.elements(place, items, &mut |_, _, value| checked.push(value.unwrap_or_else(null)));
        checked
    }

    /// Checks the elements of a list. `pass_on` gets each with its index, and `None` for one that does not fit.
    fn elements(
        &mut self,
        place: SchemaNode<'_>,
        items: &[Node],
        pass_on: &mut dyn FnMut(&mut Self, usize, Option<Data>),
    ) {
        if place.limit("minItems").is_some_and(|least| (items.len() as f64) < least) {
            let fault = Fault::new(Location::Value(self.key_path()), format!("`{}` is empty", self.key_path()));
            self.out.faults.push(fault.help("list at least one, or remove the key".to_owned()));
        }
        let element = place.items();
        for (index, item) in items.iter().enumerate() {
            self.path.push(index.to_string());
            let value = match element {
                Some(element) => self.value(element, item),
                None => self.copy(item),
            };
            self.path.pop();
            pass_on(self, index, value);
        }
    }

    fn text(&mut self, place: SchemaNode<'_>, text: &str) -> Option<String> {
        let before = self.out.faults.count();
        // A header value such as `application/json` is not registered as a secret, but an excerpt masks it.
        if place.is_secret() && !self.is_ordinary_entry {
            secret::register(text);
        }
        let mut text = Cow::Borrowed(text);
        if place.is_address() {
            self.address(&mut text);
        }
        let words = place.fixed_words();
        if place.ignores_case()
            && let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(&text))
        {
            text = Cow::Borrowed(word);
        }
        if !words.is_empty() && !words.contains(&&*text) && !self.is_full() {
            self.out.faults.push(unknown_word(self.key_path(), place, &text, self.is_shown(place)));
        }
        if place.limit("minLength").is_some_and(|least| (text.chars().count() as f64) < least) {
            self.fault_here(&format!("`{}` cannot be empty", self.key_path()));
        }
        (self.out.faults.count() == before).then(|| text.into_owned())
    }

    /// Trims an address and checks it.
    fn address(&mut self, text: &mut Cow<'_, str>) {
        secret::register_url(text);
        if text.trim() != &**text {
            *text = Cow::Owned(text.trim().to_owned());
            self.out.trimmed.push(self.key_path());
        }
        if let Err(problem) = address_rules::check(text) {
            self.refuse(problem);
        }
    }

    /// Interpolates a value that the schema does not check.
    fn copy(&mut self, node: &Node) -> Option<Data> {
        Some(match &node.value {
            Value::Null => null(),
            Value::Bool(truth) => (*truth).into(),
            Value::Number(number) => self::number(*number),
            Value::Text(text) => text.clone().into(),
            Value::List(items) => {
                let copied = items.iter().enumerate().map(|(index, item)| self.copy_below(&index.to_string(), item));
                copied.map(|item| item.unwrap_or_else(null)).collect::<Vec<_>>().into()
            }
            Value::Map(map) => {
                let copied = map.iter().map(|(key, entry)| (key, self.copy_below(key, &entry.node)));
                mapping(copied.filter_map(|(key, value)| Some((key.clone(), value?))).collect())
            }
        })
    }

    fn copy_below(&mut self, key: &str, node: &Node) -> Option<Data> {
        self.path.push(key.to_owned());
        let copied = self.filled(None, node).and_then(|node| self.copy(&node));
        self.path.pop();
        copied
    }

    /// Interpolates a text; returns `None` if that fails.
    fn filled<'n>(&mut self, place: Option<SchemaNode<'_>>, node: &'n Node) -> Option<Cow<'n, Node>> {
        let Some(text) = node.as_text().filter(|text| text.contains("${")) else { return Some(Cow::Borrowed(node)) };
        if self.sources.is_literal(node.source, place) {
            return Some(Cow::Borrowed(node));
        }
        // The error of an unset variable searches all variables for a similar name, which is slow.
        if self.is_full() {
            return None;
        }
        match fill_in(self.sources, text, place, node.source) {
            Ok(Filled { value, is_hidden }) => {
                if is_hidden {
                    self.out.hidden.insert(self.key_path());
                }
                Some(Cow::Owned(Node::new(value, node.span, node.source)))
            }
            Err(problem) => {
                self.refuse(problem);
                None
            }
        }
    }

    fn is_null_from_outside(&self, place: SchemaNode<'_>, node: &Node) -> bool {
        self.sources.is_from_outside(node.source) && !place.is_free_text()
    }

    fn misfit(&mut self, place: SchemaNode<'_>, node: &Node) {
        if !self.is_full() {
            let fault = misfit(self.key_path(), place, &node.value, self.is_shown(place) && place.may_repeat(node));
            self.out.faults.push(fault);
        }
    }

    fn refuse(&mut self, problem: Problem) {
        self.out.faults.push(problem.at(Location::Value(self.key_path())));
    }

    fn fault_here(&mut self, message: &str) {
        self.out.faults.push_with(|| Fault::new(Location::Value(KeyPath::from(self.path.clone())), message));
    }

    /// Returns whether further faults are only counted, and counts one more.
    fn is_full(&mut self) -> bool {
        let is_full = self.out.faults.is_full();
        if is_full {
            self.out.faults.push_with(|| Fault::new(Location::Whole, ""));
        }
        is_full
    }

    fn is_shown(&self, place: SchemaNode<'_>) -> bool {
        !place.is_secret() && !self.out.hidden.contains(&self.key_path())
    }

    fn key_path(&self) -> KeyPath {
        KeyPath::from(self.path.clone())
    }
}

/// Returns the name of the service whose block is at a path.
fn service_of(path: &[String]) -> Option<&'static str> {
    let known = |name: &str| SERVICES.iter().find(|(service, block)| name == *service || name == *block);
    let name = match path {
        [services, name] if services == "services" => name,
        [job, name] if job == "job" => name,
        [jobs, _, name] if jobs == "jobs" => name,
        _ => return None,
    };
    known(name).map(|(service, _)| *service)
}

/// Returns a mapping in serde's form `{KIND: {…}}`.
pub(super) fn tagged(kind: String, values: Dict) -> Data {
    let mut tagged = Dict::new();
    tagged.insert(kind, mapping(values));
    mapping(tagged)
}

/// Returns a mapping as it is. `Data::from` would convert and sort its entries again.
const fn mapping(values: Dict) -> Data {
    Data::Dict(Tag::Default, values)
}

fn null() -> Data {
    Data::Empty(Tag::Default, Empty::Unit)
}

fn number(number: Number) -> Data {
    match number {
        Number::Unsigned(number) => number.into(),
        Number::Negative(number) => number.into(),
        Number::Float(number) => number.into(),
    }
}

/// Returns whether a place accepts a number of this size.
fn accepts_number(place: SchemaNode<'_>, number: Number) -> bool {
    let is_whole = !matches!(number, Number::Float(_));
    // The conversion may lose precision, which is enough for the small limits of a schema.
    let amount = match number {
        Number::Unsigned(number) => number as f64,
        Number::Negative(number) => number as f64,
        Number::Float(number) => number,
    };
    (place.accepts("number") || is_whole && place.accepts("integer"))
        && amount.is_finite()
        && place.limit("minimum").is_none_or(|least| amount >= least)
        && place.limit("maximum").is_none_or(|most| amount <= most)
}
