//! What would run, and that nothing does.

use serde_json::json;

use super::{batch, script};

#[test]
fn a_plan_a_check_and_a_diagnosis_start_nothing() {
    for option in ["--plan", "--check", "--doctor"] {
        let runner = script("touch started", &json!({})).arg(option);
        let run = runner.run();
        assert!(!runner.dir().join("started").exists(), "{option}: {run}");
    }
}

#[test]
fn a_plan_shows_the_command_without_secrets() {
    let runner = script("echo 'a b' ${env:API_TOKEN}", &json!({ "cwd": "sub" })).env("API_TOKEN", "planted4711");
    let run = runner.arg("--plan").run();
    assert!(run.code == 0 && run.stdout.contains("would run: sh -c \"echo 'a b' ***\"\nin: sub\n"), "{run}");
    assert!(!run.to_string().contains("planted4711"), "{run}");
}

#[test]
fn jobs_behind_a_planned_command_are_planned_without_a_version() {
    let command = json!({ "KIND": "CommandJob", "command": ["true"] });
    let other = json!({ "KIND": "CommandJob", "command": ["true"], "model": "cars" });
    let promotion = json!({ "KIND": "PromotionJob", "name": "bikes" });
    let runner = batch(&[command.clone(), promotion.clone()]);
    let run = runner.run_with(&["--plan"]);
    assert!(run.code == 0 && run.stderr.contains("planned without a version"), "{run}");
    let run = runner.run_with(&["--plan", "-o", "yaml"]);
    assert!(run.code == 3 && run.stderr.contains("NOT_PLANNED_YET"), "{run}");
    // A command that may write another model only does not keep a promotion from being planned.
    let run = batch(&[other, promotion]).run_with(&["--plan"]);
    assert!(!run.stderr.contains("planned without a version"), "{run}");
    let run = batch(&[command.clone(), command]).run_with(&["--plan", "-o", "yaml"]);
    assert!(run.code == 0 && run.stdout.contains("KIND: CommandJob"), "{run}");
}
