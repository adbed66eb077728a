//! Deserializes the values of a config, and collects everything that the types refuse as faults.

use std::collections::{BTreeMap, BTreeSet};

use figment::error::Kind;
use figment::value::Value;
use serde::Deserialize;

use super::diagnostic::{Fault, Faults, Location, MOST_SHOWN};
use super::key_path::KeyPath;
use super::messages::describe_actual;
use super::schema_node::SchemaNode;
use crate::secret::{REDACTED, redact_userinfo};
use crate::text::truncate;

/// The length at which the error of a type is truncated, in characters.
const LONGEST: usize = 300;

/// Deserializes a tree. A refused value becomes a fault and is removed, then the tree is deserialized again, so that
/// one run finds all faults.
///
/// `path_of` maps a path of the tree to one of the config. `is_hidden` returns whether a value must not be shown.
pub(super) fn decode<T: for<'de> Deserialize<'de>>(
    tree: &mut Value,
    path_of: impl Fn(&[String]) -> KeyPath,
    is_hidden: impl Fn(&KeyPath) -> bool,
    faults: &mut Faults,
) -> Option<T> {
    let mut is_first = faults.count() == 0;
    let mut removed = Removed::default();
    loop {
        let error = match T::deserialize(&*tree) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let at = removed.original_path(&error.path);
        let path = path_of(&at);
        // A missing key may have been removed before, and a value may be incomplete because a part of it was removed.
        // Neither is a mistake of its own.
        let is_gone = error.missing() && !is_first || removed.has_below(&at);
        is_first = false;
        // Each attempt deserializes the whole tree, so their number is limited.
        if removed.paths.len() >= MOST_SHOWN {
            faults.push(Fault::new(Location::Value(path), "there may be more errors here, which are not looked for"));
            return None;
        }
        // A value that has a fault, or contains one, is not reported again.
        if !is_gone && !faults.is_within(&path) {
            let message = message(&error.kind, get(tree, &error.path), is_hidden(&path));
            faults.push(Fault::new(Location::Value(path), message));
        }
        let end = (1..=error.path.len()).rev().find(|end| remove(tree, &error.path[..*end]))?;
        removed.add(&at[..end]);
    }
}

/// The values that were removed from a tree, by their original paths.
#[derive(Default)]
struct Removed {
    paths: Vec<Vec<String>>,
    /// The indices that were removed below each path. They shift the indices of the remaining elements of a list.
    places: BTreeMap<Vec<String>, BTreeSet<usize>>,
}

impl Removed {
    fn add(&mut self, path: &[String]) {
        if let Some((last, parents)) = path.split_last()
            && let Ok(place) = last.parse()
        {
            self.places.entry(parents.to_vec()).or_default().insert(place);
        }
        self.paths.push(path.to_vec());
    }

    fn has_below(&self, path: &[String]) -> bool {
        self.paths.iter().any(|below| below.starts_with(path))
    }

    /// Returns the path of a value in the original tree.
    fn original_path(&self, path: &[String]) -> Vec<String> {
        let mut first = Vec::with_capacity(path.len());
        for key in path {
            let removed = self.places.get(&first);
            let place = removed.zip(key.parse::<usize>().ok()).map(|(removed, place)| {
                removed.iter().fold(place, |place, index| if *index <= place { place + 1 } else { place })
            });
            first.push(place.map_or_else(|| key.clone(), |place| place.to_string()));
        }
        first
    }
}

fn message(kind: &Kind, value: Option<&Value>, is_hidden: bool) -> String {
    match kind {
        Kind::Message(text) => format_type_error(text, value.and_then(Value::as_str), is_hidden),
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("expected {}, found {}", type_name(expected), describe_actual(actual, !is_hidden))
        }
        Kind::MissingField(name) => format!("`{name}` is missing"),
        _ if is_hidden => "the value that comes in here is not accepted".to_owned(),
        other => format_type_error(&other.to_string(), None, false),
    }
}

/// Formats the error of a type, without a value that must not be shown.
fn format_type_error(text: &str, value: Option<&str>, is_hidden: bool) -> String {
    let mut text = redact_userinfo(text);
    if let (true, Some(value)) = (is_hidden, value) {
        text = text.replace(&format!("{value:?}"), &format!("\"{REDACTED}\""));
        if value.len() > 2 && text.contains(value) {
            return "the value that comes in here is not accepted".to_owned();
        }
    }
    truncate(&text, LONGEST).into_owned()
}

fn type_name(expected: &str) -> &str {
    match expected {
        "a string" | "string" | "path string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "a mapping",
        other if other.starts_with("struct ") => "a mapping",
        other => other,
    }
}

/// Returns the value at a path.
pub(super) fn get<'v>(tree: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(tree, |here, key| match here {
        Value::Dict(_, dict) => dict.get(key),
        Value::Array(_, items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

fn get_mut<'v>(tree: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(tree, |here, key| match here {
        Value::Dict(_, dict) => dict.get_mut(key),
        Value::Array(_, items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Removes a key, so that its default applies, or an element of a list, so that later elements move up.
fn remove(tree: &mut Value, path: &[String]) -> bool {
    let Some((key, parents)) = path.split_last() else { return false };
    match get_mut(tree, parents) {
        Some(Value::Dict(_, dict)) => dict.remove(key).is_some(),
        Some(Value::Array(_, items)) => match key.parse::<usize>().ok().filter(|place| *place < items.len()) {
            Some(place) => {
                items.remove(place);
                true
            }
            None => false,
        },
        _ => false,
    }
}

/// Converts a path in serde's form `{KIND: {…}}` to a path of the config, which has no step for a `KIND`.
pub(super) fn config_path(path: &[String], place: SchemaNode<'_>) -> Vec<String> {
    let mut here = Some(place);
    let mut is_kind_known = false;
    let mut config_path = Vec::new();
    for key in path {
        // An unknown `KIND` is a step of serde's path too.
        if !is_kind_known && here.is_some_and(|place| !place.kinds().is_empty()) {
            here = here.and_then(|place| place.of_kind(key));
            is_kind_known = true;
            continue;
        }
        config_path.push(key.clone());
        here = here.and_then(|place| place.at(std::slice::from_ref(key), None));
        is_kind_known = false;
    }
    config_path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::Job;

    fn messages(yaml: &str, hidden: &[&str]) -> Vec<String> {
        let mut tree = Value::serialize(serde_yaml::from_str::<serde_yaml::Value>(yaml).unwrap()).unwrap();
        let hidden = BTreeSet::from([KeyPath::new(hidden)]);
        let mut faults = Faults::default();
        let job = decode::<Job>(
            &mut tree,
            |path| KeyPath::from(path.get(1..).unwrap_or_default().to_vec()),
            |path| hidden.contains(path),
            &mut faults,
        );
        let faults = faults.into_shown(|_| true);
        assert!(job.is_some() == faults.iter().all(|fault| fault.location != Location::Value(KeyPath::new(&["name"]))));
        let say = |fault: Fault| format!("{}: {}", fault.location.path().unwrap(), fault.message);
        faults.into_iter().map(say).collect()
    }

    #[test]
    fn config_paths_omit_the_kind() {
        let schema = super::super::schema();
        let job = SchemaNode::top(&schema).at(&["job".to_owned()], None).unwrap();
        let config_path = |path: [&str; 3]| config_path(&path.map(str::to_owned), job);
        assert_eq!(config_path(["RegistrationJob", "tags", "KIND"]), ["tags", "KIND"]);
        assert_eq!(config_path(["Unknown", "tags", "KIND"]), ["tags", "KIND"]);
    }

    #[test]
    fn everything_the_types_refuse_is_reported_at_once() {
        let errors = messages("PromotionJob: {name: ' ', alias: v3, version: 2.5, expect: [1]}", &[]);
        assert_eq!(errors.len(), 4, "{errors:#?}");
        assert!(
            errors[1].starts_with("expect: expected a version: a whole number from 1, or `none`, found a list"),
            "{errors:#?}"
        );
    }

    #[test]
    fn every_refused_element_of_a_list_is_reported_at_its_index() {
        let gate = |more: &str| format!("{{TagGate: {{key: a, equals: x{more}}}}}");
        let (good, bad) = (gate(""), gate(", one_of: [x]"));
        let gates = [&bad, &good, &bad, &bad, &good, &bad].map(String::as_str).join(", ");
        let errors = messages(&format!("PromotionJob: {{name: m, gates: [{gates}]}}"), &[]);
        let paths: Vec<&str> = errors.iter().filter_map(|error| error.split_once(": ")).map(|(path, _)| path).collect();
        let expected = [0, 2, 3, 5].map(|place| format!("gates[{place}].TagGate"));
        assert_eq!(paths, expected, "{errors:#?}");
    }

    #[test]
    fn an_external_value_is_not_repeated() {
        for value in ["hunt/er2", "a/b/c", "v12345"] {
            for key in ["alias", "version", "expect"] {
                let errors = messages(&format!("PromotionJob: {{name: m, {key}: '{value}'}}"), &[key]);
                let errors = errors.first().unwrap_or_else(|| panic!("{key}: {value}")).clone();
                assert!(!errors.contains(value), "{errors}");
            }
        }
    }
}
