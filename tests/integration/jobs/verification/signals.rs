//! Signals while a version is verified: what was not verified does not stay.

use std::time::Instant;

use serde_json::json;

use super::{ALIAS, endpoint_gate, job, now, promotion_with_verify, writes};
use crate::support::fake_mlflow::Fault;
use crate::support::harness::Output;
use crate::support::promotion::bikes;
use crate::support::receiver::{Receiver, Reply};

#[track_caller]
fn assert_restored(run: &Output, signal: &str) {
    let job = job(run);
    let expected = format!("version 3 was not verified after the move: {signal} came first");
    assert_eq!((&job["status"], &job["error"]["code"]), (&json!("failed"), &json!("VERIFY_FAILED")));
    assert_eq!((&job["error"]["message"], now(run)), (&json!(expected), Some(Some(2))));
}

#[test]
fn a_signal_during_the_wait_restores_the_alias() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let verify = json!({ "gates": [endpoint_gate(&receiver)], "settle": 3600 });
    let runner = promotion_with_verify(&fake, verify, json!({})).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 3600 s before version 3 is verified");
    running.signal("INT");
    let run = running.finish();
    assert_eq!(run.code, 130, "{run}");
    assert_restored(&run, "SIGINT");
    assert_eq!((fake.alias("bikes", "Champion"), receiver.requests().len()), (Some(2), 0));
}

#[test]
fn a_signal_during_a_gate_request_restores_the_alias() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::Hang]));
    let mut gate = endpoint_gate(&receiver);
    gate["timeout"] = json!(3600);
    let runner =
        promotion_with_verify(&fake, json!({ "gates": [gate], "attempts": 9 }), json!({})).args(["-o", "json"]);
    let running = runner.spawn();
    receiver.wait_for(1);
    running.signal("TERM");
    let run = running.finish();
    assert_eq!(run.code, 143, "{run}");
    assert_restored(&run, "SIGTERM");
    assert_eq!((fake.alias("bikes", "Champion"), receiver.requests().len()), (Some(2), 1));
}

#[test]
fn a_signal_during_the_write_restores_the_alias() {
    let (fake, receiver) = (bikes().fault(Fault::held().on(ALIAS).method("POST")), Receiver::start([]));
    let runner =
        promotion_with_verify(&fake, json!({ "gates": [endpoint_gate(&receiver)] }), json!({})).args(["-o", "json"]);
    let mut running = runner.spawn();
    fake.wait_for(ALIAS, 1);
    running.signal("INT");
    running.wait_for_line("a second signal ends at once");
    fake.release();
    let run = running.finish();
    assert_eq!(run.code, 130, "{run}");
    assert_restored(&run, "SIGINT");
    assert_eq!(writes(&fake), ["3", "2"]);
}

#[test]
fn a_signal_does_not_restore_an_alias_that_the_job_keeps() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let verify = json!({ "gates": [endpoint_gate(&receiver)], "settle": 3600 });
    let runner = promotion_with_verify(&fake, verify, json!({ "on_verify_failure": "keep" })).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 3600 s");
    running.signal("INT");
    let run = running.finish();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (130, Some(3)), "{run}");
    let message = job(&run)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("SIGINT came first; `on_verify_failure: keep` leaves the alias there"), "{run}");
}

#[test]
fn a_second_signal_aborts_the_restore() {
    let fault = Fault::hang().on(ALIAS).method("POST").after(1).always();
    let (fake, receiver) = (bikes().fault(fault), Receiver::start([]));
    let verify = json!({ "gates": [endpoint_gate(&receiver)], "settle": 3600 });
    let runner = promotion_with_verify(&fake, verify, json!({})).arg("-v");
    let mut running = runner.spawn();
    running.wait_for_line("waiting 3600 s");
    running.signal("INT");
    running.wait_for_line("setting the alias to version 2");
    let began = Instant::now();
    running.signal("TERM");
    let run = running.finish();
    // Far less than the request may take.
    assert!(run.code == 143 && began.elapsed().as_secs() < 30, "{run}");
}
