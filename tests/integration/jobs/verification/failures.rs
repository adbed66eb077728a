//! Versions that do not hold, and what becomes of the alias.

use serde_json::{Value, json};

use super::{ALIAS, approve, approved, history, job, no, verifying, writes};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::bikes;

const HISTORY: &str = "runner.history.Champion";

/// Runs a promotion whose version does not hold, for the document.
fn failing(fake: &FakeMlflow, fields: Value) -> Output {
    verifying(fake, json!({ "gates": [no()] }), fields).args(["-o", "json"]).run()
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

fn is_back(run: &Output) -> bool {
    job(run)["outcome"]["verification"]["put_back"].as_bool().unwrap()
}

#[test]
fn an_alias_goes_back_and_both_moves_are_in_the_history() {
    let fake = bikes();
    let verify = json!({ "gates": [no()], "attempts": 2, "interval": 0 });
    let run = verifying(&fake, verify, json!({ "message": "weekly" })).run();
    insta::assert_snapshot!(run.snapshot_with_log());
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(2), vec!["3".to_owned(), "2".to_owned()]));
    let history = history(&fake.tag("bikes", HISTORY).unwrap());
    let why = "put back from version 3: verification failed: \
               CommandGate: the program in `command` ended with exit code 1: no";
    assert_eq!(history, [(Some(2), why.to_owned()), (Some(3), "weekly".to_owned())]);
}

#[test]
fn an_alias_goes_back_also_to_a_version_that_is_not_ready() {
    let fake = bikes();
    fake.set_status("bikes", 2, "FAILED_REGISTRATION");
    let run = failing(&fake, json!({}));
    error(&run, "failed");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(2), true), "{run}");
}

#[test]
fn the_reports_for_people_show_the_verdicts() {
    let fake = bikes();
    let runner = verifying(&fake, json!({ "gates": [no()] }), json!({}));
    let run = runner.args(["--report", "markdown=report.md"]);
    assert_eq!(run.run().code, 1);
    let report = std::fs::read_to_string(run.dir().join("report.md")).unwrap();
    assert!(report.contains("## promotion.yaml verification"), "{report}");
    assert!(report.contains("| CommandGate | refused | COMMAND\\_FAILED |"), "{report}");
}

#[test]
fn a_first_promotion_is_deleted_again() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let run = failing(&fake, json!({}));
    let expected = "version 2 was not verified after the move: verification failed: CommandGate: the program in \
                    `command` ended with exit code 1: no";
    assert_eq!((error(&run, "failed").as_str(), is_back(&run)), (expected, true));
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (None, vec!["2".to_owned(), "-".to_owned()]));
    let moves: Vec<_> = history(&fake.tag("bikes", HISTORY).unwrap()).into_iter().map(|(version, _)| version).collect();
    assert_eq!(moves, [None, Some(2)]);
}

#[test]
fn an_alias_is_kept_where_the_job_says_so() {
    let fake = bikes();
    let run = failing(&fake, json!({ "on_verify_failure": "keep" }));
    assert!(error(&run, "failed").ends_with("; `on_verify_failure: keep` leaves the alias there"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(3), false));
    assert_eq!(writes(&fake), ["3"]);
}

#[test]
fn a_move_without_a_history_goes_back_without_one() {
    let fake = bikes();
    let run = failing(&fake, json!({ "record": false }));
    error(&run, "failed");
    assert!(is_back(&run), "{run}");
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
    verifying(fake, json!({ "gates": [somebody_moves_it(version, 1)] }), json!({})).args(["-o", "json"])
}

const LEFT: &str = "; the alias could not be moved back: somebody else moved bikes@Champion after this job, so it was not \
                    moved back";

#[test]
fn gates_that_pass_do_not_verify_a_version_that_lost_the_alias_before_they_were_asked() {
    let fake = bikes();
    approve(&fake, "yes");
    let verify = json!({ "gates": [approved()], "settle": 2, "attempts": 2, "interval": 3600 });
    let runner = verifying(&fake, verify, json!({})).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    fake.set_alias("bikes", "Champion", 1);
    let run = running.finish();
    let told = error(&run, "not_restored");
    let why = "somebody else moved the alias before it was verified";
    assert!(told.contains(why) && told.ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(1), false));
}

#[test]
fn gates_that_pass_do_not_verify_a_version_that_lost_the_alias_while_they_were_asked() {
    let fake = bikes();
    let verify = json!({ "gates": [somebody_moves_it(1, 0)] });
    let run = verifying(&fake, verify, json!({})).args(["-o", "json"]).run();
    let told = error(&run, "not_restored");
    let why = "somebody else moved the alias before it was verified";
    assert!(told.contains(why) && told.ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(1), vec!["3".to_owned(), "1".to_owned()]));
}

#[test]
fn an_alias_that_somebody_moved_meanwhile_is_left_where_it_is() {
    let fake = bikes();
    let run = overtaken(&fake, 1).run();
    assert!(error(&run, "not_restored").ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(1), false));
    assert_eq!(writes(&fake), ["3", "1"]);
}

#[test]
fn an_alias_that_was_first_promoted_and_then_moved_by_somebody_is_not_deleted() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2));
    let run = overtaken(&fake, 1).run();
    assert!(error(&run, "not_restored").ends_with(LEFT), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(1), vec!["2".to_owned(), "1".to_owned()]));
}

#[test]
fn an_alias_whose_move_back_lost_its_answer_is_found_put_back() {
    let fake = bikes().fault(Fault::lost().on(ALIAS).method("POST").after(1));
    let run = failing(&fake, json!({}));
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(2), true), "{run}");
}

#[test]
fn where_the_registry_is_gone_the_error_says_where_the_alias_is_left() {
    let cases = [
        // It cannot be read where the alias is: nothing is written.
        (Fault::reset().on("registered-models/get").after(2).always(), Some(3), "could not be moved back: "),
        // The write gets no answer.
        (
            Fault::reset().on(ALIAS).method("POST").after(1).always(),
            Some(3),
            "the move of bikes@Champion to version 2 got no clear answer",
        ),
    ];
    for (fault, at, told) in cases {
        let fake = bikes().fault(fault);
        let run = failing(&fake, json!({}));
        let said = error(&run, "not_restored");
        assert!(said.contains("; the alias could not be moved back: ") && said.contains(told), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (at, false), "{run}");
        let hint = "look with a StatusJob where the alias is: unless it is back, a version serves that was not verified";
        assert_eq!(job(&run)["error"]["hint"], hint);
    }
}

#[test]
fn an_alias_that_was_put_back_and_cannot_be_read_there_is_not_said_to_be_seen() {
    let unreadable = Fault::reset().on(ALIAS).method("GET").after(1).always();
    let fake = bikes().fault(unreadable).fault(Fault::reset().on("registered-models/get").after(3).always());
    let run = failing(&fake, json!({}));
    let told = error(&run, "unknown");
    assert!(told.contains("; moving the alias back was accepted, but not confirmed: "), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(2), false), "{run}");
    let hint = "look with a StatusJob where the alias is: unless it is back, a version serves that was not verified";
    assert_eq!(job(&run)["error"]["hint"], hint);
}

#[test]
fn a_batch_does_not_say_of_an_alias_that_its_job_put_back_that_somebody_else_moved_it() {
    let unreadable = Fault::reset().on(ALIAS).method("GET").after(1).always();
    let fake = bikes().fault(unreadable).fault(Fault::reset().on("registered-models/get").after(3));
    let runner =
        verifying(&fake, json!({ "gates": [no()] }), json!({})).args(["-o", "json", "--on-failure", "restore"]);
    let run = runner.run();
    let told = error(&run, "unknown");
    assert!(told.contains("; moving the alias back was accepted, but not confirmed: "), "{run}");
    assert!(!told.contains("with the batch") && fake.alias("bikes", "Champion") == Some(2), "{run}");
}

#[test]
fn an_approval_that_was_revoked_meanwhile_does_not_verify() {
    let fake = bikes();
    let approve = |value: &str| approve(&fake, value);
    approve("yes");
    let verify = json!({ "gates": [approved()], "settle": 2 });
    let runner = verifying(&fake, verify, json!({ "gates": [approved()] })).args(["-o", "json"]);
    let mut running = runner.spawn();
    running.wait_for_line("waiting 2 s before version 3 is verified");
    approve("no");
    let run = running.finish();
    assert!(error(&run, "failed").contains("verification failed: TagGate"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(2), true));
}

#[test]
fn a_version_that_cannot_be_read_again_is_not_verified() {
    let reset = || Fault::reset().on("model-versions/get");
    let gates = json!([{ "KIND": "AliasGate", "alias": "Champion", "held": "now" }]);
    let fake = bikes().fault(reset());
    let run = verifying(&fake, json!({ "gates": gates }), json!({})).args(["-o", "json"]).run();
    assert!(error(&run, "failed").contains("it could not be verified: "), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), is_back(&run)), (Some(2), true));
    let fake = bikes().fault(reset());
    let verify = json!({ "gates": gates, "attempts": 2, "interval": 0 });
    assert_eq!(verifying(&fake, verify, json!({})).run().code, 0);
}

#[test]
fn a_deletion_without_an_answer_is_looked_at() {
    for (fault, is_gone) in [(Fault::lost(), true), (Fault::reset(), false)] {
        let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
        let fake = fake.fault(fault.on(ALIAS).method("DELETE").always());
        let run = failing(&fake, json!({}));
        error(&run, if is_gone { "failed" } else { "not_restored" });
        assert_eq!(is_back(&run), is_gone, "{run}");
        assert_eq!(fake.alias("bikes", "Champion").is_none(), is_gone);
    }
}

#[test]
fn a_version_before_that_is_gone_is_not_promoted() {
    let gone = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "gone").on("model-versions/get");
    let fake = bikes().fault(gone.after(1).always());
    let run = failing(&fake, json!({}));
    let told = error(&run, "not_restored");
    assert!(told.ends_with("; the alias could not be moved back: the model \"bikes\" has no version 2"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), writes(&fake)), (Some(3), vec!["3".to_owned()]));
}
