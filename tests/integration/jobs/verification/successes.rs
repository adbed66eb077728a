//! Versions that hold.

use serde_json::{Value, json};

use super::{endpoint_gate, failing_gate, job, promotion_with_verify, set_approval, tag_gate, writes};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::promotion::{assert_only_read, bikes};
use crate::support::receiver::{Receiver, Reply};

#[test]
fn a_version_that_passes_verification_now_or_later_is_promoted() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(503), Reply::Reset]));
    let verify = json!({ "gates": [endpoint_gate(&receiver)], "attempts": 3, "interval": 0, "settle": 1 });
    let run = promotion_with_verify(&fake, verify, json!({})).run();
    insta::assert_snapshot!(run.snapshot());
    run.assert_logged("waiting 1 s before version 3 is verified");
    run.assert_logged("bikes@Champion: version 3 is verified");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(3), vec!["3".to_owned()]));
    assert_eq!(receiver.requests().len(), 3);
}

#[test]
fn the_json_document_describes_the_verification() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(503)]));
    let verify = json!({ "gates": [endpoint_gate(&receiver)], "attempts": 5, "interval": 0 });
    let run = promotion_with_verify(&fake, verify, json!({})).args(["-o", "json"]).run();
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
fn gates_before_and_after_the_move_use_the_same_version_and_baseline() {
    let fake = bikes();
    let tell =
        json!({ "KIND": "CommandGate", "command": ["sh", "-c", "echo $RUNNER_PREVIOUS_VERSION to $RUNNER_VERSION"] });
    let run =
        promotion_with_verify(&fake, json!({ "gates": [tell] }), json!({ "gates": [tell] })).args(["-o", "json"]).run();
    let outcome = &job(&run)["outcome"];
    let message = |verdicts: &serde_json::Value| verdicts[0]["reason"].as_str().unwrap().to_owned();
    assert!(message(&outcome["gates"]).ends_with(": 2 to 3"), "{run}");
    assert_eq!(message(&outcome["gates"]), message(&outcome["verification"]["verdicts"]));
}

#[test]
fn a_later_attempt_sees_tags_set_after_the_move() {
    let fake = bikes();
    let verify = json!({ "gates": [tag_gate()], "attempts": 2, "interval": 2 });
    let runner = promotion_with_verify(&fake, verify, json!({}));
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    set_approval(&fake, "yes");
    let run = running.finish();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn an_alias_gate_sees_the_new_version_and_a_metric_gate_the_previous_one() {
    let fake = bikes().run("run2", &[("f1", 0.8)]).run("run3", &[("f1", 0.9)]);
    let metric = |more: Value| {
        let mut gate = json!({ "KIND": "MetricGate", "metric": "f1", "threshold": 0.5, "min_absolute_change": 0.05, "greater_is_better": true });
        gate.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        gate
    };
    let now = json!({ "KIND": "AliasGate", "alias": "Champion", "held": "now" });
    let gates = json!([now, metric(json!({})), metric(json!({ "baseline": "@Champion" }))]);
    let run = promotion_with_verify(&fake, json!({ "gates": gates }), json!({})).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn a_gate_that_warns_or_is_off_does_not_fail_the_verification() {
    let (fake, mut warns, mut off) = (bikes(), failing_gate(), failing_gate());
    (warns["mode"], off["mode"]) = (json!("warn"), json!("off"));
    let run = promotion_with_verify(&fake, json!({ "gates": [warns, off] }), json!({})).run();
    assert!(run.code == 0 && run.stdout.contains("warned"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn an_alias_that_is_there_already_is_not_verified() {
    let fake = bikes();
    let run = promotion_with_verify(&fake, json!({ "gates": [failing_gate()] }), json!({ "version": 2 })).run();
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_plan_lists_the_verification_gates_and_does_not_evaluate_them() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let verify = json!({ "gates": [endpoint_gate(&receiver), failing_gate()], "attempts": 3, "settle": 600 });
    let run = promotion_with_verify(&fake, verify, json!({})).arg("--plan").run();
    let host = receiver.url("").replace("http://", "");
    let listed = format!("verified then by HttpGate {host}, CommandGate sh after 600 s, at most 3 times\n");
    assert!(run.code == 0 && run.stdout.contains(&listed), "{run}");
    assert!(receiver.requests().is_empty());
    assert_only_read(&fake);
}

#[test]
fn a_job_blocked_by_gates_is_not_verified() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let run = promotion_with_verify(
        &fake,
        json!({ "gates": [endpoint_gate(&receiver)] }),
        json!({ "gates": [failing_gate()] }),
    )
    .run();
    assert_eq!(run.code, 3, "{run}");
    assert!(receiver.requests().is_empty());
    assert_only_read(&fake);
}

#[test]
fn a_move_that_is_not_confirmed_is_not_verified() {
    let fault = crate::support::fake_mlflow::Fault::overtaken(Some(1)).on(super::ALIAS).method("POST");
    let (fake, receiver): (FakeMlflow, Receiver) = (bikes().fault(fault), Receiver::start([]));
    let run = promotion_with_verify(&fake, json!({ "gates": [endpoint_gate(&receiver)] }), json!({}))
        .args(["-o", "json"])
        .run();
    assert_eq!(job(&run)["error"]["code"], "ALIAS_MISMATCH", "{run}");
    assert!(receiver.requests().is_empty());
}
