//! Where the fields of a service come from, for people who look for what is wrong with it.

use std::collections::BTreeMap;

use figment::value::{Dict, Value};

use super::layers::Layers;
use super::locate::Library;
use super::tree::{self, KeyPath};

/// Where the fields of a job's `mlflow` service come from, as it may be shown; a field that has its default is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, String>);

impl Origins {
    /// Returns where a field comes from.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }
}

/// Finds them for each job of a config.
pub(super) fn origins(layers: &Layers, config: &Dict, library: &mut Library<'_>) -> Vec<Origins> {
    let config = Value::from(config.clone());
    let jobs = match tree::get(&config, &["jobs".to_owned()]) {
        Some(Value::Array(_, jobs)) => (0..jobs.len()).map(|index| KeyPath::new(&["jobs"]).child(index)).collect(),
        _ => vec![KeyPath::new(&["job"])],
    };
    let mut find = |job: KeyPath| {
        let mut found = BTreeMap::new();
        // What a job says for itself is written over what all jobs share.
        for block in [KeyPath::new(&["services", "mlflow"]), job.child("mlflow_service")] {
            let Some(Value::Dict(_, fields)) = tree::get(&config, block.keys()) else { continue };
            for (field, value) in fields {
                let at = block.child(field);
                if let Some(source) = layers.source(value.tag()) {
                    found.insert(field.clone(), told(layers, library, &at, source, value));
                }
            }
        }
        Origins(found)
    };
    jobs.into_iter().map(&mut find).collect()
}

fn told(layers: &Layers, library: &mut Library<'_>, at: &KeyPath, source: &str, value: &Value) -> String {
    if let Some(variable) = layers.variable(value.tag()) {
        return format!("the variable {variable}");
    }
    match library.line_of(source, at) {
        Some(line) => format!("`{at}` in {source}, line {line}"),
        None => format!("`{at}` in {source}"),
    }
}
