//! The JSON Schema that every config is checked against, and from which the published schema is made.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value as Json, json};

use super::python_compat;
use crate::jobs::Job;
use crate::notify::Event;
use crate::secret::KIND_OF_TEXT;
use crate::services::ServicesConfig;

/// The schema keyword for fixed words that are accepted in any case.
pub(super) const IGNORES_CASE: &str = "x-ignore-case";
/// The schema keyword for a key that is a synonym of another key.
pub(super) const SYNONYM: &str = "x-same-as";

/// A config of `runner`: one job or a list of jobs, and the services they use.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used; configs are checked as trees")]
struct Config {
    /// The schema an editor checks this file with; it means nothing else.
    #[serde(rename = "$schema")]
    #[schemars(default)]
    schema: String,
    /// The services that the jobs use.
    #[serde(default)]
    services: ServicesConfig,
    /// The one job of this file.
    job: Job,
    /// The jobs of this file, in the order they run.
    #[schemars(length(min = 1))]
    jobs: Vec<Job>,
}

/// Returns the JSON Schema (draft 2020-12) that every config is checked against after merging and interpolation.
pub fn schema() -> Json {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.values_mut().filter_map(Json::as_object_mut).for_each(|node| {
            node.remove("default");
        });
    }
    schema["title"] = json!("Config of runner");
    schema["additionalProperties"] = json!(false);
    schema["required"] = json!([]);
    schema["oneOf"] = json!([{ "required": ["job"] }, { "required": ["jobs"] }]);
    if let Some(jobs) = schema["$defs"]["Job"]["oneOf"].as_array_mut() {
        jobs.iter_mut().for_each(complete_job);
    }
    schema["$defs"]["Job"]["description"] = json!("A job, chosen by its `KIND`.");
    schema["$defs"][Event::DEFINITION] = Event::schema(Job::done_words());
    python_compat::describe(&mut schema["$defs"]);
    add_synonyms(&mut schema["$defs"]);
    schema
}

/// Adds synonyms of keys and values. YAML 1.1 reads `on` and `off` as booleans, and most programs call the level
/// `WARN`.
fn add_synonyms(definitions: &mut Json) {
    definitions["Level"][IGNORES_CASE] = json!(true);
    let synonyms = [("Level", "WARN", "WARNING"), ("GateMode", "disabled", "off")];
    for (definition, word, same) in synonyms {
        if let Some(words) = definitions[definition]["oneOf"].as_array_mut() {
            let place = words.iter().position(|known| known["const"] == same).map_or(words.len(), |place| place + 1);
            let synonym = json!({ "description": format!("The same as `{same}`."), "type": "string", "const": word });
            words.insert(place, synonym);
        }
    }
    add_events(&mut definitions["AlertsConfig"]);
    definitions["ChannelConfig"]["oneOf"].as_array_mut().into_iter().flatten().for_each(add_events);
    // The values of the tags are free text; the mapping is not.
    for job in definitions["Job"]["oneOf"].as_array_mut().into_iter().flatten() {
        let tags = job["properties"].get_mut("tags").and_then(Json::as_object_mut);
        if let Some(tags) = tags
            && let Some(kind) = tags.remove(KIND_OF_TEXT)
        {
            tags["additionalProperties"][KIND_OF_TEXT] = kind;
        }
    }
}

/// Adds `events` before its synonym `on`.
fn add_events(mapping: &mut Json) {
    let Some(properties) = mapping["properties"].as_object_mut() else { return };
    let before = std::mem::take(properties);
    for (key, mut node) in before {
        if key == "on" {
            let mut events = node.clone();
            events[SYNONYM] = json!(key);
            properties.insert("events".to_owned(), events);
            node["description"] = json!("Another word for `events`, which readers of YAML 1.1 take for `true`.");
        }
        properties.insert(key, node);
    }
}

/// Adds the parts of a job that this module reads itself: the services of the job, and a name that may come from them.
fn complete_job(job: &mut Json) {
    if let Some(required) = job["required"].as_array_mut() {
        required.retain(|key| key != "name");
    }
    job["properties"]["id"] = json!({
        "description": "The name of the job in tables, logs and reports, and in `needs` of later jobs. Default: its place.",
        "type": "string",
    });
    job["properties"]["needs"] = json!({
        "description": "The `id`s of earlier jobs, and the names of processes, without which the job is skipped.",
        "type": "array",
        "items": { "type": "string" },
    });
    let blocks = [("logger_service", "Logger"), ("alerts_service", "Alerts"), ("mlflow_service", "Mlflow")];
    for (key, name) in blocks {
        job["properties"][key] = json!({
            "description": format!("Merged over `services.{}` for this job.", key.trim_end_matches("_service")),
            "$ref": format!("#/$defs/{name}Config"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(node: &Json, found: &mut Vec<Json>) {
        if node["properties"].is_object() {
            found.push(node.clone());
        }
        match node {
            Json::Object(map) => map.values().for_each(|node| objects(node, found)),
            Json::Array(items) => items.iter().for_each(|node| objects(node, found)),
            _ => {}
        }
    }

    #[test]
    fn every_mapping_with_known_keys_refuses_others() {
        let mut found = Vec::new();
        objects(&schema(), &mut found);
        assert!(found.len() >= 6);
        assert!(found.iter().all(|node| node["additionalProperties"] == false), "{found:#?}");
    }

    #[test]
    fn a_job_needs_its_kind_and_not_its_name() {
        let schema = schema();
        let jobs = schema["$defs"]["Job"]["oneOf"].as_array().unwrap();
        for job in jobs {
            let required = job["required"].as_array().unwrap();
            assert!(required.contains(&json!("KIND")) && !required.contains(&json!("name")));
            assert_eq!(job["properties"]["mlflow_service"]["$ref"], "#/$defs/MlflowConfig");
        }
    }
}
