//! Sources merged in order: mappings merge, everything else replaces.
//!
//! figment does the merging. It gets only the shape of each layer, in which a mark stands for each list or single
//! value. The metadata of a mark names its layer, and the node is then taken from that layer.

use std::collections::BTreeMap;
use std::rc::Rc;

use figment::value::{Dict, Map as Profiles, Value as Shape};
use figment::{Error, Figment, Metadata, Profile, Provider, Source};

use super::node::{Entry, Map, Node, SourceId, Value};

/// The shape of one layer, with its index.
struct Layer {
    place: usize,
    shape: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named("layer").source(Source::Custom(self.place.to_string()))
    }

    fn data(&self) -> Result<Profiles<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.shape.clone()))
    }
}

/// Merges layers. Later layers win.
///
/// A mapping that several layers have gets the source and span of `file`, if `file` has it, otherwise of the last layer
/// that has it.
pub(super) fn merge(layers: &[Node], file: SourceId) -> Node {
    if let [only] = layers {
        return only.clone();
    }
    let mut figment = Figment::new();
    for (place, layer) in layers.iter().enumerate() {
        let shape = layer.as_map().map(shape).unwrap_or_default();
        figment = figment.merge(Layer { place, shape });
    }
    // Extracting plain marks cannot fail.
    let shape = figment.data().unwrap_or_default().into_values().next().unwrap_or_default();
    let layers: Vec<Option<&Node>> = layers.iter().map(Some).collect();
    Merged { figment: &figment, file }.mapping(&shape, &layers)
}

/// Returns the shape of a mapping.
fn shape(map: &Map) -> Dict {
    let mark = |node: &Node| node.as_map().map_or_else(|| Shape::from(true), |map| shape(map).into());
    map.iter().map(|(key, entry)| (key.clone(), mark(&entry.node))).collect()
}

struct Merged<'f> {
    figment: &'f Figment,
    file: SourceId,
}

impl Merged<'_> {
    /// Replaces the marks of a merged shape by their nodes. `layers` has the node of each layer at this path.
    fn mapping(&self, shape: &Dict, layers: &[Option<&Node>]) -> Node {
        let mut map = BTreeMap::new();
        for (key, shape) in shape {
            let entries = || layers.iter().map(|layer| layer.and_then(Node::as_map).and_then(|map| map.get(key)));
            let entry = match shape {
                // A single value in a higher layer hides the mappings below it.
                Shape::Dict(_, shape) => {
                    let is_map = |entry: &&Entry| entry.node.as_map().is_some();
                    let hidden = entries().rposition(|entry| entry.is_some_and(|entry| !is_map(&entry)));
                    let visible = entries().enumerate().map(|(place, entry)| {
                        entry.filter(|_| hidden.is_none_or(|hidden| place > hidden)).map(|entry| &entry.node)
                    });
                    let node = self.mapping(shape, &visible.collect::<Vec<_>>());
                    let of_source = |entry: &&Entry| entry.node.source == node.source && is_map(entry);
                    let key_span = entries().flatten().rfind(of_source).map(|entry| entry.key_span);
                    Some(Entry { key_span: key_span.unwrap_or_default(), node })
                }
                mark => self.layer(mark).and_then(|place| entries().nth(place)?).cloned(),
            };
            map.extend(entry.map(|entry| (key.clone(), entry)));
        }
        let mappings = || layers.iter().flatten().filter(|node| node.as_map().is_some());
        let main = mappings().find(|node| node.source == self.file).or_else(|| mappings().next_back());
        let (span, source) = main.map_or((Default::default(), self.file), |node| (node.span, node.source));
        Node::new(Value::Map(Rc::new(map.into())), span, source)
    }

    /// Returns the index of the layer that a mark comes from.
    fn layer(&self, mark: &Shape) -> Option<usize> {
        self.figment.get_metadata(mark.tag())?.source.as_ref()?.custom()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(value: Value) -> Node {
        Node::new(value, Default::default(), SourceId::default())
    }

    fn values() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![any::<bool>().prop_map(Value::Bool), "[a-c]{0,2}".prop_map(Value::Text)];
        leaf.prop_map(node).prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::btree_map("[a-c]", inner.clone(), 0..4).prop_map(mapping),
                prop::collection::vec(inner, 0..3).prop_map(|items| node(Value::List(Rc::new(items)))),
            ]
        })
    }

    fn mapping(entries: std::collections::BTreeMap<String, Node>) -> Node {
        let entry = |node| Entry { key_span: Default::default(), node };
        node(Value::Map(Rc::new(entries.into_iter().map(|(key, node)| (key, entry(node))).collect())))
    }

    fn layers() -> impl Strategy<Value = Vec<Node>> {
        let layer = prop::collection::btree_map("[a-c]", values(), 0..4).prop_map(mapping);
        prop::collection::vec(layer, 1..5).prop_map(|layers| {
            layers.iter().enumerate().map(|(place, layer)| with_source(layer, SourceId(place))).collect()
        })
    }

    /// Sets the source of a node and of everything below it.
    fn with_source(node: &Node, source: SourceId) -> Node {
        let value = match &node.value {
            Value::List(items) => Value::List(Rc::new(items.iter().map(|item| with_source(item, source)).collect())),
            Value::Map(map) => {
                let below = |entry: &Entry| Entry { node: with_source(&entry.node, source), ..entry.clone() };
                Value::Map(Rc::new(map.iter().map(|(key, entry)| (key.clone(), below(entry))).collect()))
            }
            other => other.clone(),
        };
        Node { value, source, ..node.clone() }
    }

    /// A second, direct implementation of merging.
    fn expected(under: &Node, over: &Node) -> Node {
        match (under.as_map(), over.as_map()) {
            (Some(under), Some(over)) => {
                let keys = under.keys().chain(over.keys()).cloned();
                let merged = keys.map(|key| match (under.get(&key), over.get(&key)) {
                    (Some(a), Some(b)) => (key, expected(&a.node, &b.node)),
                    (a, b) => (key, b.or(a).unwrap().node.clone()),
                });
                mapping(merged.collect())
            }
            _ => over.clone(),
        }
    }

    fn assert_same_leaves(one: &Node, other: &Node) {
        match (one.as_map(), other.as_map()) {
            (Some(one), Some(other)) => {
                assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
                one.iter().for_each(|(key, entry)| assert_same_leaves(&entry.node, &other.get(key).unwrap().node));
            }
            _ => assert!(one == other, "{one:?}, {other:?}"),
        }
    }

    proptest! {
        #[test]
        fn mappings_merge_and_the_last_source_wins_for_other_values(layers in layers()) {
            let mut wanted = mapping(Default::default());
            for layer in &layers {
                wanted = expected(&wanted, layer);
            }
            assert_same_leaves(&merge(&layers, SourceId(0)), &wanted);
        }

        #[test]
        fn a_merged_mapping_keeps_the_source_of_the_config_file(layers in layers()) {
            let merged = merge(&layers, SourceId(0));
            for (key, entry) in layers[0].as_map().unwrap().iter() {
                let is_map_everywhere = layers.iter().all(|layer| layer.child(key).is_none_or(|node| node.as_map().is_some()));
                if entry.node.as_map().is_some() && is_map_everywhere {
                    prop_assert_eq!(merged.child(key).unwrap().source, SourceId(0));
                }
            }
        }
    }
}
