//! Where the values of a job come from.

use std::collections::BTreeMap;

use super::job_spec::{JobSpec, SetValue};
use super::key_path::KeyPath;
use super::node::{Entry, Map, Node, SourceId, Span};
use super::shown_value::show_value;
use super::source_map::{SourceMap, VARIABLE};

/// Describes where the fields of the `mlflow` service of a job come from.
pub(super) fn service_origins(spec: &JobSpec, config: &Node, sources: &SourceMap<'_>) -> BTreeMap<String, String> {
    // What a job says for itself overrides what all jobs share.
    let blocks = [KeyPath::new(&["services", "mlflow"]), spec.path().child("mlflow_service")];
    let fields = blocks.iter().flat_map(|block| {
        let fields = config.get(block.keys()).and_then(Node::as_map).into_iter().flat_map(Map::iter);
        fields.map(|(field, entry)| (field.clone(), describe_origin(&block.child(field), entry, sources)))
    });
    fields.collect()
}

/// Names the source of each field of a block that the config file itself does not set, by the field's address.
pub(super) fn foreign_origins(
    path: &KeyPath,
    block: &Node,
    file: SourceId,
    sources: &SourceMap<'_>,
) -> BTreeMap<String, String> {
    let mut origins = BTreeMap::new();
    for (field, entry) in block.as_map().into_iter().flat_map(Map::iter) {
        let source = entry.node.source;
        if source != file && !entry.node.is_collection() {
            origins.insert(path.child(field).to_string(), name_source(source, entry.key_span, sources));
        }
    }
    origins
}

/// Lists every value of a job and of its services, each with where it comes from. A secret is masked.
pub(super) fn list_values(spec: &JobSpec, config: &Node, sources: &SourceMap<'_>) -> Vec<SetValue> {
    let mut lister = Lister { config, sources, found: Vec::new() };
    for block in [spec.path(), KeyPath::new(&["services"])] {
        if let Some(node) = config.get(block.keys()) {
            lister.walk(&block, node, node.span);
        }
    }
    lister.found
}

struct Lister<'l> {
    config: &'l Node,
    sources: &'l SourceMap<'l>,
    found: Vec<SetValue>,
}

impl Lister<'_> {
    fn walk(&mut self, path: &KeyPath, node: &Node, place: Span) {
        if let Some(map) = node.as_map().filter(|map| !Map::is_empty(map)) {
            map.iter().for_each(|(key, entry)| self.walk(&path.child(key), &entry.node, entry.key_span));
        } else if let Some(items) = node.as_list().filter(|items| !items.is_empty()) {
            items.iter().enumerate().for_each(|(index, item)| self.walk(&path.child(index), item, item.span));
        } else {
            self.found.push(SetValue {
                path: path.to_string(),
                value: show_value(self.sources, path.keys(), node, self.config),
                source: name_source(node.source, place, self.sources),
            });
        }
    }
}

/// Names a source as people call it: a variable, an argument, or a file and a line.
fn name_source(source: SourceId, place: Span, sources: &SourceMap<'_>) -> String {
    let name = sources.name(source);
    match sources.line(source, place) {
        Some(line) => format!("{name}, line {line}"),
        None => name.strip_prefix(VARIABLE).unwrap_or(name).to_owned(),
    }
}

fn describe_origin(path: &KeyPath, entry: &Entry, sources: &SourceMap<'_>) -> String {
    let source = entry.node.source;
    if let Some(variable) = sources.variable(source) {
        return format!("the variable {variable}");
    }
    match sources.line(source, entry.key_span) {
        Some(line) => format!("`{path}` in {}, line {line}", sources.name(source)),
        None => format!("`{path}` in {}", sources.name(source)),
    }
}
