//! Moves without a response: checked before a retry, and recorded only if they were applied.

mod history;

use serde_json::Value;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::{bikes, job, promote};

const ALIAS: &str = "registered-models/alias";

/// Builds a promotion of `bikes` that retries without delay and prints JSON.
fn retrying_promotion(fake: &FakeMlflow) -> Runner {
    let more = ["max_retries=2", "backoff_factor=0", "backoff_jitter=0"].map(|more| format!("http_request_{more}"));
    let runner =
        more.iter().fold(promote(fake), |runner, more| runner.args(["--set"]).arg(format!("services.mlflow.{more}")));
    runner.args(["-o", "json"])
}

fn on_write(fault: Fault) -> Fault {
    fault.on(ALIAS).method("POST")
}

fn on_read(fault: Fault) -> Fault {
    fault.on(ALIAS).method("GET")
}

/// Returns the exit code, and code and message of the error of the single job.
#[track_caller]
fn exit_and_error(run: &Output) -> (i32, String, String) {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    let text = |key: &str| document["jobs"][0]["error"][key].as_str().unwrap_or_default().to_owned();
    (run.code, text("code"), text("message"))
}

fn count_calls(fake: &FakeMlflow, call: &str) -> usize {
    fake.calls().iter().filter(|made| *made == &format!("{call} {ALIAS}")).count()
}

#[test]
fn an_alias_moved_between_two_attempts_is_not_overwritten() {
    for (other, fields, message) in [
        (Some(1), &[][..], "moved the alias to version 1"),
        (Some(1), &["expect=2"], "moved the alias to version 1"),
        (None, &[], "deleted the alias"),
    ] {
        let fake = bikes().fault(on_write(Fault::robbed(other)));
        let run = job(retrying_promotion(&fake), fields).run();
        let message =
            format!("the move of bikes@Champion to version 3 got no answer, and then somebody else {message}");
        assert_eq!(exit_and_error(&run), (1, "ALIAS_MOVED".to_owned(), message), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), count_calls(&fake, "POST")), (other, 1), "{run}");
        assert_eq!(fake.tag("bikes", "runner.history.Champion"), None, "{run}");
    }
}

#[test]
fn an_alias_created_between_two_attempts_is_not_overwritten() {
    let fake = bikes().fault(on_write(Fault::robbed(Some(1))));
    let run = job(retrying_promotion(&fake), &["alias=Fresh"]).run();
    let (code, _, message) = exit_and_error(&run);
    assert!(code == 1 && message.ends_with("and then somebody else moved the alias to version 1"), "{run}");
    assert_eq!(fake.alias("bikes", "Fresh"), Some(1));
}

#[test]
fn the_same_move_made_concurrently_between_two_attempts_is_a_success() {
    let fake = bikes().fault(on_write(Fault::robbed(Some(3))));
    let run = retrying_promotion(&fake).run();
    assert_eq!((run.code, count_calls(&fake, "POST")), (0, 1), "{run}");
}

#[test]
fn a_write_that_was_not_applied_is_retried_after_each_check() {
    for fault in [Fault::reset(), Fault::status(503), Fault::status(429).header("Retry-After", "0")] {
        let fake = bikes().fault(on_write(fault.times(2)));
        let run = retrying_promotion(&fake).run();
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
        // The last read is the one after the move.
        assert_eq!((count_calls(&fake, "POST"), count_calls(&fake, "GET")), (3, 3), "{run}");
    }
}

#[test]
fn a_successful_move_needs_no_check() {
    let fake = bikes();
    assert_eq!(retrying_promotion(&fake).run().code, 0);
    assert_eq!((count_calls(&fake, "POST"), count_calls(&fake, "GET")), (1, 1));
}

#[test]
fn an_alias_that_cannot_be_read_between_two_attempts_is_not_rewritten() {
    let forbidden = Fault::error(403, "PERMISSION_DENIED", "no");
    let fake = bikes().fault(on_write(Fault::reset())).fault(on_read(forbidden));
    let run = retrying_promotion(&fake).run();
    let (code, _, message) = exit_and_error(&run);
    let doubt = "the move of bikes@Champion to version 3 got no clear answer: ";
    assert!(code == 4 && message.starts_with(doubt), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), count_calls(&fake, "POST")), (Some(2), 1));
}

#[test]
fn a_write_without_a_last_response_is_found_applied() {
    for fault in [Fault::lost(), Fault::truncated()] {
        let fake = bikes().fault(on_write(fault));
        let run = promote(&fake).run();
        assert_eq!((run.code, count_calls(&fake, "POST")), (0, 1), "{run}");
        assert!(run.stderr.contains("no answer came, but a read shows that this was done"), "{run}");
        assert!(fake.tag("bikes", "runner.history.Champion").is_some(), "{run}");
    }
}

#[test]
fn a_retried_deletion_keeps_an_alias_that_was_recreated() {
    let fake = bikes().fault(Fault::robbed(Some(1)).on(ALIAS).method("DELETE"));
    let jobs = "jobs:\n  - { KIND: PromotionJob, alias: Fresh }\n  - { KIND: PromotionJob, version: 9 }\n";
    let services = "services: { mlflow: { registry_name: bikes, http_request_backoff_factor: 0 } }\n";
    let runner = Runner::new().file("batch.yaml", format!("{services}{jobs}")).arg("batch.yaml");
    let run = runner.args(["--on-failure", "restore"]).env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert!(run.code == 1 && run.to_string().contains("bikes@Fresh: 3 -> none (not moved back)"), "{run}");
    assert_eq!((fake.alias("bikes", "Fresh"), count_calls(&fake, "DELETE")), (Some(1), 1), "{run}");
}
