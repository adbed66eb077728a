//! Sources merged in order: mappings merge, everything else replaces.
//!
//! figment does it. It gets the shape of each layer only, in which one mark stands for a list or a single value, and
//! says by the metadata of each mark which layer it is from; the nodes themselves are then taken from there.

use std::rc::Rc;

use figment::value::{Dict, Map as Profiles, Value as Shape};
use figment::{Error, Figment, Metadata, Profile, Provider, Source};

use super::node::{Entry, Map, Node, SourceId, Value};

/// The shape of one layer, with its place among the others.
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

/// Merges layers, of which the last one has the last word.
///
/// A mapping that several layers have counts as one of `file`, where that has it, or else as one of the last.
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
    /// Fills a merged shape with the nodes that it stands for; `layers` has what each layer holds there.
    fn mapping(&self, shape: &Dict, layers: &[Option<&Node>]) -> Node {
        let mut map = Map::new();
        for (key, shape) in shape {
            let entries = || layers.iter().map(|layer| layer.and_then(Node::as_map).and_then(|map| map.get(key)));
            let entry = match shape {
                // What a single value of a higher layer hides is no part of the mapping.
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
        let here = || layers.iter().flatten().filter(|node| node.as_map().is_some());
        let kept = here().find(|node| node.source == self.file).or_else(|| here().next_back());
        let (span, source) = kept.map_or((Default::default(), self.file), |node| (node.span, node.source));
        Node::new(Value::Map(Rc::new(map)), span, source)
    }

    /// Returns the place of the layer that a mark is from.
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

    /// Gives a node and all below it a source.
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

    /// What merging means, written down a second time.
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
                one.iter().for_each(|(key, entry)| assert_same_leaves(&entry.node, &other[key].node));
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
            for (key, entry) in layers[0].as_map().unwrap() {
                let is_map_everywhere = layers.iter().all(|layer| layer.child(key).is_none_or(|node| node.as_map().is_some()));
                if entry.node.as_map().is_some() && is_map_everywhere {
                    prop_assert_eq!(merged.child(key).unwrap().source, SourceId(0));
                }
            }
        }
    }
}
