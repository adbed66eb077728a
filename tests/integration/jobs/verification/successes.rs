//! Versions that hold.

use serde_json::{Value, json};

use super::{approve, approved, endpoint, job, no, verifying, writes};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::promotion::{assert_only_read, bikes};
use crate::support::receiver::{Receiver, Reply};

#[test]
fn a_version_that_holds_at_once_or_later_is_promoted() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(503), Reply::Reset]));
    let verify = json!({ "gates": [endpoint(&receiver)], "attempts": 3, "interval": 0, "settle": 1 });
    let run = verifying(&fake, verify, json!({})).run();
    insta::assert_snapshot!(run.snapshot());
    run.assert_logged("waiting 1 s before version 3 is verified");
    run.assert_logged("bikes@Champion: version 3 is verified");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(3), vec!["3".to_owned()]));
    assert_eq!(receiver.requests().len(), 3);
}

#[test]
fn the_document_says_how_a_version_was_verified() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(503)]));
    let verify = json!({ "gates": [endpoint(&receiver)], "attempts": 5, "interval": 0 });
    let run = verifying(&fake, verify, json!({})).args(["-o", "json"]).run();
    let job = job(&run);
    let verification = &job["outcome"]["verification"];
    assert_eq!((&job["status"], &job["error"]), (&json!("promoted"), &json!(null)), "{run}");
    assert_eq!((&verification["passed"], &verification["attempts"]), (&json!(true), &json!(2)), "{run}");
    assert_eq!(verification["put_back"], false);
    assert_eq!(verification["verdicts"][0]["code"], "PASSED");
    let without = crate::support::promotion::promote(&bikes()).args(["-o", "json"]).run();
    assert!(!without.stdout.contains("verification"), "{without}");
}

#[test]
fn gates_before_and_after_judge_the_same_version_against_the_one_before() {
    let fake = bikes();
    let tell =
        json!({ "KIND": "CommandGate", "command": ["sh", "-c", "echo $RUNNER_PREVIOUS_VERSION to $RUNNER_VERSION"] });
    let run = verifying(&fake, json!({ "gates": [tell] }), json!({ "gates": [tell] })).args(["-o", "json"]).run();
    let outcome = &job(&run)["outcome"];
    let told = |verdicts: &serde_json::Value| verdicts[0]["reason"].as_str().unwrap().to_owned();
    assert!(told(&outcome["gates"]).ends_with(": 2 to 3"), "{run}");
    assert_eq!(told(&outcome["gates"]), told(&outcome["verification"]["verdicts"]));
}

#[test]
fn what_is_set_after_the_move_is_seen_by_a_later_attempt() {
    let fake = bikes();
    let verify = json!({ "gates": [approved()], "attempts": 2, "interval": 2 });
    let runner = verifying(&fake, verify, json!({}));
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    approve(&fake, "yes");
    let run = running.finish();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn an_alias_gate_sees_where_the_alias_is_now_and_a_metric_gate_where_it_was() {
    let fake = bikes().run("run2", &[("f1", 0.8)]).run("run3", &[("f1", 0.9)]);
    let metric = |more: Value| {
        let mut gate = json!({ "KIND": "MetricGate", "metric": "f1", "threshold": 0.5, "min_absolute_change": 0.05, "greater_is_better": true });
        gate.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        gate
    };
    let now = json!({ "KIND": "AliasGate", "alias": "Champion", "held": "now" });
    let gates = json!([now, metric(json!({})), metric(json!({ "baseline": "@Champion" }))]);
    let run = verifying(&fake, json!({ "gates": gates }), json!({})).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn a_gate_that_only_warns_or_is_off_fails_no_verification() {
    let (fake, mut warns, mut off) = (bikes(), no(), no());
    (warns["mode"], off["mode"]) = (json!("warn"), json!("off"));
    let run = verifying(&fake, json!({ "gates": [warns, off] }), json!({})).run();
    assert!(run.code == 0 && run.stdout.contains("warned"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn an_alias_that_is_there_already_is_not_verified() {
    let fake = bikes();
    let run = verifying(&fake, json!({ "gates": [no()] }), json!({ "version": 2 })).run();
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_plan_lists_what_would_verify_and_asks_nothing() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let verify = json!({ "gates": [endpoint(&receiver), no()], "attempts": 3, "settle": 600 });
    let run = verifying(&fake, verify, json!({})).arg("--plan").run();
    let listed = "verified then by HttpGate, CommandGate after 600 s, at most 3 times\n";
    assert!(run.code == 0 && run.stdout.contains(listed), "{run}");
    assert!(receiver.requests().is_empty());
    assert_only_read(&fake);
}

#[test]
fn a_job_that_gates_refuse_is_not_verified() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let run = verifying(&fake, json!({ "gates": [endpoint(&receiver)] }), json!({ "gates": [no()] })).run();
    assert_eq!(run.code, 3, "{run}");
    assert!(receiver.requests().is_empty());
    assert_only_read(&fake);
}

#[test]
fn a_write_that_is_not_read_back_is_not_verified() {
    let fault = crate::support::fake_mlflow::Fault::overtaken(Some(1)).on(super::ALIAS).method("POST");
    let (fake, receiver): (FakeMlflow, Receiver) = (bikes().fault(fault), Receiver::start([]));
    let run = verifying(&fake, json!({ "gates": [endpoint(&receiver)] }), json!({})).args(["-o", "json"]).run();
    assert_eq!(job(&run)["error"]["code"], "ALIAS_MISMATCH", "{run}");
    assert!(receiver.requests().is_empty());
}
