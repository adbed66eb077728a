//! What a marker of a page can ask for.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::{files, root};

/// Sets of kinds: the jobs, gates and channels that a config can name.
const SETS: [&str; 3] = ["Job", "Gate", "ChannelConfig"];
/// What configs hold beside jobs, gates and channels.
const SERVICES: [&str; 3] = ["LoggerConfig", "AlertsConfig", "MlflowConfig"];
/// Enums of the source, each with the name that pages use.
const ENUMS: [(&str, &str); 3] = [("errors", "Code"), ("verdicts", "Ruling"), ("statuses", "JobStatus")];
/// Where the facts that templates can use are documented, field by field.
const TEMPLATE_FACTS: &str = "pub struct Facts {";

/// Makes the section of a marker; `body` is what stands there so far.
#[cfg(unix)]
pub(super) fn make(schema: &Value, marker: &str, body: &str) -> String {
    match marker.split_once(": ") {
        Some(("fields", kind)) => fields(schema, kind),
        Some(("codes", name)) => variants(name, str::to_uppercase),
        Some(("words", name)) => variants(name, str::to_lowercase),
        Some(("example", path)) => example(path),
        Some(("run", setup)) => super::runs::run(setup, body),
        None if marker == "facts" => template_facts(),
        None if marker == "commands" => super::runs::check_commands(body),
        None if marker == "recipes" => recipes(),
        None if marker == "json" => super::runs::json(),
        _ => panic!("{marker:?} is nothing that can be made"),
    }
}

/// Lists the markers that some page must have.
pub(super) fn required(schema: &Value) -> Vec<String> {
    let kinds = SETS.iter().flat_map(|set| kinds(schema, set)).chain(SERVICES);
    let tables = kinds.filter(|kind| fields(schema, kind).lines().count() > 2).map(|kind| format!("fields: {kind}"));
    let enums = ["codes: errors", "codes: verdicts", "words: statuses", "facts"];
    tables.chain(enums.map(str::to_owned)).collect()
}

/// Returns the set that a `KIND` belongs to.
pub(super) fn set_of(schema: &Value, kind: &str) -> &'static str {
    SETS.into_iter().find(|set| kinds(schema, set).contains(&kind)).unwrap_or_else(|| panic!("{kind} is no KIND"))
}

/// Returns the `KIND`s of a set.
pub(super) fn kinds<'s>(schema: &'s Value, set: &str) -> Vec<&'s str> {
    let variants = schema["$defs"][set]["oneOf"].as_array().unwrap();
    variants.iter().map(|variant| variant["properties"]["KIND"]["const"].as_str().unwrap()).collect()
}

/// Renders the fields of a job, gate, channel or service as a table.
fn fields(schema: &Value, kind: &str) -> String {
    let definitions = &schema["$defs"];
    let kinds = SETS.map(|name| definitions[name]["oneOf"].as_array().unwrap());
    let variant = kinds.into_iter().flatten().find(|variant| variant["properties"]["KIND"]["const"] == kind);
    let definition = variant.unwrap_or(&definitions[kind]);
    let properties = definition["properties"].as_object().unwrap_or_else(|| panic!("the schema has no {kind}"));
    let required = definition["required"].as_array().cloned().unwrap_or_default();
    let mut table = "| field | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for (name, field) in properties {
        // The fields that every channel has are in a table of their own.
        let is_shared = kind.ends_with("Channel") && ["on", "events", "required", "fallback"].contains(&name.as_str());
        if is_shared || name == "KIND" || name.ends_with("_service") || field["deprecated"] == true {
            continue;
        }
        let default = match &field["default"] {
            _ if required.iter().any(|key| key == name) => "required".to_owned(),
            Value::Null => "none".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let meaning = field["description"].as_str().unwrap().replace('\n', " ").replace('|', r"\|");
        let _ = writeln!(table, "| `{name}` | {default} | {meaning} |");
    }
    table
}

/// Renders the variants of an enum of the source, which documents each.
#[cfg(unix)]
fn variants(name: &str, case: fn(&str) -> String) -> String {
    let (_, name) = ENUMS.into_iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no enum {name}"));
    let mut table = "| code | meaning |\n| --- | --- |\n".to_owned();
    let mut meaning = String::new();
    for line in definition(&format!("pub enum {name} {{")).lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning = [meaning.as_str(), text].join(" ").trim().to_owned();
        } else if let Some(variant) = line.strip_suffix(',') {
            let snake = variant.chars().fold(String::new(), |mut snake, letter| {
                if letter.is_uppercase() && !snake.is_empty() {
                    snake.push('_');
                }
                snake.push(letter);
                snake
            });
            let _ = writeln!(table, "| `{}` | {} |", case(&snake), std::mem::take(&mut meaning));
        }
    }
    table
}

/// Renders what a template can use.
#[cfg(unix)]
fn template_facts() -> String {
    let mut table = "| name | meaning |\n| --- | --- |\n".to_owned();
    for field in definition(TEMPLATE_FACTS).split("    /// ").skip(1) {
        let (meaning, rest) = field.split_once("    pub ").unwrap();
        let name = rest.split(':').next().unwrap();
        let _ = writeln!(table, "| `{name}` | {} |", meaning.replace("    /// ", "").replace('\n', " ").trim());
    }
    table
}

/// Returns the body of a type, wherever in the source it is.
#[cfg(unix)]
fn definition(start: &str) -> String {
    let sources = files(&root().join("src")).into_iter().map(|path| fs::read_to_string(path).unwrap());
    let mut found = sources.filter_map(|text| Some(text.split_once(start)?.1.split("\n}").next()?.to_owned()));
    found.next().unwrap_or_else(|| panic!("no source has `{start}`"))
}

/// Renders the recipes of the justfile, each with the comment above it.
#[cfg(unix)]
fn recipes() -> String {
    let text = fs::read_to_string(root().join("justfile")).unwrap();
    let mut table = "| recipe | what it does |\n| --- | --- |\n".to_owned();
    for (comment, recipe) in text.lines().zip(text.lines().skip(1)) {
        if let Some(comment) = comment.strip_prefix("# ") {
            let name = recipe.split([' ', ':']).next().unwrap();
            let _ = writeln!(table, "| `just {name}` | {comment} |");
        }
    }
    table
}

/// Shows an example from its services on.
#[cfg(unix)]
fn example(file: &str) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let (_, config) = text.split_once("services:").unwrap();
    format!("```yaml\nservices:{config}```\n")
}
