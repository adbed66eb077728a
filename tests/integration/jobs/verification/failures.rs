//! Versions that fail verification, and the resulting alias.

use serde_json::{Value, json};

use super::{ALIAS, failing_gate, history, job, promotion_with_verify, set_approval, tag_gate, writes};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::bikes;

const HISTORY: &str = "runner.history.Champion";

/// Runs a promotion whose version fails verification, with JSON output.
fn run_failing(fake: &FakeMlflow, fields: Value) -> Output {
    promotion_with_verify(fake, json!({ "gates": [failing_gate()] }), fields).args(["-o", "json"]).run()
}

#[track_caller]
fn error(run: &Output, status: &str) -> String {
    let job = job(run);
    assert_eq!(
        (run.code, &job["status"], &job["error"]["code"]),
        (1, &json!(status), &json!("VERIFY_FAILED")),
        "{run}"
    );
    job["error"]["message"].as_str().unwrap().to_owned()
}

fn was_restored(run: &Output) -> bool {
    job(run)["outcome"]["verification"]["put_back"].as_bool().unwrap()
}

#[test]
fn a_failed_verification_restores_the_alias_and_records_both_moves() {
    let fake = bikes();
    let verify = json!({ "gates": [failing_gate()], "attempts": 2, "interval": 0 });
    let run = promotion_with_verify(&fake, verify, json!({ "message": "weekly" })).run();
    insta::assert_snapshot!(run.snapshot_with_log());
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(2), vec!["3".to_owned(), "2".to_owned()]));
    let history = history(&fake.tag("bikes", HISTORY).unwrap());
    let why = "put back from version 3: verification failed: \
               CommandGate: the program in `command` ended with exit code 1: no";
    assert_eq!(history, [(Some(2), why.to_owned()), (Some(3), "weekly".to_owned())]);
}

#[test]
fn a_failed_verification_restores_a_version_that_is_not_ready() {
    let fake = bikes();
    fake.set_status("bikes", 2, "FAILED_REGISTRATION");
    let run = run_failing(&fake, json!({}));
    error(&run, "failed");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), true), "{run}");
}

#[test]
fn the_printed_reports_show_the_verdicts() {
    let fake = bikes();
    let runner = promotion_with_verify(&fake, json!({ "gates": [failing_gate()] }), json!({}));
    let run = runner.args(["--report", "markdown=report.md"]);
    assert_eq!(run.run().code, 1);
    let report = std::fs::read_to_string(run.dir().join("report.md")).unwrap();
    assert!(report.contains("## promotion.yaml verification"), "{report}");
    assert!(report.contains("| CommandGate | refused | COMMAND\\_FAILED |"), "{report}");
}

#[test]
fn a_first_promotion_that_fails_verification_is_deleted() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let run = run_failing(&fake, json!({}));
    let expected = "version 2 was not verified after the move: verification failed: CommandGate: the program in \
                    `command` ended with exit code 1: no";
    assert_eq!((error(&run, "failed").as_str(), was_restored(&run)), (expected, true));
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (None, vec!["2".to_owned(), "-".to_owned()]));
    let moves: Vec<_> = history(&fake.tag("bikes", HISTORY).unwrap()).into_iter().map(|(version, _)| version).collect();
    assert_eq!(moves, [None, Some(2)]);
}

#[test]
fn an_alias_is_kept_if_the_job_requests_it() {
    let fake = bikes();
    let run = run_failing(&fake, json!({ "on_verify_failure": "keep" }));
    assert!(error(&run, "failed").ends_with("; `on_verify_failure: keep` leaves the alias there"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(3), false));
    assert_eq!(writes(&fake), ["3"]);
}

#[test]
fn a_restore_without_a_history_records_nothing() {
    let fake = bikes();
    let run = run_failing(&fake, json!({ "record": false }));
    error(&run, "failed");
    assert!(was_restored(&run), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), fake.tag("bikes", HISTORY)), (Some(2), None));
}

/// Builds a gate that moves the alias, as a concurrent client might, and then exits with a code.
fn moving_gate(version: u64, code: i32) -> Value {
    let program = env!("CARGO_BIN_EXE_runner");
    let script =
        format!("exec 2>/dev/null; {program} --set job.version={version} promotion.yaml >/dev/null; exit {code}");
    json!({ "KIND": "CommandGate", "command": ["sh", "-c", script] })
}

fn with_concurrent_move(fake: &FakeMlflow, version: u64) -> Runner {
    promotion_with_verify(fake, json!({ "gates": [moving_gate(version, 1)] }), json!({})).args(["-o", "json"])
}

const LEFT: &str = "; the alias could not be moved back: somebody else moved bikes@Champion after this job, so it was not \
                    moved back";

#[test]
fn passing_gates_do_not_verify_a_version_that_lost_the_alias_before_the_evaluation() {
    let fake = bikes();
    set_approval(&fake, "yes");
    let verify = json!({ "gates": [tag_gate()], "settle": 2, "attempts": 2, "interval": 3600 });
    let runner = promotion_with_verify(&fake, verify, json!({})).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    fake.set_alias("bikes", "Champion", 1);
    let run = running.finish();
    let message = error(&run, "not_restored");
    let why = "somebody else moved the alias before it was verified";
    assert!(message.contains(why) && message.ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(1), false));
}

#[test]
fn passing_gates_do_not_verify_a_version_that_lost_the_alias_during_the_evaluation() {
    let fake = bikes();
    let verify = json!({ "gates": [moving_gate(1, 0)] });
    let run = promotion_with_verify(&fake, verify, json!({})).args(["-o", "json"]).run();
    let message = error(&run, "not_restored");
    let why = "somebody else moved the alias before it was verified";
    assert!(message.contains(why) && message.ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(1), vec!["3".to_owned(), "1".to_owned()]));
}

#[test]
fn an_alias_moved_during_the_verification_is_not_restored() {
    let fake = bikes();
    let run = with_concurrent_move(&fake, 1).run();
    assert!(error(&run, "not_restored").ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(1), false));
    assert_eq!(writes(&fake), ["3", "1"]);
}

#[test]
fn a_first_promotion_moved_during_the_verification_is_not_deleted() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let run = with_concurrent_move(&fake, 1).run();
    assert!(error(&run, "not_restored").ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(1), vec!["2".to_owned(), "1".to_owned()]));
}

#[test]
fn a_restore_without_a_response_is_confirmed_by_a_read() {
    let fake = bikes().fault(Fault::lost().on(ALIAS).method("POST").after(1));
    let run = run_failing(&fake, json!({}));
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), true), "{run}");
}

#[test]
fn a_restore_during_an_outage_reports_where_the_alias_is() {
    let cases = [
        // The alias cannot be read, so nothing is written.
        (Fault::reset().on("registered-models/get").after(2).always(), Some(3), "could not be moved back: "),
        // The write gets no response.
        (
            Fault::reset().on(ALIAS).method("POST").after(1).always(),
            Some(3),
            "the move of bikes@Champion to version 2 got no clear answer",
        ),
    ];
    for (fault, at, message) in cases {
        let fake = bikes().fault(fault);
        let run = run_failing(&fake, json!({}));
        let said = error(&run, "not_restored");
        assert!(said.contains("; the alias could not be moved back: ") && said.contains(message), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (at, false), "{run}");
        let hint =
            "look with a StatusJob where the alias is: unless it is back, a version serves that was not verified";
        assert_eq!(job(&run)["error"]["hint"], hint);
    }
}

#[test]
fn a_restored_alias_that_cannot_be_read_is_not_reported_as_confirmed() {
    let unreadable = Fault::reset().on(ALIAS).method("GET").after(1).always();
    let fake = bikes().fault(unreadable).fault(Fault::reset().on("registered-models/get").after(3).always());
    let run = run_failing(&fake, json!({}));
    let message = error(&run, "unknown");
    assert!(message.contains("; moving the alias back was accepted, but not confirmed: "), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), false), "{run}");
    let hint = "look with a StatusJob where the alias is: unless it is back, a version serves that was not verified";
    assert_eq!(job(&run)["error"]["hint"], hint);
}

#[test]
fn a_batch_does_not_report_a_job_s_own_restore_as_a_concurrent_move() {
    let unreadable = Fault::reset().on(ALIAS).method("GET").after(1).always();
    let fake = bikes().fault(unreadable).fault(Fault::reset().on("registered-models/get").after(3));
    let runner = promotion_with_verify(&fake, json!({ "gates": [failing_gate()] }), json!({})).args([
        "-o",
        "json",
        "--on-failure",
        "restore",
    ]);
    let run = runner.run();
    let message = error(&run, "unknown");
    assert!(message.contains("; moving the alias back was accepted, but not confirmed: "), "{run}");
    assert!(!message.contains("with the batch") && fake.alias("bikes", "Champion") == Some(2), "{run}");
}

#[test]
fn a_revoked_approval_fails_the_verification() {
    let fake = bikes();
    let set_approval = |value: &str| set_approval(&fake, value);
    set_approval("yes");
    let verify = json!({ "gates": [tag_gate()], "settle": 2 });
    let runner = promotion_with_verify(&fake, verify, json!({ "gates": [tag_gate()] })).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    set_approval("no");
    let run = running.finish();
    assert!(error(&run, "failed").contains("verification failed: TagGate"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), true));
}

#[test]
fn a_version_that_cannot_be_reread_is_not_verified() {
    let reset = || Fault::reset().on("model-versions/get");
    let gates = json!([{ "KIND": "AliasGate", "alias": "Champion", "held": "now" }]);
    let fake = bikes().fault(reset());
    let run = promotion_with_verify(&fake, json!({ "gates": gates }), json!({})).args(["-o", "json"]).run();
    assert!(error(&run, "failed").contains("it could not be verified: "), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), true));
    let fake = bikes().fault(reset());
    let verify = json!({ "gates": gates, "attempts": 2, "interval": 0 });
    assert_eq!(promotion_with_verify(&fake, verify, json!({})).run().code, 0);
}

#[test]
fn a_deletion_without_a_response_is_checked() {
    for (fault, is_gone) in [(Fault::lost(), true), (Fault::reset(), false)] {
        let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
        let fake = fake.fault(fault.on(ALIAS).method("DELETE").always());
        let run = run_failing(&fake, json!({}));
        error(&run, if is_gone { "failed" } else { "not_restored" });
        assert_eq!(was_restored(&run), is_gone, "{run}");
        assert_eq!(fake.alias("bikes", "Champion").is_none(), is_gone);
    }
}

#[test]
fn an_alias_is_not_restored_to_a_missing_version() {
    let gone = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "gone").on("model-versions/get");
    let fake = bikes().fault(gone.after(1).always());
    let run = run_failing(&fake, json!({}));
    let message = error(&run, "not_restored");
    assert!(message.ends_with("; the alias could not be moved back: the model \"bikes\" has no version 2"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(3), vec!["3".to_owned()]));
}
