//! GitHub Actions output: annotations and the step summary, only on GitHub.

use std::fs;

use super::{batch, promotions, runner, server_with_models};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

const FAILS: &str = "{ KIND: PromotionJob, version: 9 }";

fn on_github(runner: Runner) -> Runner {
    runner.arg("-qqq").env("GITHUB_ACTIONS", "true")
}

/// Returns the workflow commands among the lines of standard error.
fn workflow_commands(run: &Output) -> String {
    let run = run.snapshot();
    let commands: Vec<&str> = run.lines().filter(|line| line.starts_with("::")).collect();
    commands.join("\n")
}

#[test]
fn each_failed_or_blocked_job_is_an_annotation() {
    let fake = server_with_models(3);
    let jobs = [FAILS, "{ KIND: PromotionJob, name: m1, expect: 1 }", "{ KIND: PromotionJob, name: m2 }"];
    let run = on_github(batch(&fake, &jobs)).args(["--on-failure", "continue"]).run();
    insta::assert_snapshot!(workflow_commands(&run), @r#"
    ::error file=batch.yaml,title=batch.yaml[0] failed::the model "m0" has no version 9%0Anothing was changed: m0@Champion is at version 2
    ::error file=batch.yaml,title=batch.yaml[1] blocked::m1@Champion points to version 2, but is expected to point to version 1%0Anothing was changed: m1@Champion is at version 2
    "#);
    assert_eq!(run.stderr.lines().count(), 2, "{run}");
}

#[test]
fn an_alias_that_was_not_restored_is_an_annotation() {
    let refused = Fault::error(403, "PERMISSION_DENIED", "only an admin deletes").on(super::ALIAS).method("DELETE");
    let fake = server_with_models(1).fault(refused);
    let jobs = ["{ KIND: PromotionJob, alias: Prod }", FAILS];
    let run = on_github(batch(&fake, &jobs)).args(["--on-failure", "restore"]).run();
    insta::assert_snapshot!(workflow_commands(&run), @r#"
    ::error file=batch.yaml,title=batch.yaml[0] not_restored::the alias could not be moved back with the batch: the registry at http://127.0.0.1:[PORT] does not let this login delete the alias Prod of m0: it answered 403 Forbidden: PERMISSION_DENIED: only an admin deletes%0Am0@Prod was at version 3 when it was read last
    ::error file=batch.yaml,title=batch.yaml[1] failed::the model "m0" has no version 9%0Anothing was changed: m0@Champion is at version 2
    "#);
}

#[test]
fn characters_that_end_or_forge_a_workflow_command_are_escaped() {
    let name = "100%\n::error::forged, a:b";
    let fake = FakeMlflow::start();
    let runner = runner(&fake)
        .file("a,b::c %25.yaml", "services: { alerts: { enable: false } }\njob: { KIND: PromotionJob }")
        .env("RUNNER__JOB__NAME", name)
        .arg("a,b::c %25.yaml");
    insta::assert_snapshot!(workflow_commands(&on_github(runner).run()), @r#"::error file=a%2Cb%3A%3Ac %2525.yaml,title=a%2Cb%3A%3Ac %2525.yaml failed::the registry has no registered model "100%25\n::error::forged, a:b"%0Anothing was changed: 100%25\n::error::forged, a:b@Champion does not exist"#);
}

#[test]
fn twelve_failures_are_limited_to_ten_annotations() {
    let fake = server_with_models(1);
    let run = on_github(batch(&fake, &[FAILS; 12])).args(["--on-failure", "continue"]).run();
    let commands = workflow_commands(&run);
    assert_eq!(commands.lines().count(), 10, "{run}");
    insta::assert_snapshot!(commands.lines().last().unwrap(), @"::error title=runner::3 more jobs did not succeed; the summary lists them");
    let run = on_github(batch(&fake, &[FAILS; 10])).args(["--on-failure", "continue"]).run();
    assert!(run.stderr.lines().count() == 10 && run.stderr.contains("batch.yaml[9]"), "{run}");
}

#[test]
fn the_markdown_is_appended_to_the_summary() {
    let fake = server_with_models(2);
    let runner = on_github(batch(&fake, &["{ KIND: PromotionJob, name: m1 }", FAILS]))
        .file("summary.md", "# Tests\n")
        .env("GITHUB_STEP_SUMMARY", "summary.md")
        .args(["--report", "markdown=report.md"]);
    assert_eq!(runner.run().code, 1);
    let read = |name: &str| fs::read_to_string(runner.dir().join(name)).unwrap();
    assert_eq!(read("summary.md"), format!("# Tests\n{}", read("report.md")));
    assert!(read("report.md").starts_with("# runner: 1 of 2 jobs succeeded"));
}

#[test]
fn a_summary_that_cannot_be_written_is_a_warning() {
    let fake = server_with_models(1);
    let run = on_github(batch(&fake, &promotions(1))).env("GITHUB_STEP_SUMMARY", "missing/summary.md").run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    JOB         MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    batch.yaml  m0     Champion  2       3       3    promoted  [SECONDS] s
    --- stderr
    warning: the step summary missing/summary.md cannot be written: No such file or directory (os error 2)
    ");
    assert_eq!(fake.alias("m0", "Champion"), Some(3));
}

#[test]
fn github_output_appears_only_on_github() {
    for value in ["", "false", "1"] {
        let fake = server_with_models(1);
        let runner = batch(&fake, &[FAILS]).arg("-qqq").env("GITHUB_STEP_SUMMARY", "summary.md");
        let runner = if value.is_empty() { runner } else { runner.env("GITHUB_ACTIONS", value) };
        let run = runner.run();
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{run}");
        assert!(!runner.dir().join("summary.md").exists());
    }
}
