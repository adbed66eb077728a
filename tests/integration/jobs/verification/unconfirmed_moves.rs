//! Moves that nobody confirmed, of versions that were to be verified, and what becomes of the alias.

use serde_json::{Value, json};

use super::{ALIAS, job, verifying, writes};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Output;
use crate::support::promotion::bikes;

const NOT_VERIFIED: &str = "; so the version was not verified";
const MAY_SERVE: &str = "look with a StatusJob where the alias is: a version may serve that was not verified, and a second \
                         run does not verify it";

/// Runs a promotion whose version would hold, for the document.
fn doubted(fake: &FakeMlflow, fields: Value) -> Output {
    let yes = json!({ "KIND": "CommandGate", "command": ["true"] });
    verifying(fake, json!({ "gates": [yes] }), fields).args(["-o", "json"]).run()
}

fn forbidden() -> Fault {
    Fault::error(403, "PERMISSION_DENIED", "no").on(ALIAS).method("GET")
}

/// Returns exit code, code, message and hint of a job that ended with this status, and never asked its gates.
#[track_caller]
fn failure(run: &Output, status: &str) -> (i32, String, String, String) {
    let job = job(run);
    let verification = &job["outcome"]["verification"];
    assert_eq!(
        (&job["status"], &verification["passed"], &verification["attempts"]),
        (&json!(status), &json!(false), &json!(0)),
        "{run}"
    );
    let text = |key: &str| job["error"][key].as_str().unwrap().to_owned();
    (run.code, text("code"), text("message"), text("hint"))
}

fn is_back(run: &Output) -> bool {
    job(run)["outcome"]["verification"]["put_back"].as_bool().unwrap()
}

#[test]
fn an_alias_that_cannot_be_read_back_is_put_back_and_the_next_run_verifies() {
    let fake = bikes().fault(forbidden());
    let run = doubted(&fake, json!({}));
    let (exit, code, message, hint) = failure(&run, "failed");
    assert_eq!((exit, code.as_str(), is_back(&run)), (1, "PERMISSION_DENIED", true), "{run}");
    assert!(message.starts_with("bikes@Champion was set to version 3, but could not be read back: "), "{message}");
    assert!(message.ends_with(NOT_VERIFIED), "{message}");
    assert_eq!(hint, "run the job again when its registry answers as it should");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(2), vec!["3".to_owned(), "2".to_owned()]));
    let again = job(&doubted(&fake, json!({})));
    assert_eq!((&again["status"], &again["outcome"]["verification"]["passed"]), (&json!("promoted"), &json!(true)));
}

#[test]
fn a_first_promotion_that_cannot_be_read_back_is_deleted_again() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1)).fault(forbidden());
    let run = doubted(&fake, json!({}));
    assert!(failure(&run, "failed").2.ends_with(NOT_VERIFIED) && is_back(&run), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (None, vec!["1".to_owned(), "-".to_owned()]));
}

#[test]
fn an_alias_that_nobody_may_read_and_is_kept_is_told_to_serve_a_version_that_was_not_verified() {
    let fake = bikes().fault(forbidden().always());
    let run = doubted(&fake, json!({ "on_verify_failure": "keep" }));
    let (exit, code, message, hint) = failure(&run, "failed");
    assert_eq!((exit, &*code, &*hint, is_back(&run)), (1, "VERIFY_FAILED", MAY_SERVE, false), "{run}");
    assert!(message.ends_with("; `on_verify_failure: keep` leaves the alias there"), "{message}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn an_alias_that_only_the_model_shows_is_put_back_and_seen_there() {
    let fake = bikes().fault(forbidden().always());
    let run = doubted(&fake, json!({}));
    let (exit, code, message, _) = failure(&run, "failed");
    assert_eq!((exit, &*code, is_back(&run)), (1, "PERMISSION_DENIED", true), "{run}");
    assert!(message.ends_with(NOT_VERIFIED), "{message}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn an_alias_that_is_read_elsewhere_is_left_there() {
    for other in [Some(1), None] {
        let fake = bikes().fault(Fault::overtaken(other).on(ALIAS).method("POST"));
        let run = doubted(&fake, json!({}));
        assert_eq!((run.code, &job(&run)["error"]["code"]), (1, &json!("ALIAS_MISMATCH")), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (other, vec!["3".to_owned()]));
    }
}

#[test]
fn an_alias_that_somebody_moved_before_it_could_be_read_is_left_there() {
    for other in [Some(1), None] {
        let fake = bikes().fault(Fault::overtaken(other).on(ALIAS).method("POST")).fault(forbidden());
        let run = doubted(&fake, json!({}));
        let (exit, code, message, hint) = failure(&run, "not_restored");
        assert_eq!((exit, code.as_str(), is_back(&run)), (1, "VERIFY_FAILED", false), "{run}");
        assert!(message.ends_with("somebody else moved bikes@Champion after this job, so it was not moved back"), "{run}");
        assert_eq!(hint, "find out who moved it, and whether it is where it should be");
        assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (other, vec!["3".to_owned()]));
    }
}

#[test]
fn a_write_without_an_answer_is_taken_back_where_it_was_done() {
    let fake = bikes().fault(Fault::lost().on(ALIAS).method("POST")).fault(forbidden());
    let run = doubted(&fake, json!({}));
    let (exit, code, message, _) = failure(&run, "failed");
    assert_eq!((exit, code.as_str(), is_back(&run)), (4, "UNREACHABLE", true), "{run}");
    assert!(message.contains(" got no clear answer: ") && message.ends_with(NOT_VERIFIED), "{message}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(2), vec!["3".to_owned(), "2".to_owned()]));
}

#[test]
fn a_write_without_an_answer_that_was_not_done_is_not_taken_back() {
    let never = FakeMlflow::start().model("bikes", |model| model.version(1));
    for (fake, at) in [(bikes(), Some(2)), (never, None)] {
        let fake = fake.fault(Fault::reset().on(ALIAS).method("POST").always());
        let run = doubted(&fake, json!({}));
        let (exit, code, message, hint) = failure(&run, "unknown");
        assert_eq!((exit, code.as_str(), is_back(&run)), (1, "UNREACHABLE", false), "{run}");
        assert!(message.ends_with(NOT_VERIFIED), "{message}");
        assert!(hint.contains("the write may still be applied"), "{hint}");
        assert_eq!((fake.alias("bikes", "Champion"), writes(&fake).len()), (at, 1));
    }
}

#[test]
fn a_batch_that_restores_puts_no_alias_back_twice() {
    let fake = bikes().fault(forbidden());
    let yes = json!({ "KIND": "CommandGate", "command": ["true"] });
    let run =
        verifying(&fake, json!({ "gates": [yes] }), json!({})).args(["-o", "json", "--on-failure", "restore"]).run();
    assert!(failure(&run, "failed").2.ends_with(NOT_VERIFIED) && is_back(&run), "{run}");
    assert_eq!(writes(&fake), ["3", "2"]);
}
