//! What the Python template's configs hold and only Python can use: accepted, ignored, and named in a warning.

use std::collections::BTreeSet;

use figment::value::{Dict, Value};
use serde_json::{Value as Json, json};

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

/// Removes the ignored fields from a service's block, and names each as `logger.catch`.
pub(super) fn strip(service: &str, block: &mut Dict, ignored: &mut BTreeSet<String>) {
    block.retain(|key, value| {
        let python = match service {
            "logger" => LOGGER.contains(&key.as_str()) || (key == "format" && is_loguru(value)),
            "mlflow" => key == "experiment_name" || key.starts_with(AUTOLOG),
            _ => false,
        };
        if python {
            ignored.insert(format!("{service}.{key}"));
        }
        // The template writes "no time-out of my own" as null.
        let default_timeout = service == "alerts" && key == "timeout" && matches!(value, Value::Empty(..));
        !python && !default_timeout
    });
}

/// Says once for a file which of its fields are ignored.
pub(super) fn warning(config: &str, ignored: &BTreeSet<String>) -> Option<String> {
    let names: Vec<String> = ignored.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("{config}: only Python uses {}: ignored", names.join(", ")))
}

fn is_loguru(format: &Value) -> bool {
    format.as_str().is_some_and(|format| format.contains('{'))
}
