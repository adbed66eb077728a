//! Moves that nobody confirmed, of versions that were to be verified, and what becomes of the alias.

use serde_json::{Value, json};

use super::{ALIAS, job, now, promotion_with_verify, writes};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Output;
use crate::support::promotion::bikes;

const NOT_VERIFIED: &str = "; so the version was not verified";
const MAY_SERVE: &str = "look with a StatusJob where the alias is: a version may serve that was not verified, and a second run \
                         does not verify it";

/// Runs a promotion whose version would hold, for the document.
fn doubted(fake: &FakeMlflow, fields: Value) -> Output {
    let yes = json!({ "KIND": "CommandGate", "command": ["true"] });
    promotion_with_verify(fake, json!({ "gates": [yes] }), fields).args(["-o", "json"]).run()
}

fn forbidden() -> Fault {
    Fault::error(403, "PERMISSION_DENIED", "no").on(ALIAS).method("GET")
}

/// Returns exit code, code, message and hint of a failed job, which never asked its gates.
#[track_caller]
fn failure(run: &Output) -> (i32, String, String, String) {
    let job = job(run);
    let verification = &job["outcome"]["verification"];
    assert_eq!((&verification["passed"], &verification["attempts"]), (&json!(false), &json!(0)));
    let text = |key: &str| job["error"][key].as_str().unwrap().to_owned();
    (run.code, text("code"), text("message"), text("hint"))
}

fn was_restored(run: &Output) -> bool {
    job(run)["outcome"]["verification"]["put_back"].as_bool().unwrap()
}

#[test]
fn an_unconfirmed_alias_is_restored_and_verified_by_the_next_run() {
    let fake = bikes().fault(forbidden());
    let run = doubted(&fake, json!({}));
    let (exit, code, message, hint) = failure(&run);
    assert_eq!((exit, code.as_str(), was_restored(&run)), (1, "PERMISSION_DENIED", true), "{run}");
    assert!(message.starts_with("bikes@Champion was set to version 3, but could not be read back: "), "{message}");
    assert!(message.ends_with(NOT_VERIFIED) && now(&run) == Some(Some(2)), "{run}");
    assert_eq!(hint, "run the job again when its registry answers as it should");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(2), vec!["3".to_owned(), "2".to_owned()]));
    let again = job(&doubted(&fake, json!({})));
    assert_eq!((&again["status"], &again["outcome"]["verification"]["passed"]), (&json!("promoted"), &json!(true)));
}

#[test]
fn an_unconfirmed_first_promotion_is_deleted() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1)).fault(forbidden());
    let run = doubted(&fake, json!({}));
    assert!(failure(&run).2.ends_with(NOT_VERIFIED) && was_restored(&run) && now(&run) == Some(None), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (None, vec!["1".to_owned(), "-".to_owned()]));
}

#[test]
fn a_kept_alias_that_cannot_be_read_is_reported_as_serving_an_unverified_version() {
    let fake = bikes().fault(forbidden().always());
    let run = doubted(&fake, json!({ "on_verify_failure": "keep" }));
    let (exit, code, message, hint) = failure(&run);
    assert_eq!((exit, &*code, &*hint, was_restored(&run)), (1, "VERIFY_FAILED", MAY_SERVE, false), "{run}");
    assert!(message.ends_with("; `on_verify_failure: keep` leaves the alias there"), "{message}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn an_alias_visible_only_in_the_model_is_restored_and_confirmed_there() {
    let fake = bikes().fault(forbidden().always());
    let run = doubted(&fake, json!({}));
    let (exit, code, message, _) = failure(&run);
    assert_eq!((exit, &*code, was_restored(&run)), (1, "PERMISSION_DENIED", true), "{run}");
    assert!(message.ends_with(NOT_VERIFIED) && now(&run) == Some(Some(2)), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn an_alias_read_at_another_version_is_kept() {
    for other in [Some(1), None] {
        let fake = bikes().fault(Fault::overtaken(other).on(ALIAS).method("POST"));
        let run = doubted(&fake, json!({}));
        assert_eq!((run.code, &job(&run)["error"]["code"]), (1, &json!("ALIAS_MISMATCH")), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (other, vec!["3".to_owned()]));
    }
}

#[test]
fn an_alias_moved_concurrently_before_the_read_is_kept() {
    for other in [Some(1), None] {
        let fake = bikes().fault(Fault::overtaken(other).on(ALIAS).method("POST")).fault(forbidden());
        let run = doubted(&fake, json!({}));
        let (exit, code, message, hint) = failure(&run);
        assert_eq!((exit, code.as_str(), was_restored(&run)), (1, "VERIFY_FAILED", false), "{run}");
        assert!(message.ends_with("; somebody else moved the alias, so it was left alone"), "{message}");
        assert_eq!(job(&run)["status"], "not_restored", "{run}");
        assert_eq!(hint, "find out who moved it, and whether it is where it should be");
        assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (other, vec!["3".to_owned()]));
    }
}

#[test]
fn an_applied_write_without_a_response_is_reverted() {
    let fake = bikes().fault(Fault::lost().on(ALIAS).method("POST")).fault(forbidden());
    let run = doubted(&fake, json!({}));
    let (exit, code, message, _) = failure(&run);
    assert_eq!((exit, code.as_str(), was_restored(&run)), (4, "UNREACHABLE", true), "{run}");
    assert!(message.contains("got no clear answer") && message.ends_with(NOT_VERIFIED), "{message}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(2), vec!["3".to_owned(), "2".to_owned()]));
}

#[test]
fn a_write_without_a_response_that_was_not_applied_is_not_reverted() {
    let never = FakeMlflow::start().model("bikes", |model| model.version(1));
    for (fake, at) in [(bikes(), Some(2)), (never, None)] {
        let fake = fake.fault(Fault::reset().on(ALIAS).method("POST").always());
        let run = doubted(&fake, json!({}));
        let (exit, code, message, hint) = failure(&run);
        assert_eq!((exit, code.as_str(), was_restored(&run)), (1, "UNREACHABLE", false), "{run}");
        assert!(message.ends_with(NOT_VERIFIED) && now(&run) == Some(at), "{run}");
        assert!(hint.contains("the write may still be applied"), "{hint}");
        assert_eq!((fake.alias("bikes", "Champion"), writes(&fake).len()), (at, 1));
    }
}

#[test]
fn a_batch_restores_no_alias_twice() {
    let fake = bikes().fault(forbidden());
    let yes = json!({ "KIND": "CommandGate", "command": ["true"] });
    let run = promotion_with_verify(&fake, json!({ "gates": [yes] }), json!({}))
        .args(["-o", "json", "--on-failure", "restore"])
        .run();
    assert!(failure(&run).2.ends_with(NOT_VERIFIED) && now(&run) == Some(Some(2)), "{run}");
    assert_eq!(writes(&fake), ["3", "2"]);
}
