//! The history of an alias after an unconfirmed move.

use serde_json::{Value, json};

use super::{ALIAS, exit_and_error, on_read, on_write, retrying_promotion};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::promotion::{bikes, promote};

const KEY: &str = "runner.history.Champion";

/// Returns the previous and the new version of each history entry of `Champion`, newest first.
fn moves(fake: &FakeMlflow) -> Vec<(Option<u64>, Option<u64>)> {
    let entries: Vec<Value> = serde_json::from_str(&fake.tag("bikes", KEY).unwrap_or_else(|| "[]".into())).unwrap();
    entries.iter().map(|entry| (entry["previous_version"].as_u64(), entry["version"].as_u64())).collect()
}

fn forbidden() -> Fault {
    on_read(Fault::error(403, "PERMISSION_DENIED", "no"))
}

#[test]
fn a_later_rollback_uses_an_unconfirmed_move() {
    for fault in [forbidden(), on_read(Fault::status(503).times(3))] {
        let fake = bikes().fault(fault);
        let (code, _, message) = exit_and_error(&retrying_promotion(&fake).run());
        assert!(code != 0 && message.starts_with("bikes@Champion was set to version 3, but could not be read back: "));
        let again: Value = serde_json::from_str(&retrying_promotion(&fake).run().stdout).unwrap();
        assert_eq!(again["jobs"][0]["status"], "unchanged", "{again}");
        assert_eq!(moves(&fake), [(Some(2), Some(3))]);
        let back = Runner::new().file("back.yaml", "job: { KIND: RollbackJob, name: bikes }\n").arg("back.yaml");
        let back = back.env("MLFLOW_TRACKING_URI", fake.uri()).run();
        assert_eq!((back.code, fake.alias("bikes", "Champion")), (0, Some(2)), "{back}");
    }
}

#[test]
fn an_applied_move_without_a_response_is_recorded() {
    let fake = bikes().fault(on_write(Fault::lost())).fault(forbidden());
    let run = retrying_promotion(&fake).run();
    assert_eq!((exit_and_error(&run).0, moves(&fake)), (4, vec![(Some(2), Some(3))]), "{run}");
}

#[test]
fn a_move_that_was_not_applied_is_not_recorded() {
    for (faults, at) in [
        ([on_write(Fault::reset().always()), on_read(Fault::hang().times(0))], Some(2)),
        ([on_write(Fault::reset()), forbidden()], Some(2)),
    ] {
        let fake = faults.into_iter().fold(bikes(), FakeMlflow::fault);
        let run = retrying_promotion(&fake).run();
        assert!(run.code != 0 && run.stdout.contains("\"recorded\": false"), "{run}");
        assert_eq!((fake.alias("bikes", "Champion"), moves(&fake)), (at, vec![]), "{run}");
    }
}

#[test]
fn an_accepted_move_is_recorded_despite_a_concurrent_move() {
    let fake = bikes().fault(on_write(Fault::overtaken(Some(1)))).fault(forbidden());
    let run = retrying_promotion(&fake).run();
    assert!(run.code != 0 && run.stdout.contains("\"current_version\": 1,"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), moves(&fake)), (Some(1), vec![(Some(2), Some(3))]), "{run}");
}

#[test]
fn a_job_without_a_history_records_no_unconfirmed_move() {
    let fake = bikes().fault(forbidden());
    let run = retrying_promotion(&fake).args(["--set", "job.record=false"]).run();
    assert_eq!((exit_and_error(&run).0, moves(&fake)), (1, vec![]), "{run}");
}

#[test]
fn an_outage_after_the_write_is_reported_as_a_missing_history_entry() {
    let disconnected = Fault::reset().on("registered-models/get").after(1);
    let fake = bikes().fault(on_write(Fault::lost())).fault(on_read(Fault::reset().always())).fault(disconnected);
    let run = promote(&fake).run();
    assert!(run.code == 4 && moves(&fake).is_empty(), "{run}");
    let message = "if the alias was moved, the history does not have it; a RollbackJob from version 3 then needs `to`";
    assert!(run.stderr.contains(message), "{run}");
}

#[test]
fn a_restored_move_leaves_two_history_entries() {
    let fake = bikes().fault(forbidden());
    let verify = json!({ "gates": [{ "KIND": "CommandGate", "command": ["true"] }] });
    let run = retrying_promotion(&fake).args(["--set"]).arg(format!("job.verify={verify}")).run();
    assert_eq!((exit_and_error(&run).0, fake.alias("bikes", "Champion")), (1, Some(2)), "{run}");
    assert_eq!(moves(&fake), [(Some(3), Some(2)), (Some(2), Some(3))], "{run}");
    assert!(run.stdout.contains("\"put_back\": true"), "{run}");
}

#[test]
fn a_batch_that_restores_an_unconfirmed_move_records_both_moves() {
    let fake = bikes().fault(Fault::status(503).on(ALIAS).method("GET").times(3));
    let run = retrying_promotion(&fake).args(["--on-failure", "restore"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (4, Some(2)), "{run}");
    assert_eq!(moves(&fake), [(Some(3), Some(2)), (Some(2), Some(3))], "{run}");
}

#[test]
fn a_move_is_recorded_concurrently_with_its_confirmation() {
    let fake = bikes().fault(on_read(Fault::held()));
    let runner = promote(&fake);
    let running = runner.spawn();
    // A kill between the two requests cannot lose the entry: it is sent before the read returns.
    fake.wait_for("registered-models/set-tag", 1);
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, moves(&fake)), (0, vec![(Some(2), Some(3))]), "{run}");
}

#[test]
fn a_history_write_without_a_response_is_not_reported_as_missing() {
    let fake = bikes().fault(Fault::lost().on("registered-models/set-tag").always());
    let run = promote(&fake).run();
    let message = "it is not known whether the history (the tag runner.history.Champion) has it: ";
    assert!(run.code == 0 && run.stderr.contains(message), "{run}");
}
