//! Names in backticks exist: options, variables, codes and keys.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use serde_json::Value;

use super::{files, pages, root};
use crate::support::harness::Runner;

/// Variables of other programs that pages name.
const FOREIGN_VARIABLES: [&str; 1] = ["MLFLOW_ALLOW_FILE_STORE"];
/// Options of other programs that pages name.
const FOREIGN_OPTIONS: [&str; 3] = ["--enable-workspaces", "--features", "--title"];

#[test]
fn documented_options_exist() {
    let help = Runner::new().arg("--help").run().stdout;
    let option = Regex::new(r"--[a-z][a-z-]+").unwrap();
    let known: BTreeSet<&str> = option.find_iter(&help).map(|option| option.as_str()).chain(FOREIGN_OPTIONS).collect();
    let mut unknown = vec![];
    for page in pages() {
        let spans = page.code_spans().into_iter().filter(|span| span.starts_with("--") || span.starts_with("runner "));
        let commands = page.blocks().into_iter().filter(|block| ["sh", "console"].contains(&block.language));
        let commands = commands.flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>());
        let commands = commands.filter(|line| line.trim_start_matches("$ ").starts_with("runner "));
        for text in spans.chain(commands) {
            let named = option.find_iter(&text).map(|option| option.as_str().to_owned());
            unknown.extend(named.filter(|option| !known.contains(option.as_str())).map(|it| (page.path.clone(), it)));
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn documented_variables_and_codes_exist_in_the_source() {
    let schema = runner::config::schema();
    let fields = property_names(&schema);
    let source: String =
        files(&root().join("src")).into_iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
    let word = Regex::new(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$").unwrap();
    let mut unknown = vec![];
    for page in pages() {
        for span in page.code_spans().into_iter().filter(|span| word.is_match(span)) {
            // Codes are enum variants, and variables are derived from config keys.
            let variant: String = span.split('_').map(capitalize).collect();
            let key = ["MLFLOW_", "DATABRICKS_"].iter().find_map(|prefix| span.strip_prefix(prefix));
            let key = key.map(str::to_lowercase);
            let is_key = key.is_some_and(|key| fields.contains(&key) || source.contains(&format!("\"{key}\"")));
            let is_known = is_key || FOREIGN_VARIABLES.contains(&&*span);
            if !is_known && !source.contains(&span) && !source.contains(&variant) {
                unknown.push((page.path.clone(), span));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn documented_keys_exist_in_the_schema() {
    let schema = runner::config::schema();
    let fields = property_names(&schema);
    let path = Regex::new(r"^(services|job)(\.[a-z_]+)+$").unwrap();
    let mut unknown = vec![];
    for page in pages() {
        for span in page.code_spans().into_iter().filter(|span| path.is_match(span)) {
            if span.split('.').any(|key| !fields.contains(key)) {
                unknown.push((page.path.clone(), span));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn documented_paths_exist() {
    let folders = ["src/", "tests/", "docs/", "confs/", "benches/", "fuzz/"];
    let mut missing = vec![];
    for page in pages() {
        let spans = page.code_spans().into_iter();
        let paths = spans.filter(|span| folders.iter().any(|folder| span.starts_with(folder)));
        let missing_paths = paths.filter(|path| !root().join(path).exists());
        missing.extend(missing_paths.map(|path| (page.path.clone(), path)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Returns the name of every property anywhere in the schema.
fn property_names(node: &Value) -> BTreeSet<String> {
    let own = node["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    let children: Vec<&Value> = match node {
        Value::Object(map) => map.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => vec![],
    };
    own.chain(children.into_iter().flat_map(property_names)).collect()
}

fn capitalize(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_owned() + &rest.to_lowercase()
}
