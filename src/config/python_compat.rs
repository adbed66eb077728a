//! What the Python template's configs hold and only Python can use: accepted, ignored, and named in a warning.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::interpolate::expand;
use super::node::Value;

const LOGGER: [&str; 3] = ["backtrace", "catch", "diagnose"];
const AUTOLOG: &str = "autolog_";

/// Describes the ignored fields in the definitions of the schema, as deprecated ones.
pub(super) fn describe(definitions: &mut Json) {
    let ignored = |types: Json| json!({ "description": "Means something to Python only; ignored.", "type": types, "deprecated": true });
    for key in LOGGER {
        definitions["LoggerConfig"]["properties"][key] = ignored(json!("boolean"));
    }
    let loguru =
        json!({ "description": "A loguru format; ignored.", "type": "string", "pattern": r"\{", "deprecated": true });
    let format = &mut definitions["LoggerConfig"]["properties"]["format"];
    if let Some(known) = format.as_object_mut().and_then(|format| format.remove("$ref")) {
        format["anyOf"] = json!([{ "$ref": known }, loguru]);
    }
    let timeout = &mut definitions["AlertsConfig"]["properties"]["timeout"];
    timeout["type"] = json!(["integer", "null"]);
    let mlflow = &mut definitions["MlflowConfig"];
    mlflow["properties"]["experiment_name"] = ignored(json!(["string", "null"]));
    mlflow["patternProperties"] = json!({ format!("^{AUTOLOG}"): ignored(json!(["boolean", "null"])) });
}

/// Returns whether only Python uses a field of a service's block.
pub(super) fn is_ignored(service: &str, key: &str, value: &Value, env: &BTreeMap<String, String>) -> bool {
    match service {
        "logger" => LOGGER.contains(&key) || key == "format" && is_loguru(value, env),
        "mlflow" => key == "experiment_name" || key.starts_with(AUTOLOG),
        _ => false,
    }
}

/// Returns whether a field has the value that stands for its default: the template writes "no time-out of my own" as
/// null.
pub(super) fn is_default(service: &str, key: &str, value: &Value) -> bool {
    service == "alerts" && key == "timeout" && *value == Value::Null
}

/// Returns the warning for a file that has ignored fields.
pub(super) fn warning(config: &str, ignored: &BTreeSet<String>) -> Option<String> {
    let names: Vec<String> = ignored.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("{config}: only Python uses {}: ignored", names.join(", ")))
}

fn is_loguru(format: &Value, env: &BTreeMap<String, String>) -> bool {
    let Value::Text(text) = format else { return false };
    expand(text, env, false).is_ok_and(|expanded| expanded.text.contains('{'))
}
