//! The shipped schema matches the program, according to an independent validator.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use runner::config::published_schema;
use serde_json::{Value as Json, json};

use super::root;
use crate::support::python::{environment, interpreter};

const SCRIPT: &str = "
import json, sys
from jsonschema import Draft202012Validator
given = json.load(sys.stdin)
Draft202012Validator.check_schema(given['schema'])
validator = Draft202012Validator(given['schema'])
found = {}
for name, config in given['configs'].items():
    error = next(validator.iter_errors(config), None)
    found[name] = None if error is None else f'{error.json_path}: {error.message}'
json.dump(found, sys.stdout)
";

/// Validates configs, and returns the errors of each.
fn validate(configs: &BTreeMap<String, Json>) -> BTreeMap<String, Option<String>> {
    let install = ["install", "--quiet", "jsonschema==4.25.1"];
    let python = interpreter(&environment("jsonschema-4.25.1", &[&install]));
    let mut command = Command::new(python);
    let mut child = command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let given = json!({ "schema": published_schema(), "configs": configs });
    child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Parses a config as an editor does; none if it has a syntax error.
fn read(path: &Path) -> Option<Json> {
    let text = fs::read_to_string(path).ok()?;
    match path.extension()?.to_str()? {
        "yaml" | "yml" => {
            let mut yaml: serde_yaml::Value = serde_yaml::from_str(&text).ok()?;
            yaml.apply_merge().ok()?;
            serde_json::to_value(yaml).ok()
        }
        "toml" => toml::from_str::<toml::Table>(&text).ok().and_then(|table| serde_json::to_value(table).ok()),
        "json" => serde_json::from_str(&text).ok(),
        _ => None,
    }
}

fn configs(folder: &str) -> BTreeMap<String, Json> {
    let paths = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| Some((path.file_name()?.to_str()?.to_owned(), read(&path)?));
    paths.filter(|path| !path.ends_with("schema.json")).filter_map(named).collect()
}

fn named<const N: usize>(configs: [(&str, Json); N]) -> BTreeMap<String, Json> {
    configs.into_iter().map(|(name, config)| (name.to_owned(), config)).collect()
}

#[test]
fn every_example_and_valid_config_passes_an_independent_validator() {
    for folder in ["confs", "tests/confs/valid"] {
        let configs = configs(folder);
        assert!(configs.len() >= 10, "{folder}");
        let wrong: BTreeMap<_, _> = validate(&configs).into_iter().filter(|(_, error)| error.is_some()).collect();
        assert!(wrong.is_empty(), "{folder}: {wrong:#?}");
    }
}

#[test]
fn an_independent_validator_accepts_an_invalid_config_only_if_a_schema_cannot_express_the_rule() {
    let configs = configs("tests/confs/invalid");
    assert!(configs.len() >= 100);
    let accepted = validate(&configs).into_iter().filter(|(_, error)| error.is_none());
    let accepted: Vec<String> = accepted.map(|(name, _)| name).collect();
    insta::assert_snapshot!(accepted.join("\n"));
}

#[test]
fn the_schema_accepts_interpolations_everywhere_and_files_without_a_job() {
    let service = |key: &str| json!({ "services": { "mlflow": { key: "${env:X,7}" } } });
    let job = |key: &str| json!({ "job": { "KIND": "PromotionJob", key: "a${env:X}" } });
    let channel = json!({ "KIND": "${env:KIND}", "url": "x" });
    let words = json!({ "logger": { "level": "Warn" }, "alerts": { "events": ["failed"], "on": "${env:X}" } });
    let wrong = validate(&named([
        ("number", service("http_request_timeout")),
        ("boolean", service("tracking_insecure_tls")),
        ("version", job("version")),
        ("alias", job("alias")),
        ("list", job("gates")),
        ("level", json!({ "services": { "logger": { "level": "wArNiNg" } } })),
        ("synonyms", json!({ "services": words })),
        ("mapping", json!({ "services": "${env:X}", "job": "${env:Y}" })),
        ("kind", json!({ "services": { "alerts": { "channels": [channel] } }, "jobs": ["${env:X}"] })),
        ("nothing", json!({})),
    ]));
    assert!(wrong.values().all(Option::is_none), "{wrong:#?}");
    let refused = validate(&named([
        ("both", json!({ "job": { "KIND": "PromotionJob" }, "jobs": [{ "KIND": "PromotionJob" }] })),
        ("text", json!({ "services": { "mlflow": { "http_request_timeout": "7" } } })),
        ("level", json!({ "services": { "logger": { "level": "loud" } } })),
        ("kind", json!({ "job": { "KIND": "x" } })),
    ]));
    assert!(refused.values().all(Option::is_some), "{refused:#?}");
}
