//! Sources merged in order, so that every value remembers the one it came from.

use std::cell::Cell;

use figment::value::{Dict, Map, Tag, Value};
use figment::{Error, Figment, Metadata, Profile, Provider, Source};

/// One source of values.
#[derive(Clone)]
pub(super) struct Layer {
    pub(super) name: String,
    pub(super) values: Dict,
    pub(super) origin: Origin,
}

/// What the values of a layer come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The text of a file, or of standard input.
    Given,
    /// An argument, or the variable of a job.
    Argument,
    /// A variable that configures services: whoever applies a plan has it too, so it is no part of one.
    Variable,
    /// One of MLflow's own variables: the same, and its value stands for itself: `${` means nothing in it.
    Mlflow,
}

impl Origin {
    /// Returns the word that marks a source.
    const fn mark(self) -> Option<&'static str> {
        match self {
            Self::Given => None,
            Self::Argument => Some("argument"),
            Self::Variable => Some("variable"),
            Self::Mlflow => Some("mlflow"),
        }
    }
}

/// A layer that hands its values over when it is asked for them, which figment does once: those of ten thousand jobs
/// are better not copied.
struct Given {
    metadata: Metadata,
    values: Cell<Dict>,
}

impl From<Layer> for Given {
    fn from(layer: Layer) -> Self {
        let named = Metadata::named(layer.name);
        let metadata = match layer.origin.mark() {
            Some(mark) => named.source(Source::Custom(mark.to_owned())),
            None => named,
        };
        Self { metadata, values: Cell::new(layer.values) }
    }
}

impl Provider for Given {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.take()))
    }
}

/// The sources merged so far: maps merge, everything else replaces.
#[derive(Default)]
pub(super) struct Layers(Figment);

impl Layers {
    pub(super) fn merge(&mut self, layer: Layer) {
        self.0 = std::mem::take(&mut self.0).merge(Given::from(layer));
    }

    /// Returns the merged values.
    pub(super) fn tree(&self) -> Value {
        let profiles = self.0.data().unwrap_or_default();
        Value::from(profiles.into_values().next().unwrap_or_default())
    }

    /// Returns the name of the source that a value came from.
    pub(super) fn source(&self, tag: Tag) -> Option<&str> {
        self.0.get_metadata(tag).map(|metadata| metadata.name.as_ref())
    }

    /// Returns whether the texts of a source stand for themselves.
    pub(super) fn is_literal(&self, tag: Tag) -> bool {
        self.mark(tag) == Origin::Mlflow.mark()
    }

    /// Returns whether a value came from the command line or a variable, and not from a file.
    pub(super) fn is_from_outside(&self, tag: Tag) -> bool {
        self.mark(tag).is_some()
    }

    /// Returns the name of the variable of services that a value came from.
    pub(super) fn variable(&self, tag: Tag) -> Option<&str> {
        self.mark(tag).filter(|mark| Some(*mark) != Origin::Argument.mark())?;
        self.source(tag)?.split(' ').next_back()
    }

    fn mark(&self, tag: Tag) -> Option<&str> {
        self.0.get_metadata(tag)?.source.as_ref()?.custom()
    }
}

/// Merges a block over another; values keep their sources.
pub(super) fn overlay(under: Dict, over: Dict) -> Dict {
    let layer = |values| Layer { name: String::new(), values, origin: Origin::Given };
    let mut layers = Layers::default();
    layers.merge(layer(under));
    layers.merge(layer(over));
    match layers.tree() {
        Value::Dict(_, dict) => dict,
        _ => Dict::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<bool>().prop_map(Value::from), "[a-c]{0,2}".prop_map(Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::btree_map("[a-c]", inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(inner, 0..3).prop_map(Value::from),
            ]
        })
    }

    fn dicts() -> impl Strategy<Value = Dict> {
        prop::collection::btree_map("[a-c]", values(), 0..4)
    }

    /// What merging means, written down a second time.
    fn expected(under: &Value, over: &Value) -> Value {
        match (under, over) {
            (Value::Dict(_, under), Value::Dict(_, over)) => {
                let keys = under.keys().chain(over.keys()).cloned();
                let merged = keys.map(|key| match (under.get(&key), over.get(&key)) {
                    (Some(a), Some(b)) => (key, expected(a, b)),
                    (a, b) => (key, b.or(a).unwrap().clone()),
                });
                Value::from(merged.collect::<BTreeMap<_, _>>())
            }
            _ => over.clone(),
        }
    }

    fn leaves<'v>(value: &'v Value, path: &str, found: &mut Vec<(String, &'v Value)>) {
        match value {
            Value::Dict(_, dict) => dict.iter().for_each(|(key, v)| leaves(v, &format!("{path}.{key}"), found)),
            leaf => found.push((path.to_owned(), leaf)),
        }
    }

    proptest! {
        #[test]
        fn maps_merge_and_everything_else_replaces(layers in prop::collection::vec(dicts(), 1..5)) {
            let mut merged = Layers::default();
            let mut told = Value::from(Dict::new());
            for (place, values) in layers.into_iter().enumerate() {
                told = expected(&told, &Value::from(values.clone()));
                merged.merge(Layer { name: place.to_string(), values, origin: Origin::Given });
            }
            prop_assert_eq!(merged.tree(), told);
        }

        #[test]
        fn every_leaf_names_the_last_source_that_holds_it(layers in prop::collection::vec(dicts(), 1..5)) {
            let mut merged = Layers::default();
            for (place, values) in layers.iter().enumerate() {
                merged.merge(Layer { name: place.to_string(), values: values.clone(), origin: if place == 0 { Origin::Mlflow } else { Origin::Given } });
            }
            let tree = merged.tree();
            let mut found = Vec::new();
            leaves(&tree, "", &mut found);
            for (path, leaf) in found {
                let keys: Vec<String> = path.split('.').skip(1).map(str::to_owned).collect();
                let holds = |values: &Dict| super::super::tree::get(&Value::from(values.clone()), &keys).is_some();
                let last = layers.iter().rposition(holds).unwrap();
                let name = last.to_string();
                prop_assert_eq!(merged.source(leaf.tag()), Some(name.as_str()));
                prop_assert_eq!(merged.is_literal(leaf.tag()), last == 0);
            }
        }
    }
}
