//! Rerun safety: the exit code is 4 only if a rerun does not repeat work.

use serde_json::Value;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

const ALIAS: &str = "registered-models/alias";
const CREATE: &str = "model-versions/create";
const KEY: &str = "runner.history.Champion";

/// Services without retries.
const SERVICES: &str = "\
services:
  logger: { format: compact }
  alerts: { enable: false }
  mlflow: { registry_name: bikes, http_request_max_retries: 0 }
";

/// Services whose registry refuses connections.
const NOWHERE: &str = "\
services:
  alerts: { enable: false }
  mlflow: { registry_name: bikes, tracking_uri: 'http://127.0.0.1:1', http_request_max_retries: 0 }
";

/// Starts a registry with versions 1 to 3 of `bikes`; `Champion` moved from 1 to 2 to 3.
fn bikes() -> FakeMlflow {
    let entry = |version: u64, previous: u64| {
        format!(
            r#"{{"version":{version},"previous_version":{previous},"time":"2026-01-0{version}T00:00:00Z","actor":"ada","message":null}}"#
        )
    };
    let history = format!("[{},{}]", entry(3, 2), entry(2, 1));
    FakeMlflow::start().model("bikes", |model| {
        [1, 2, 3]
            .into_iter()
            .fold(model, crate::support::fake_mlflow::Model::version)
            .alias("Champion", 3)
            .tag(KEY, &history)
    })
}

/// Builds a run of jobs on a registry, optionally with one more job on an unreachable registry.
fn batch(fake: &FakeMlflow, jobs: &[&str], with_outage: bool) -> Runner {
    let list: String = jobs.iter().map(|job| format!("  - {job}\n")).collect();
    let runner = Runner::new().file("jobs.yaml", format!("{SERVICES}jobs:\n{list}")).arg("jobs.yaml");
    let runner = match with_outage {
        true => runner.file("out.yaml", format!("{NOWHERE}job: {{ KIND: PromotionJob }}\n")).arg("out.yaml"),
        false => runner,
    };
    runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada").args(["-o", "json"])
}

/// Parses the JSON document that a run printed.
fn document(run: &Output) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {run}"))
}

/// Returns a text field of the error of a job.
fn error(run: &Output, job: usize, field: &str) -> String {
    document(run)["jobs"][job]["error"][field].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_unconfirmed_rollback_is_no_outage_and_reports_the_alias() {
    let read_fails = || Fault::status(503).on(ALIAS).method("GET").always();
    for (fault, written) in [(None, "confirmed"), (Some(Fault::lost()), "confirmed"), (Some(Fault::reset()), "sent")] {
        let fake = bikes().fault(read_fails());
        let fake = fault.into_iter().fold(fake, |fake, fault| fake.fault(fault.on(ALIAS).method("POST")));
        let run = batch(&fake, &["{ KIND: RollbackJob }"], false).run();
        assert_eq!((run.code, &*error(&run, 0, "code")), (1, "UNREACHABLE"), "{run}");
        let at = if written == "sent" { 3 } else { 2 };
        assert_eq!(document(&run)["jobs"][0]["outcome"]["current_version"], at, "{run}");
        assert!(error(&run, 0, "hint").contains("do not run it again as it is"), "{run}");
        assert!(!run.to_string().contains("safe to run the job again"), "{run}");
        assert_eq!(document(&run)["jobs"][0]["outcome"]["alias_written"], *written, "{run}");
    }
}

#[test]
fn a_rollback_without_a_write_or_with_a_version_can_be_rerun() {
    let fake = bikes().fault(Fault::status(503).always());
    let run = batch(&fake, &["{ KIND: RollbackJob }"], false).run();
    assert_eq!(run.code, 4, "{run}");

    let fake = bikes().fault(Fault::status(503).on(ALIAS).method("GET"));
    let runner = batch(&fake, &["{ KIND: RollbackJob, to: 2 }"], false);
    assert_eq!(runner.run().code, 4);
    let second = runner.run();
    assert_eq!((second.code, fake.alias("bikes", "Champion")), (0, Some(2)), "{second}");
}

#[test]
fn a_batch_whose_writes_a_rerun_would_repeat_is_no_outage() {
    for job in [
        "{ KIND: RollbackJob }",
        "{ KIND: RegistrationJob, source: 's3://bikes/4' }",
        "{ KIND: PromotionJob, version: 2, expect: 3 }",
    ] {
        let fake = bikes();
        let run = batch(&fake, &[job], true).args(["--on-failure", "continue"]).run();
        assert_eq!((run.code, &*error(&run, 1, "code")), (1, "UNREACHABLE"), "{run}");
        assert_eq!(document(&run)["status"], "failed", "{run}");
        let hint = error(&run, 1, "hint");
        assert!(hint.ends_with("run this job alone: the whole batch would repeat the work of jobs.yaml"), "{run}");
    }
}

#[test]
fn an_idempotent_batch_is_an_outage() {
    let fake = bikes();
    let runner = batch(&fake, &["{ KIND: PromotionJob, version: 2 }", "{ KIND: StatusJob }"], true);
    let run = runner.args(["--on-failure", "continue"]).run();
    assert_eq!((run.code, &*error(&run, 2, "code")), (4, "UNREACHABLE"), "{run}");
    assert!(!error(&run, 2, "hint").contains("alone"), "{run}");
}

#[test]
fn a_rerun_would_promote_another_version_after_a_later_job_moved_the_source_alias() {
    let previous = "{ KIND: PromotionJob, alias: Previous, version: '@Champion' }";
    for (jobs, expected) in [
        (&[previous, "{ KIND: PromotionJob, version: 2 }"][..], 1),
        // In the other order a rerun finds both aliases unchanged.
        (&["{ KIND: PromotionJob, version: 2 }", previous], 4),
        // No job wrote the alias that the first one read.
        (&[previous, "{ KIND: PromotionJob, version: 3 }"], 4),
        // A rerun would temporarily move it to the first version.
        (&["{ KIND: PromotionJob, version: 1 }", "{ KIND: PromotionJob, version: 2 }"], 1),
    ] {
        let fake = bikes();
        let run = batch(&fake, jobs, true).args(["--on-failure", "continue"]).run();
        assert_eq!(run.code, expected, "{jobs:?} {run}");
    }
}

#[test]
fn a_restored_batch_can_be_rerun() {
    let fake = bikes();
    let previous = "{ KIND: PromotionJob, alias: Previous, version: '@Champion' }";
    let jobs =
        [previous, "{ KIND: PromotionJob, version: 2, expect: 3 }", "{ KIND: RollbackJob, alias: Previous, to: 1 }"];
    let run = batch(&fake, &jobs, true).args(["--on-failure", "restore"]).run();
    assert_eq!(
        (run.code, fake.alias("bikes", "Champion"), fake.alias("bikes", "Previous")),
        (4, Some(3), None),
        "{run}"
    );
}

#[test]
fn a_registration_without_a_clear_response_is_unconfirmed() {
    for (fault, made) in [
        (Fault::covered(503), 1),
        (Fault::covered(500), 1),
        (Fault::covered(502), 1),
        (Fault::covered(504), 1),
        (Fault::lost(), 1),
        (Fault::truncated(), 1),
        (Fault::status(503), 0),
        (Fault::html(502), 0),
    ] {
        let fake = bikes().fault(fault.on(CREATE));
        let run = batch(&fake, &["{ KIND: RegistrationJob, source: 's3://bikes/4' }"], false).run();
        assert_eq!((run.code, &*error(&run, 0, "code")), (1, "UNCONFIRMED"), "{run}");
        assert_eq!(document(&run)["jobs"][0]["outcome"]["version_created"], "sent", "{run}");
        assert_eq!(fake.calls().iter().filter(|call| call.ends_with(CREATE)).count(), 1, "{run}");
        assert_eq!(fake.versions("bikes"), 3 + made, "{run}");
    }
}

#[test]
fn a_rejected_registration_created_nothing() {
    let fake = bikes().fault(Fault::error(400, "INVALID_PARAMETER_VALUE", "no").on(CREATE));
    let run = batch(&fake, &["{ KIND: RegistrationJob, source: 's3://bikes/4' }"], false).run();
    assert_eq!((run.code, &*error(&run, 0, "code")), (1, "REGISTRY_REFUSED"), "{run}");
    assert!(document(&run)["jobs"][0]["outcome"].get("version_created").is_none(), "{run}");
}

#[test]
fn an_unchanged_job_reports_a_history_that_ends_at_another_version() {
    let fake = bikes();
    fake.set_alias("bikes", "Champion", 1);
    let run = batch(&fake, &["{ KIND: PromotionJob, version: 1 }"], false).run();
    assert!(run.code == 0 && run.stderr.contains("needs `to: 3`"), "{run}");
    let quiet = batch(&fake, &["{ KIND: PromotionJob, version: 1, record: false }"], false).run();
    assert!(!quiet.stderr.contains("needs `to"), "{quiet}");
    fake.set_alias("bikes", "Champion", 3);
    let current = batch(&fake, &["{ KIND: PromotionJob, version: 3 }"], false).run();
    assert!(!current.stderr.contains("needs `to"), "{current}");
}

#[test]
fn the_hint_about_rejected_credentials_is_kept_if_the_job_must_not_be_rerun() {
    for (job, advice) in [
        ("{ KIND: RollbackJob }", "; do not run it again as it is: it goes back from wherever the alias is"),
        ("{ KIND: PromotionJob, version: 2, expect: 3 }", "; look where the alias is (a StatusJob shows it)"),
        ("{ KIND: PromotionJob, version: 2 }", "; run the job again: what is already done stays as it is"),
    ] {
        let fake = bikes().fault(Fault::status(401).on(ALIAS).method("GET").always());
        let run = batch(&fake, &[job], false).run();
        assert_eq!((&*error(&run, 0, "code"), fake.alias("bikes", "Champion")), ("LOGIN_REFUSED", Some(2)), "{run}");
        let hint = error(&run, 0, "hint");
        assert!(hint.contains("MLFLOW_TRACKING_") && hint.contains(advice), "{run}");
    }
}

#[test]
fn a_job_whose_alias_a_later_job_moved_is_not_reported_as_safe_to_rerun() {
    let fake = bikes().fault(Fault::status(503).on(ALIAS).method("GET"));
    let jobs = ["{ KIND: PromotionJob, alias: Previous, version: '@Champion' }", "{ KIND: PromotionJob, version: 2 }"];
    let run = batch(&fake, &jobs, false).args(["--on-failure", "continue"]).run();
    assert_eq!((run.code, &*error(&run, 0, "code")), (1, "UNREACHABLE"), "{run}");
    let hint = error(&run, 0, "hint");
    assert_eq!(hint, "do not run it again as it is: a later job of the batch changed what it reads or writes", "{run}");
}
