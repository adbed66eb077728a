//! Every documented or shipped config is valid.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{files, pages, root, sections};
use crate::support::harness::Runner;

#[test]
fn every_example_is_valid_and_points_editors_to_the_schema() {
    let mut count = 0;
    for path in examples() {
        let text = fs::read_to_string(&path).unwrap();
        let (pointer, line) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => ("#:schema schema.json", text.lines().next()),
            Some("json") => (r#""$schema": "schema.json","#, text.lines().nth(1).map(str::trim)),
            _ => ("# yaml-language-server: $schema=schema.json", text.lines().next()),
        };
        assert_eq!(line, Some(pointer), "{}", path.display());
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        // A base has no job, so it is checked below a config with one.
        let args = if text.contains("KIND") { vec![] } else { vec!["--base", &name, "a.yaml"] };
        let runner = runner().file(&name, &text).file("a.yaml", "job: { KIND: PromotionJob, name: bikes }\n");
        let run = runner.arg("--check").args(if args.is_empty() { vec![name.as_str()] } else { args }).run();
        assert_eq!(run.code, 0, "{name}: {run}");
        count += 1;
    }
    assert!(count >= 7, "only {count} examples were found");
}

#[test]
fn the_manual_mentions_every_example() {
    let manual: String = pages().into_iter().map(|page| page.text).collect();
    let name = |path: PathBuf| format!("confs/{}", path.file_name().unwrap().to_string_lossy());
    let missing: Vec<String> = examples().into_iter().map(name).filter(|name| !manual.contains(name)).collect();
    assert!(missing.is_empty(), "no page names {missing:?}");
}

#[test]
fn every_config_in_the_pages_is_valid() {
    let schema = runner::config::schema();
    let mut count = 0;
    for page in pages() {
        let spans = page.code_spans().into_iter().filter(|span| span.starts_with("{ KIND: "));
        let blocks = page.blocks().into_iter().filter(|block| ["yaml", "toml"].contains(&block.language));
        let shown = spans.map(|span| ("yaml", span)).chain(blocks.map(|block| (block.language, block.text)));
        for (language, text) in shown {
            let config = if language == "toml" { text.clone() } else { whole_config(&schema, &page.path, &text) };
            let name = format!("shown.{language}");
            let run = runner().file(&name, &config).args(["--check", &name]).run();
            let is_absent = run.stderr.contains("built without desktop notices");
            assert!(run.code == 0 || is_absent, "{}:\n{text}\n{run}", page.path);
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} configs were found");
}

#[test]
fn every_channel_and_every_gate_has_an_example_in_the_manual() {
    let manual: String = pages().into_iter().map(|page| page.text).collect();
    let schema = runner::config::schema();
    for kind in ["Job", "Gate", "ChannelConfig"].iter().flat_map(|set| sections::kinds(&schema, set)) {
        let is_shown = ["KIND: ", "KIND = \""].iter().any(|before| manual.contains(&format!("{before}{kind}")));
        assert!(is_shown || examples().iter().any(|path| fs::read_to_string(path).unwrap().contains(kind)), "{kind}");
    }
}

/// Completes a config snippet of a page to a whole config.
fn whole_config(schema: &Value, page: &str, text: &str) -> String {
    let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{page}: {error}\n{text}"));
    let job = "job: {KIND: PromotionJob, name: bikes";
    if let Some(config) = value.as_mapping().filter(|config| !config.contains_key("KIND")) {
        let has_job = ["job", "jobs"].iter().any(|key| config.contains_key(*key));
        return if has_job { text.to_owned() } else { format!("{text}\n{job}}}\n") };
    }
    let parts = value.as_sequence().cloned().unwrap_or_else(|| vec![value]);
    let kind = parts[0]["KIND"].as_str().unwrap_or_else(|| panic!("{page}: no config and no part of one:\n{text}"));
    let parts = serde_json::to_string(&parts).unwrap();
    match sections::set_of_kind(schema, kind) {
        "Job" => format!("services: {{mlflow: {{registry_name: bikes}}}}\njobs: {parts}\n"),
        "Gate" => format!("{job}, gates: {parts}}}\n"),
        _ => format!("services: {{alerts: {{channels: {parts}}}}}\n{job}}}\n"),
    }
}

/// Returns the program with the variables that examples require.
fn runner() -> Runner {
    let names = ["RUN_ID", "AUDIT_SECRET", "SERVING_TOKEN"].map(|name| (name, "1"));
    let urls =
        ["SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL", "DISCORD_WEBHOOK_URL", "APPRISE_URL", "AUDIT_URL", "SERVING_URL"];
    let urls = urls.map(|name| (name, "https://host/hook"));
    let env: BTreeMap<_, _> = names.into_iter().chain(urls).chain([("SMTP_URL", "smtps://me:pw@host:465")]).collect();
    env.into_iter().fold(Runner::new(), |runner, (name, value)| runner.env(name, value))
}

fn examples() -> Vec<PathBuf> {
    let mut found = files(&root().join("confs"));
    found.retain(|path| path.parent() == Some(&root().join("confs")) && !path.ends_with("schema.json"));
    found
}
