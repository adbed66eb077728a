//! Versions that do not hold, and what becomes of the alias.

use serde_json::{Value, json};

use super::{ALIAS, failing_gate, history, job, now, promotion_with_verify, set_approval, tag_gate, writes};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::bikes;

const HISTORY: &str = "runner.history.Champion";

/// Runs a promotion whose version does not hold, for the document.
fn run_failing(fake: &FakeMlflow, fields: Value) -> Output {
    promotion_with_verify(fake, json!({ "gates": [failing_gate()] }), fields).args(["-o", "json"]).run()
}

/// Returns the message of a job that was not verified, and that ended with this status.
#[track_caller]
fn error_with(run: &Output, status: &str) -> String {
    let job = job(run);
    assert_eq!(
        (run.code, &job["status"], &job["error"]["code"]),
        (1, &json!(status), &json!("VERIFY_FAILED")),
        "{run}"
    );
    job["error"]["message"].as_str().unwrap().to_owned()
}

#[track_caller]
fn error(run: &Output) -> String {
    error_with(run, "failed")
}

fn hint(run: &Output) -> String {
    job(run)["error"]["hint"].as_str().unwrap().to_owned()
}

const REFUSED: &str = "after the move, version 3 of bikes does not pass CommandGate sh";

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
    let why =
        "put back from version 3: after the move, version 3 of bikes does not pass CommandGate sh, after 2 attempts";
    assert_eq!(history, [(Some(2), why.to_owned()), (Some(3), "weekly".to_owned())]);
}

#[test]
fn a_failed_verification_restores_a_version_that_is_not_ready() {
    let fake = bikes();
    fake.set_status("bikes", 2, "FAILED_REGISTRATION");
    let run = run_failing(&fake, json!({}));
    assert_eq!((error(&run).as_str(), now(&run)), (REFUSED, Some(Some(2))));
    assert_eq!(hint(&run), "find out why version 3 fails before you promote it again");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2), "{run}");
}

#[test]
fn the_printed_reports_show_the_verdicts() {
    let fake = bikes();
    let runner = promotion_with_verify(&fake, json!({ "gates": [failing_gate()] }), json!({}));
    let run = runner.args(["--report", "markdown=report.md"]);
    assert_eq!(run.run().code, 1);
    let report = std::fs::read_to_string(run.dir().join("report.md")).unwrap();
    assert!(report.contains("## promotion.yaml verification"), "{report}");
    assert!(report.contains("| CommandGate sh | refused | COMMAND\\_FAILED |"), "{report}");
}

#[test]
fn a_first_promotion_that_fails_verification_is_deleted() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let run = run_failing(&fake, json!({}));
    let expected = "after the move, version 2 of bikes does not pass CommandGate sh";
    assert_eq!((error(&run).as_str(), was_restored(&run), now(&run)), (expected, true, Some(None)));
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (None, vec!["2".to_owned(), "-".to_owned()]));
    let moves: Vec<_> = history(&fake.tag("bikes", HISTORY).unwrap()).into_iter().map(|(version, _)| version).collect();
    assert_eq!(moves, [None, Some(2)]);
}

#[test]
fn an_alias_is_kept_if_the_job_requests_it() {
    let fake = bikes();
    let run = run_failing(&fake, json!({ "on_verify_failure": "keep" }));
    assert_eq!(error(&run), format!("{REFUSED}; `on_verify_failure: keep` leaves the alias there"));
    assert_eq!((hint(&run).as_str(), now(&run)), ("promote version 2 if version 3 must not serve", Some(Some(3))));
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(3), false));
    assert_eq!(writes(&fake), ["3"]);
}

#[test]
fn a_restore_without_a_history_records_nothing() {
    let fake = bikes();
    let run = run_failing(&fake, json!({ "record": false }));
    assert_eq!((error(&run).as_str(), now(&run)), (REFUSED, Some(Some(2))));
    assert_eq!((fake.alias("bikes", "Champion"), fake.tag("bikes", HISTORY)), (Some(2), None));
}

/// Makes a gate that moves the alias, as somebody else might meanwhile, and then ends with an exit code.
fn somebody_moves_it(version: u64, code: i32) -> Value {
    let program = env!("CARGO_BIN_EXE_runner");
    let script =
        format!("exec 2>/dev/null; {program} --set job.version={version} promotion.yaml >/dev/null; exit {code}");
    json!({ "KIND": "CommandGate", "command": ["sh", "-c", script] })
}

fn overtaken(fake: &FakeMlflow, version: u64) -> Runner {
    promotion_with_verify(fake, json!({ "gates": [somebody_moves_it(version, 1)] }), json!({})).args(["-o", "json"])
}

const LEFT_ALONE: &str = "; somebody else moved the alias, so it was left alone";

#[track_caller]
fn assert_overtaken(run: &Output) {
    let expected = format!("version 3 was not verified after the move: the alias no longer pointed to it{LEFT_ALONE}");
    assert_eq!((error_with(run, "not_restored"), now(run)), (expected, Some(Some(1))), "{run}");
}

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
    assert_overtaken(&run);
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(1), false));
}

#[test]
fn passing_gates_do_not_verify_a_version_that_lost_the_alias_during_the_evaluation() {
    let fake = bikes();
    let verify = json!({ "gates": [somebody_moves_it(1, 0)] });
    let run = promotion_with_verify(&fake, verify, json!({})).args(["-o", "json"]).run();
    assert_overtaken(&run);
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(1), vec!["3".to_owned(), "1".to_owned()]));
}

#[test]
fn an_alias_moved_during_the_verification_is_not_restored() {
    let fake = bikes();
    let run = overtaken(&fake, 1).run();
    assert_eq!(error_with(&run, "not_restored"), format!("{REFUSED}{LEFT_ALONE}"), "{run}");
    assert_eq!(now(&run), Some(Some(1)));
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(1), false));
    assert_eq!(writes(&fake), ["3", "1"]);
}

#[test]
fn a_first_promotion_moved_during_the_verification_is_not_deleted() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let run = overtaken(&fake, 1).run();
    assert!(error_with(&run, "not_restored").ends_with(LEFT_ALONE), "{run}");
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
        // It cannot be read where the alias is: nothing is written.
        (Fault::reset().on("registered-models/get").after(2).always(), "reset the connection"),
        // The write gets no answer.
        (Fault::reset().on(ALIAS).method("POST").after(1).always(), "to version 2 got no clear answer"),
    ];
    for (fault, expected) in cases {
        let fake = bikes().fault(fault);
        let run = run_failing(&fake, json!({}));
        let message = error_with(&run, "not_restored");
        assert!(message.contains("; the alias could not be moved back: ") && message.contains(expected), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(3), false), "{run}");
        assert_eq!(hint(&run), UNLESS_IT_IS_BACK);
    }
}

const UNLESS_IT_IS_BACK: &str =
    "when the registry answers, look with a StatusJob where the alias is; promote version 2 unless it is back";

#[test]
fn a_restored_alias_that_cannot_be_read_is_not_reported_as_confirmed() {
    let unreadable = Fault::reset().on(ALIAS).method("GET").after(1).always();
    let fake = bikes().fault(unreadable).fault(Fault::reset().on("registered-models/get").after(3).always());
    let run = run_failing(&fake, json!({}));
    let message = error_with(&run, "unknown");
    assert!(message.contains("; moving the alias back was accepted, but not confirmed: "), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), false), "{run}");
    assert_eq!((hint(&run).as_str(), now(&run)), (UNLESS_IT_IS_BACK, None));
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
    let message = error_with(&run, "unknown");
    assert!(message.contains("; moving the alias back was accepted, but not confirmed: "), "{run}");
    assert!(!message.contains("not restored") && fake.alias("bikes", "Champion") == Some(2), "{run}");
}

#[test]
fn a_revoked_approval_fails_the_verification() {
    let fake = bikes();
    set_approval(&fake, "yes");
    let verify = json!({ "gates": [tag_gate()], "settle": 2 });
    let runner = promotion_with_verify(&fake, verify, json!({ "gates": [tag_gate()] })).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    set_approval(&fake, "no");
    let run = running.finish();
    assert_eq!(error(&run), "after the move, version 3 of bikes does not pass TagGate approved");
    assert_eq!((fake.alias("bikes", "Champion"), was_restored(&run)), (Some(2), true));
}

#[test]
fn a_version_that_cannot_be_reread_is_not_verified() {
    let reset = || Fault::reset().on("model-versions/get");
    let gates = json!([{ "KIND": "AliasGate", "alias": "Champion", "held": "now" }]);
    let fake = bikes().fault(reset());
    let run = promotion_with_verify(&fake, json!({ "gates": gates }), json!({})).args(["-o", "json"]).run();
    assert!(error(&run).starts_with("version 3 was not verified after the move: "), "{run}");
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
        let status = if is_gone { "failed" } else { "not_restored" };
        assert!(error_with(&run, status).starts_with("after the move, version 1 of bikes does not pass"), "{run}");
        assert_eq!((was_restored(&run), now(&run)), (is_gone, Some((!is_gone).then_some(1))), "{run}");
        assert_eq!(fake.alias("bikes", "Champion").is_none(), is_gone);
    }
}

#[test]
fn a_missing_previous_version_blocks_the_promotion() {
    let gone = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "gone").on("model-versions/get");
    let fake = bikes().fault(gone.after(1).always());
    let run = run_failing(&fake, json!({}));
    let message = error_with(&run, "not_restored");
    assert!(message.contains("; the alias could not be moved back: the model \"bikes\" has no version 2"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(3), vec!["3".to_owned()]));
}
