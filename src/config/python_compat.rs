//! Fields of the Python template's configs that only Python can use. They are accepted, ignored, and named in a
//! warning.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::interpolate::{Inputs, expand};
use super::node::Value;

const LOGGER: [&str; 3] = ["backtrace", "catch", "diagnose"];
const AUTOLOG: &str = "autolog_";

/// The jobs that only the template's own program can run, each with the config that the template has for it.
const JOBS: [(&str, &str); 5] = [
    ("TrainingJob", "training"),
    ("TuningJob", "tuning"),
    ("InferenceJob", "inference"),
    ("EvaluationsJob", "evaluations"),
    ("ExplanationsJob", "explanations"),
];

/// Returns how a job of the template is run here; `None` for any other `KIND`.
pub(super) fn how_to_run(kind: &str) -> Option<String> {
    let (_, config) = JOBS.into_iter().find(|(known, _)| *known == kind)?;
    Some(format!(
        "leave it in a config of the template, and run the template's own program here: `{{KIND: CommandJob, id: {config}, \
         command: [python, -m, bikes, confs/{config}.yaml]}}`, where `bikes` is your package"
    ))
}

/// Adds the ignored fields to the definitions of the schema, as deprecated.
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

/// Returns whether a field of a service is one that only Python uses.
pub(super) fn is_ignored(service: &str, key: &str, value: &Value, inputs: Inputs<'_>) -> bool {
    match service {
        "logger" => LOGGER.contains(&key) || key == "format" && is_loguru(value, inputs),
        "mlflow" => key == "experiment_name" || key.starts_with(AUTOLOG),
        _ => false,
    }
}

/// Returns whether a field has the value that means its default: the template writes `timeout: null` for the default.
pub(super) fn is_default(service: &str, key: &str, value: &Value) -> bool {
    service == "alerts" && key == "timeout" && *value == Value::Null
}

/// Returns the warning for a file that has ignored fields.
pub(super) fn warning(config: &str, ignored: &BTreeSet<String>) -> Option<String> {
    let names: Vec<String> = ignored.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("{config}: only Python uses {}: ignored", names.join(", ")))
}

fn is_loguru(format: &Value, inputs: Inputs<'_>) -> bool {
    let Value::Text(text) = format else { return false };
    expand(text, inputs, false).is_ok_and(|expanded| expanded.text.contains('{'))
}
