//! Runs that write, and the resulting files of the store.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{PROMOTE, Sandbox, assert_unchanged};

#[test]
fn an_exact_version_is_promoted_with_one_deprecation_warning() {
    let sandbox = Sandbox::new();
    let run = sandbox.runner.run_with(&["--set", "job.version=2", "--set", "job.message=better on rain"]);
    insta::assert_snapshot!(run.snapshot());
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("2"));
    let history = sandbox.history("Champion");
    assert_eq!((&history[0]["version"], &history[0]["previous_version"]), (&json!(2), &json!(1)));
}

#[test]
fn a_promotion_changes_only_the_alias_its_copy_a_time_and_the_history() {
    let sandbox = Sandbox::new();
    let (before, meta) = (sandbox.files(), sandbox.read("meta.yaml").unwrap());
    assert_eq!(sandbox.runner.run_with(&PROMOTE).code, 0);
    let after = sandbox.files();
    let changed: Vec<_> = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).collect();
    let changed: Vec<_> = changed.iter().map(|(path, _)| path.strip_prefix(sandbox.bikes("")).unwrap()).collect();
    let expected = ["aliases/Champion", "meta.yaml", "tags/runner.history.Champion"];
    assert_eq!(changed, expected.map(Path::new));
    assert_eq!(after.len(), before.len() + 1);
    let now = sandbox.read("meta.yaml").unwrap();
    let kept = |text: &str| -> Vec<String> {
        let is_kept = |line: &&str| !["  Champion", "last_updated"].iter().any(|start| line.starts_with(start));
        text.lines().filter(is_kept).map(str::to_owned).collect()
    };
    assert!(kept(&now).contains(&"creation_timestamp: 1795456354019".to_owned()), "{now}");
    assert!(now.starts_with("aliases:\n  Champion: \"2\"\n  Staging: \"2\"\ncreation_timestamp"), "{now}");
    assert_ne!(now, meta);
}

#[test]
fn a_new_alias_of_a_version_that_has_other_aliases() {
    let sandbox = Sandbox::new();
    let run = sandbox.runner.run_with(&["-qqq", "--set", "job.version=@Staging", "--set", "job.alias=Prod_日本-1"]);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(sandbox.alias("Prod_日本-1").as_deref(), Some("2"));
    assert_eq!(sandbox.history("Prod_日本-1")[0]["previous_version"], json!(null));
}

#[test]
fn an_unchanged_alias_and_a_plan_write_nothing() {
    let sandbox = Sandbox::new();
    let output = assert_unchanged(&sandbox, &["-qqq", "--set", "job.version=1"]);
    assert!(output.starts_with("exit: 0") && output.contains("unchanged"), "{output}");
    let output = assert_unchanged(&sandbox, &["-qqq", "--plan", "--set", "job.version=2"]);
    assert!(output.starts_with("exit: 0") && output.contains("planned"), "{output}");
    assert!(!sandbox.root().join(".runner.lock").exists());
}

#[test]
fn an_alias_file_is_parsed_as_python_parses_it() {
    let sandbox = Sandbox::new();
    sandbox.write("aliases/Champion", " 01\n");
    let run = sandbox.runner.run_with(&["-qqq", "--set", "job.version=2", "--set", "job.expect=1"]);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("2"));
}

#[test]
fn files_of_a_killed_runner_are_ignored() {
    let sandbox = Sandbox::new();
    sandbox.write(".runner-abc123", "half of a meta.ya");
    sandbox.write(".runner-def456/meta.yaml", "version: 9");
    sandbox.write("aliases/.DS_Store", "\0\0");
    fs::write(sandbox.root().join(".runner.lock"), "").unwrap();
    let run = sandbox.runner.run_with(&PROMOTE);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("2"));
}

#[test]
fn a_registration_creates_a_store_a_model_and_a_version() {
    let sandbox = Sandbox::new();
    fs::remove_dir_all(sandbox.root()).unwrap();
    let config = "\
services: { mlflow: { tracking_uri: 'file:./mlruns', registry_name: it's new } }
job: { KIND: RegistrationJob, source: 's3://bucket/model', description: '1:30', tags: { a/b: 'yes', c: '' }, alias: Prod }
";
    fs::write(sandbox.runner.dir().join("promotion.yaml"), config).unwrap();
    let planned = sandbox.runner.run_with(&["-qqq", "--plan"]);
    assert_eq!(planned.code, 0, "{planned}");
    assert!(!sandbox.root().exists());
    for _ in 0..2 {
        let run = sandbox.runner.run_with(&["-qqq"]);
        assert_eq!(run.code, 0, "{run}");
    }
    let read = |path: &str| fs::read_to_string(sandbox.root().join("models/it's new").join(path)).unwrap();
    assert_eq!((read("aliases/Prod").as_str(), read("version-2/tags/a/b").as_str()), ("2", "yes"));
    assert_eq!(read("version-1/tags/c"), "");
    let times = regex::Regex::new(r"\d{13}").unwrap();
    insta::assert_snapshot!(times.replace_all(&read("version-2/meta.yaml"), "[MS]"), @r#"
    creation_timestamp: [MS]
    current_stage: None
    deployment_job_state: null
    description: "1:30"
    last_updated_timestamp: [MS]
    model_id: null
    name: "it's new"
    run_id: null
    run_link: null
    source: "s3://bucket/model"
    status: READY
    status_message: null
    storage_location: "s3://bucket/model"
    user_id: null
    version: 2
    workspace: default
    "#);
    insta::assert_snapshot!(times.replace_all(&read("meta.yaml"), "[MS]"), @r#"
    aliases:
      Prod: "2"
    creation_timestamp: [MS]
    deployment_job_id: null
    deployment_job_state: null
    description: null
    last_updated_timestamp: [MS]
    name: "it's new"
    workspace: default
    "#);
}

#[test]
fn a_restored_batch_restores_aliases_and_deletes_new_ones() {
    let sandbox = Sandbox::new();
    let config = "\
services: { mlflow: { tracking_uri: ./mlruns, registry_name: bikes } }
jobs:
- { KIND: PromotionJob, version: 2 }
- { KIND: PromotionJob, version: 3, alias: New }
- { KIND: PromotionJob, name: missing }
";
    fs::write(sandbox.runner.dir().join("promotion.yaml"), config).unwrap();
    let run = sandbox.runner.run_with(&["-qqq", "--on-failure", "restore"]);
    assert_eq!(run.code, 1, "{run}");
    assert_eq!((sandbox.alias("Champion").as_deref(), sandbox.alias("New")), (Some("1"), None));
    let meta = sandbox.read("meta.yaml").unwrap();
    assert!(meta.starts_with("aliases:\n  Champion: \"1\"\n  Staging: \"2\"\ncreation"), "{meta}");
}

// Links are followed as MLflow follows them, because only the owner of the store can create one. A write replaces a
// link, so that nothing outside of the store is written through one.
#[cfg(unix)]
#[test]
fn a_linked_model_is_followed_and_a_linked_alias_is_replaced() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    let elsewhere = sandbox.runner.dir().join("elsewhere");
    fs::rename(sandbox.bikes(""), &elsewhere).unwrap();
    symlink(&elsewhere, sandbox.bikes("").parent().unwrap().join("bikes")).unwrap();
    let outside = sandbox.runner.dir().join("outside");
    fs::rename(elsewhere.join("aliases/Champion"), &outside).unwrap();
    symlink(&outside, elsewhere.join("aliases/Champion")).unwrap();
    let run = sandbox.runner.run_with(&["-qqq", "--set", "job.version=2", "--set", "job.expect=1"]);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(fs::read_to_string(elsewhere.join("aliases/Champion")).unwrap(), "2");
    assert_eq!(fs::read_to_string(outside).unwrap(), "1");
}
