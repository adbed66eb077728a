//! The generated sections that a marker can request.

use std::fmt::Write as _;
use std::fs;

#[cfg(unix)]
use runner::outcome::Code;
use serde_json::Value;

use super::{files, root};

/// Sets of kinds: the jobs, gates and channels that a config can name.
const SETS: [&str; 3] = ["Job", "Gate", "ChannelConfig"];
/// Config types besides jobs, gates and channels.
const SERVICES: [&str; 3] = ["LoggerConfig", "AlertsConfig", "MlflowConfig"];
/// Enums of the source: the name that pages use, and a variant that no other enum has.
const ENUMS: [(&str, &str); 2] = [("verdicts", "ThresholdNotMet,"), ("statuses", "Skipped,")];
/// A field of the struct whose fields templates can use.
const TEMPLATE_FIELD: &str = "pub app_name: String,\n    /// The job's `KIND`";

/// The head of a table of codes.
#[cfg(unix)]
const TABLE_OF_CODES: &str = "| code | meaning |\n| --- | --- |\n";

/// Generates the section of a marker; `body` is its current text.
#[cfg(unix)]
pub(super) fn make(schema: &Value, marker: &str, body: &str) -> String {
    match marker.split_once(": ") {
        Some(("fields", kind)) => fields(schema, kind),
        Some(("codes", "errors")) => errors(),
        Some(("codes", name)) => format!("{TABLE_OF_CODES}{}", variants(name, str::to_uppercase)),
        Some(("words", name)) => format!("{TABLE_OF_CODES}{}{}", success_words(), variants(name, str::to_lowercase)),
        Some(("example", path)) => example(path),
        Some(("run", setup)) => super::runs::run(setup, body),
        None if marker == "facts" => template_variables(),
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
pub(super) fn set_of_kind(schema: &Value, kind: &str) -> &'static str {
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
        // The common fields of channels have their own table.
        let is_shared = kind.ends_with("Channel") && ["on", "events", "required", "fallback"].contains(&name.as_str());
        // So do those of jobs.
        let is_shared = is_shared || kind.ends_with("Job") && ["id", "needs"].contains(&name.as_str());
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
    let (_, variant) = ENUMS.into_iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no enum {name}"));
    let (mut table, mut meaning) = (String::new(), String::new());
    for line in type_body("pub enum ", variant).lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning = [meaning.as_str(), text].join(" ").trim().to_owned();
        } else if line.contains('(') {
            // A variant with a value covers several words, which are documented elsewhere.
            meaning.clear();
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

/// Renders the codes of errors, with the answers to the three questions of whoever meets one.
#[cfg(unix)]
fn errors() -> String {
    let mut table =
        "| code | what happened | where things are | what to do next |\n| --- | --- | --- | --- |\n".to_owned();
    for code in Code::ALL {
        let _ = writeln!(table, "| `{code}` | {} | {} | {} |", code.meaning(), code.usual_state(), code.next_step());
    }
    table
}

/// Renders the variables of templates.
#[cfg(unix)]
fn template_variables() -> String {
    let mut table = "| name | meaning |\n| --- | --- |\n".to_owned();
    for field in type_body("pub struct ", TEMPLATE_FIELD).split("    /// ").skip(1) {
        let (meaning, rest) = field.split_once("    pub ").unwrap();
        let name = rest.split(':').next().unwrap();
        let _ = writeln!(table, "| `{name}` | {} |", meaning.replace("    /// ", "").replace('\n', " ").trim());
    }
    table
}

/// Renders the success words of each kind of job.
#[cfg(unix)]
fn success_words() -> String {
    let word = regex::Regex::new(r#"word: "([a-z_]+)",\s+meaning: "([^"]+)""#).unwrap();
    let jobs: String = sources().into_iter().filter(|text| text.contains("impl Kind for ")).collect();
    word.captures_iter(&jobs).fold(String::new(), |mut rows, word| {
        let _ = writeln!(rows, "| `{}` | {} |", &word[1], &word[2]);
        rows
    })
}

/// Returns the body of the type with a field or variant, anywhere in the source.
#[cfg(unix)]
fn type_body(start: &str, part: &str) -> String {
    let bodies = |text: String| {
        let types = text.split(start).skip(1).filter_map(|rest| rest.split("\n}").next());
        types.map(|body| body.split_once('\n').unwrap_or_default().1.to_owned()).collect::<Vec<_>>()
    };
    let mut found = sources().into_iter().flat_map(bodies).filter(|body| body.contains(&format!("\n    {part}")));
    found.next().unwrap_or_else(|| panic!("no source has a `{start}` with `{part}`"))
}

#[cfg(unix)]
fn sources() -> Vec<String> {
    let paths = files(&root().join("src")).into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    paths.map(|path| fs::read_to_string(path).unwrap()).collect()
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

/// Returns an example from its services on.
#[cfg(unix)]
fn example(file: &str) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let (_, config) = text.split_once("services:").unwrap();
    format!("```yaml\nservices:{config}```\n")
}
