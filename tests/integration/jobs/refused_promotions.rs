//! Refused promotions: the message, the exit code, and no write.

use crate::support::fake_mlflow::{FakeMlflow, Fault, Model};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::{assert_only_read, bikes, job, promote};

/// Runs a promotion that must not write, and returns its output.
fn run_refused(fake: &FakeMlflow, fields: &[&str]) -> Output {
    let run = job(promote(fake), fields).arg("-qq").run();
    assert_only_read(fake);
    run
}

fn server_with(fill: impl FnOnce(Model) -> Model) -> FakeMlflow {
    FakeMlflow::start().model("bikes", fill)
}

#[test]
fn a_model_that_does_not_exist() {
    insta::assert_snapshot!(run_refused(&FakeMlflow::start(), &[]).snapshot(), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS  TIME
    promotion.yaml  bikes  Champion  none    -       none  failed  [SECONDS] s

    promotion.yaml failed (MODEL_NOT_FOUND): the registry has no registered model "bikes"
      now:  nothing was changed: bikes@Champion does not exist
      next: correct `job.name` or `services.mlflow.registry_name`, or the registry's address; or register a first version
    --- stderr
    ERROR bikes@Champion: failed (MODEL_NOT_FOUND)
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_missing_model_is_reported_before_its_missing_version() {
    for version in ["version=3", "version=@Challenger", "version=latest"] {
        let run = run_refused(&FakeMlflow::start(), &[version]);
        assert!(run.code == 1 && run.stdout.contains("the registry has no registered model \"bikes\""), "{run}");
    }
}

#[test]
fn a_model_without_versions() {
    insta::assert_snapshot!(run_refused(&server_with(|model| model), &[]).snapshot(), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS  TIME
    promotion.yaml  bikes  Champion  none    -       none  failed  [SECONDS] s

    promotion.yaml failed (MODEL_EMPTY): the model "bikes" has no version
      now:  nothing was changed: bikes@Champion does not exist
      next: register a first version, for example with a RegistrationJob
    --- stderr
    ERROR bikes@Champion: failed (MODEL_EMPTY)
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_version_that_does_not_exist() {
    insta::assert_snapshot!(run_refused(&bikes(), &["version=9"]).snapshot(), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  2       -       2    failed  [SECONDS] s

    promotion.yaml failed (VERSION_NOT_FOUND): the model "bikes" has no version 9
      now:  nothing was changed: bikes@Champion is at version 2
      next: set `job.version` (from --set job.version) to a version that exists; a StatusJob lists them
    --- stderr
    ERROR bikes@Champion: failed (VERSION_NOT_FOUND)
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_source_alias_that_does_not_exist() {
    insta::assert_snapshot!(run_refused(&bikes(), &["version=@Challenger"]).snapshot(), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  2       -       2    failed  [SECONDS] s

    promotion.yaml failed (ALIAS_NOT_FOUND): the model "bikes" has no alias "Challenger" to take the version from
      now:  nothing was changed: bikes@Champion is at version 2
      next: check `job.version` (from --set job.version): aliases are case-sensitive
    --- stderr
    ERROR bikes@Champion: failed (ALIAS_NOT_FOUND)
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_source_alias_whose_version_was_deleted() {
    let run = run_refused(&server_with(|model| model.version(1).alias("Challenger", 7)), &["version=@Challenger"]);
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS  TIME
    promotion.yaml  bikes  Champion  none    -       none  failed  [SECONDS] s

    promotion.yaml failed (VERSION_NOT_FOUND): the model "bikes" has no version 7
      now:  nothing was changed: bikes@Champion does not exist
      next: set `job.version` (from --set job.version) to a version that exists; a StatusJob lists them
    --- stderr
    ERROR bikes@Champion: failed (VERSION_NOT_FOUND)
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_version_that_is_not_ready() {
    let fake = server_with(|model| model.version(1).version_as(2, "PENDING_REGISTRATION").alias("Champion", 1));
    insta::assert_snapshot!(run_refused(&fake, &[]).snapshot(), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  1       -       1    failed  [SECONDS] s

    promotion.yaml failed (VERSION_NOT_READY): version 2 of "bikes" is PENDING_REGISTRATION, not READY
      now:  nothing was changed: bikes@Champion is at version 1
      next: wait until it is READY, or set `job.version` to another version
    --- stderr
    ERROR bikes@Champion: failed (VERSION_NOT_READY)
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_version_in_an_unknown_state() {
    let fake = server_with(|model| model.version_as(1, "ARCHIVED\nby hand"));
    let run = run_refused(&fake, &[]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.stdout.lines().nth(3).unwrap_or_default(), @r#"promotion.yaml failed (VERSION_NOT_READY): version 1 of "bikes" is ARCHIVED\nby hand, not READY"#);
}

#[test]
fn a_failed_latest_version_is_not_skipped() {
    let fake = server_with(|model| model.version(1).version_as(2, "FAILED_REGISTRATION").alias("Champion", 1));
    let run = run_refused(&fake, &[]);
    assert!(run.code == 1 && run.stdout.contains("version 2 of \"bikes\" is FAILED_REGISTRATION"), "{run}");
}

#[test]
fn an_alias_at_an_unexpected_version_blocks_the_job() {
    insta::assert_snapshot!(run_refused(&bikes(), &["expect=1"]).snapshot(), @"
    exit: 3
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    promotion.yaml  bikes  Champion  2       -       2    blocked  [SECONDS] s

    promotion.yaml blocked (ALIAS_MOVED): bikes@Champion points to version 2, but is expected to point to version 1
      now:  nothing was changed: bikes@Champion is at version 2
      next: find out who moved the alias (a HistoryJob shows it); set `job.expect` (from --set job.expect) to where it is now only if that version may be replaced
    --- stderr
    ERROR bikes@Champion: blocked (ALIAS_MOVED)
    [Bikes] Promotion Job Blocked: bikes@Champion
    ");
}

#[test]
fn a_failed_expectation_blocks_the_job() {
    let unset = || server_with(|model| model.version(1).version(2).version(3));
    for (fake, expect, expected) in [
        (bikes(), "expect=none", "bikes@Champion points to version 2, but is expected not to exist yet"),
        (unset(), "expect=2", "bikes@Champion does not exist, but is expected to point to version 2"),
    ] {
        let run = run_refused(&fake, &[expect]);
        assert!(run.code == 3 && run.stdout.contains(expected), "{run}");
    }
}

#[test]
fn a_plan_of_a_blocked_job_is_blocked() {
    let fake = bikes();
    let run = job(promote(&fake), &["expect=1"]).arg("--plan").run();
    assert_eq!(run.code, 3, "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_met_expectation_allows_the_promotion() {
    let first = server_with(|model| model.version(3));
    for (fake, expect) in [(bikes(), "expect=2"), (first, "expect=none")] {
        let run = job(promote(&fake), &[expect]).run();
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
    }
}

#[test]
fn silent_alerts_and_logs_do_not_hide_a_failure() {
    let fake = FakeMlflow::start();
    let run = promote(&fake).args(["--set", "services.alerts.enable=false", "-qqq"]).run();
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert!(run.stdout.contains("the registry has no registered model"), "{run}");
}

#[test]
fn a_rejected_write_changes_nothing() {
    let no = Fault::error(400, "INVALID_PARAMETER_VALUE", "no aliases on\nFridays");
    let fake = bikes().fault(no.on("registered-models/alias").method("POST"));
    let run = promote(&fake).arg("-qq").run();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  2       3       2    failed  [SECONDS] s

    promotion.yaml failed (REGISTRY_REFUSED): the registry at http://127.0.0.1:[PORT] refused to set the alias Champion of bikes: INVALID_PARAMETER_VALUE: no aliases on\nFridays
      now:  nothing was changed: bikes@Champion is at version 2
      next: correct what the registry complains about; running the job again as it is ends in the same error
    --- stderr
    ERROR bikes@Champion: failed (REGISTRY_REFUSED)
    [Bikes] Promotion Job Failed: bikes@Champion
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
    assert_eq!(fake.tag("bikes", "runner.history.Champion"), None);
}

#[test]
fn a_concurrently_deleted_version_is_reported() {
    let missing = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "Model Version (name=bikes, version=3) not found");
    let fake = bikes().fault(missing.on("registered-models/alias").method("POST"));
    let run = promote(&fake).arg("-qq").run();
    assert!(run.code == 1 && run.stdout.contains("the model \"bikes\" has no version 3"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[cfg(not(windows))]
#[test]
fn a_windows_path_is_not_parsed_as_an_upper_case_scheme() {
    let run = Runner::new().file("a.yaml", "job: {KIND: PromotionJob, name: bikes}\n").args(["--check", "a.yaml"]);
    let run = run.env("MLFLOW_REGISTRY_URI", r"C:\mlruns").run();
    assert!(run.code == 2 && run.stderr.contains(r"no backend takes the address C:\mlruns"), "{run}");
}

#[test]
fn a_hint_names_what_sets_the_field() {
    let by_variable = promote(&bikes()).env("RUNNER__JOB__VERSION", "9").run();
    assert!(by_variable.stdout.contains("`job.version` (from RUNNER__JOB__VERSION)"), "{by_variable}");
    let by_argument = job(promote(&bikes()), &["version=9"]).run();
    assert!(by_argument.stdout.contains("`job.version` (from --set job.version)"), "{by_argument}");
    let base = "job: {version: 9}";
    let by_base = promote(&bikes()).file("base.yaml", base).args(["-b", "base.yaml"]).run();
    assert!(by_base.stdout.contains("`job.version` (from base.yaml, line 1)"), "{by_base}");
}

#[test]
fn a_hint_about_a_job_of_a_list_names_an_argument_that_works() {
    let fake = bikes();
    let list = "jobs: [{KIND: PromotionJob, name: bikes, version: 3}, {KIND: PromotionJob, name: bikes, version: 9}]";
    let runner = Runner::new().file("list.yaml", list).arg("list.yaml").env("MLFLOW_TRACKING_URI", fake.uri());
    let run = runner.run();
    assert!(run.code == 1 && run.stdout.contains("`jobs[1].version` (or `--set jobs.1.version=…`)"), "{run}");
    let run = runner.run_with(&["--set", "jobs.1.version=1"]);
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(1)), "{run}");
    // An argument would change both files.
    let other = runner.file("other.yaml", "job: {KIND: PromotionJob, name: bikes, version: 1}").arg("other.yaml");
    let run = other.run();
    assert!(run.code == 1 && !run.stdout.contains("--set"), "{run}");
}
