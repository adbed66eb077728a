//! Describes where the fields of a service come from, for `--doctor`.

use std::collections::BTreeMap;

use super::key_path::KeyPath;
use super::node::{Entry, Node};
use super::source_map::SourceMap;

/// Describes where the fields of the `mlflow` service of each job come from.
pub(super) fn provenance(config: &Node, sources: &SourceMap<'_>) -> Vec<BTreeMap<String, String>> {
    let jobs = match config.child("jobs").and_then(Node::as_list) {
        Some(jobs) => (0..jobs.len()).map(|index| KeyPath::new(&["jobs"]).child(index)).collect(),
        None => vec![KeyPath::new(&["job"])],
    };
    let find = |job: KeyPath| {
        // The services of a job override those of the config.
        let blocks = [KeyPath::new(&["services", "mlflow"]), job.child("mlflow_service")];
        let fields = blocks.iter().flat_map(|block| {
            let fields = config.get(block.keys()).and_then(Node::as_map).into_iter().flatten();
            fields.map(|(field, entry)| (field.clone(), describe(&block.child(field), entry, sources)))
        });
        fields.collect()
    };
    jobs.into_iter().map(find).collect()
}

fn describe(path: &KeyPath, entry: &Entry, sources: &SourceMap<'_>) -> String {
    let source = entry.node.source;
    if let Some(variable) = sources.variable(source) {
        return format!("the variable {variable}");
    }
    match sources.line(source, entry.key_span) {
        Some(line) => format!("`{path}` in {}, line {line}", sources.name(source)),
        None => format!("`{path}` in {}", sources.name(source)),
    }
}
