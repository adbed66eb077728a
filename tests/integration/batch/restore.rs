//! `--on-failure restore`: restores only the aliases that this batch moved.

use serde_json::Value;

use super::{ALIAS, batch, champions, document, runner, server_with_models, statuses};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

const FIRST: &str = "{ KIND: PromotionJob, name: m0 }";
const SECOND: &str = "{ KIND: PromotionJob, name: m1 }";
/// A job that always fails, on an alias that no other test moves.
const FAILS: &str = "{ KIND: PromotionJob, name: m0, alias: Nothing, version: 9 }";

fn restore_runner(fake: &FakeMlflow, jobs: &[&str]) -> Runner {
    batch(fake, jobs).args(["--on-failure", "restore"])
}

/// Runs to the end with JSON output.
fn run_restore(fake: &FakeMlflow, jobs: &[&str]) -> (Output, Value) {
    let run = restore_runner(fake, jobs).args(["-o", "json"]).run();
    let document = document(&run);
    (run, document)
}

/// Returns every write to an alias: the model, and the version or a dash for a deletion.
fn writes(fake: &FakeMlflow) -> Vec<String> {
    let requests = fake.requests();
    let writes = requests.iter().filter(|request| request.endpoint() == ALIAS && request.method != "GET");
    writes
        .map(|request| {
            let fields = request.json();
            let text = |key: &str| fields[key].as_str().unwrap_or("-").to_owned();
            format!("{} {}", text("name"), text("version"))
        })
        .collect()
}

#[test]
fn a_failed_batch_restores_aliases_in_reverse_order() {
    let fake = server_with_models(2);
    insta::assert_snapshot!(restore_runner(&fake, &[FIRST, SECOND, FAILS, FIRST]).run().snapshot_with_log(), @r#"
    exit: 1
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS    TIME
    batch.yaml[0]  m0     Champion  2       3       2     restored  [SECONDS] s
    batch.yaml[1]  m1     Champion  2       3       2     restored  [SECONDS] s
    batch.yaml[2]  m0     Nothing   none    -       none  failed    [SECONDS] s
    batch.yaml[3]  m0     Champion  ?       -       ?     skipped   [SECONDS] s

    batch.yaml[2] failed (VERSION_NOT_FOUND): the model "m0" has no version 9
      now:  nothing was changed: m0@Nothing does not exist
      next: set `jobs[2].version` (or `--set jobs.2.version=…`) to a version that exists; a StatusJob lists them

    batch.yaml[0], batch.yaml[1] restored: their aliases were moved back because batch.yaml[2] ended as failed
      now:  each alias is where it was before
      next: see batch.yaml[2]

    batch.yaml[3] skipped: not started because batch.yaml[2] ended as failed
      now:  nothing was changed: m0@Champion is where it was
      next: correct batch.yaml[2], then run the batch again

    2 restored, 1 failed, 1 skipped; 4 of 4 aliases are where they were
    --- stderr
    INFO batch.yaml[0] m0@Champion: selected version 3 (latest), now at 2
    INFO batch.yaml[0] m0@Champion: promoted from 2 to 3 (confirmed)
    INFO batch.yaml[1] m1@Champion: selected version 3 (latest), now at 2
    INFO batch.yaml[1] m1@Champion: promoted from 2 to 3 (confirmed)
    ERROR batch.yaml[2] m0@Nothing: failed (VERSION_NOT_FOUND)
    INFO restore batch.yaml[1] m1@Champion: 3 -> 2 (moved back, confirmed)
    INFO restore batch.yaml[0] m0@Champion: 3 -> 2 (moved back, confirmed)
    "#);
    assert_eq!(champions(&fake, 2), [Some(2); 2]);
    assert_eq!(writes(&fake), ["m0 3", "m1 3", "m1 2", "m0 2"]);
}

#[test]
fn an_alias_that_moved_twice_is_restored_twice() {
    let fake = server_with_models(1);
    let (run, document) = run_restore(&fake, &[FIRST, "{ KIND: PromotionJob, version: 1 }", FAILS]);
    assert_eq!((run.code, statuses(&document)), (1, vec!["restored", "restored", "failed"]), "{run}");
    assert_eq!(writes(&fake), ["m0 3", "m0 1", "m0 3", "m0 2"]);
    assert_eq!(champions(&fake, 1), [Some(2)]);
}

#[test]
fn a_successful_batch_restores_nothing() {
    let fake = server_with_models(2);
    let (run, document) = run_restore(&fake, &[FIRST, SECOND]);
    assert_eq!((run.code, statuses(&document)), (0, vec!["promoted"; 2]), "{run}");
}

#[test]
fn a_first_promotion_is_deleted_and_both_moves_are_in_the_history() {
    let fake = server_with_models(1);
    let (run, document) = run_restore(&fake, &["{ KIND: PromotionJob, alias: Prod, message: release }", FAILS]);
    assert_eq!((run.code, statuses(&document)), (1, vec!["restored", "failed"]), "{run}");
    assert_eq!((fake.alias("m0", "Prod"), writes(&fake)), (None, vec!["m0 3".into(), "m0 -".into()]));
    let history: Value = serde_json::from_str(&fake.tag("m0", "runner.history.Prod").unwrap()).unwrap();
    let moves: Vec<_> =
        history.as_array().unwrap().iter().map(|entry| (&entry["version"], &entry["message"])).collect();
    let restored = "restored: the batch that moved it did not succeed";
    assert_eq!(moves, [(&Value::Null, &Value::from(restored)), (&Value::from(3), &Value::from("release"))]);
}

#[test]
fn a_restore_is_recorded_if_the_move_was_recorded() {
    let fake = server_with_models(2);
    let unrecorded = "{ KIND: PromotionJob, name: m1, record: false }";
    let (run, _) = run_restore(&fake, &[FIRST, unrecorded, FAILS]);
    let history: Value = serde_json::from_str(&fake.tag("m0", "runner.history.Champion").unwrap()).unwrap();
    let moves: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["previous_version"].as_u64(), entry["version"].as_u64()))
        .collect();
    assert_eq!(moves, [(Some(3), Some(2)), (Some(2), Some(3))], "{run}");
    assert_eq!(fake.tag("m1", "runner.history.Champion"), None, "{run}");
}

#[test]
fn a_concurrently_moved_alias_is_kept_and_the_others_are_restored() {
    // The failing job is held while another client moves an alias.
    let fake = server_with_models(2).fault(Fault::held().on("model-versions/get"));
    let runner = restore_runner(&fake, &[FIRST, SECOND, FAILS]);
    let running = runner.spawn();
    fake.wait_for("model-versions/get", 1);
    let other = batch(&fake, &["{ KIND: PromotionJob, name: m1, version: 1 }"]).run();
    assert_eq!(other.code, 0, "{other}");
    fake.release();
    insta::assert_snapshot!(running.finish().snapshot(), @r#"
    exit: 1
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS        TIME
    batch.yaml[0]  m0     Champion  2       3       2     restored      [SECONDS] s
    batch.yaml[1]  m1     Champion  2       3       1     not_restored  [SECONDS] s
    batch.yaml[2]  m0     Nothing   none    -       none  failed        [SECONDS] s

    batch.yaml[1] not_restored (ALIAS_LEFT): somebody else moved m1@Champion after this job, so it was not moved back
      now:  m1@Champion is at version 1
      next: find out who moved it, and whether it is where it should be

    batch.yaml[2] failed (VERSION_NOT_FOUND): the model "m0" has no version 9
      now:  nothing was changed: m0@Nothing does not exist
      next: set `jobs[2].version` (or `--set jobs.2.version=…`) to a version that exists; a StatusJob lists them

    batch.yaml[0] restored: its alias was moved back because batch.yaml[2] ended as failed
      now:  m0@Champion is at version 2 again
      next: see batch.yaml[2]

    1 restored, 1 not_restored, 1 failed; 2 of 3 aliases are where they were
    --- stderr
    ERROR batch.yaml[2] m0@Nothing: failed (VERSION_NOT_FOUND)
    ERROR restore batch.yaml[1] m1@Champion: 3 -> 2 (not moved back)
    "#);
    assert_eq!(champions(&fake, 2), [Some(2), Some(1)]);
}

#[test]
fn a_concurrently_moved_first_promotion_is_not_deleted() {
    let fake = server_with_models(1).fault(Fault::held().on("model-versions/get"));
    let runner = restore_runner(&fake, &["{ KIND: PromotionJob, alias: Prod }", FAILS]).args(["-o", "json"]);
    let running = runner.spawn();
    fake.wait_for("model-versions/get", 1);
    assert_eq!(batch(&fake, &["{ KIND: PromotionJob, alias: Prod, version: 1 }"]).run().code, 0);
    fake.release();
    let run = running.finish();
    let document = document(&run);
    assert_eq!((statuses(&document), fake.alias("m0", "Prod")), (vec!["not_restored", "failed"], Some(1)), "{run}");
    assert_eq!(document["jobs"][0]["error"]["code"], "ALIAS_LEFT", "{run}");
}

#[test]
fn a_rejected_deletion_is_reported_beside_the_first_error() {
    let refused = Fault::error(403, "PERMISSION_DENIED", "only an admin deletes").on(ALIAS).method("DELETE");
    let fake = server_with_models(2).fault(refused.always());
    let run = restore_runner(&fake, &[SECOND, "{ KIND: PromotionJob, alias: Prod }", FAILS]).arg("-q").run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 1
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS        TIME
    batch.yaml[0]  m1     Champion  2       3       2     restored      [SECONDS] s
    batch.yaml[1]  m0     Prod      none    3       3     not_restored  [SECONDS] s
    batch.yaml[2]  m0     Nothing   none    -       none  failed        [SECONDS] s

    batch.yaml[1] not_restored (PERMISSION_DENIED): the alias could not be moved back with the batch: the registry at http://127.0.0.1:[PORT] does not let this login delete the alias Prod of m0: it answered 403 Forbidden: PERMISSION_DENIED: only an admin deletes
      now:  m0@Prod was at version 3 when it was read last
      next: ask the registry's owner for the MANAGE permission on the model: EDIT lets an alias be moved, and not deleted; then delete the alias, which did not exist before

    batch.yaml[2] failed (VERSION_NOT_FOUND): the model "m0" has no version 9
      now:  nothing was changed: m0@Nothing does not exist
      next: set `jobs[2].version` (or `--set jobs.2.version=…`) to a version that exists; a StatusJob lists them

    batch.yaml[0] restored: its alias was moved back because batch.yaml[2] ended as failed
      now:  m1@Champion is at version 2 again
      next: see batch.yaml[2]

    1 restored, 1 not_restored, 1 failed; 2 of 3 aliases are where they were
    --- stderr
    ERROR batch.yaml[2] m0@Nothing: failed (VERSION_NOT_FOUND)
    ERROR restore batch.yaml[1] m0@Prod: 3 -> none (not moved back)
    "#);
    assert_eq!((fake.alias("m0", "Prod"), fake.alias("m1", "Champion")), (Some(3), Some(2)));
}

#[test]
fn a_deleted_version_cannot_be_restored() {
    let fake = server_with_models(1).model("m1", |model| model.version(8).alias("Champion", 7));
    let (run, document) = run_restore(&fake, &[FIRST, SECOND, FAILS]);
    assert_eq!((run.code, statuses(&document)), (1, vec!["restored", "not_restored", "failed"]), "{run}");
    let error = &document["jobs"][1]["error"];
    assert_eq!(error["code"], "VERSION_NOT_FOUND", "{run}");
    let said = "the alias could not be moved back with the batch: the model \"m1\" has no version 7";
    assert_eq!(error["message"], said, "{run}");
    assert!(error["hint"].as_str().unwrap().starts_with("choose a version that exists: "), "{run}");
    assert_eq!(champions(&fake, 2), [Some(2), Some(8)]);
}

#[test]
fn each_alias_reports_its_own_restore_failure() {
    let fake = server_with_models(3).fault(Fault::status(500).on(ALIAS).method("POST").after(4).times(1));
    let (run, document) = run_restore(&fake, &[FIRST, SECOND, "{ KIND: PromotionJob, name: m2 }", FAILS]);
    assert_eq!((run.code, statuses(&document)), (1, vec!["restored", "not_restored", "restored", "failed"]), "{run}");
    let message = document["jobs"][1]["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("the alias could not be moved back with the batch: "), "{run}");
    assert_eq!(champions(&fake, 3), [2, 3, 2].map(Some));
}

#[test]
fn an_unconfirmed_write_is_restored_and_counts_as_failed() {
    // The alias moves, and the following read fails.
    let fake = server_with_models(1).fault(Fault::status(500).on(ALIAS).method("GET"));
    let (run, document) = run_restore(&fake, &[FIRST]);
    assert_eq!((run.code, champions(&fake, 1)), (4, vec![Some(2)]), "{run}");
    assert_eq!(document["status"], "unavailable", "{run}");
    assert_eq!(
        (&document["jobs"][0]["status"], &document["jobs"][0]["error"]["code"]),
        (&"restored".into(), &"UNREACHABLE".into())
    );
}

#[test]
fn a_failed_restore_is_reported_beside_the_error_of_its_job() {
    // The alias moves, and then reads and restores fail.
    let fake = server_with_models(1)
        .fault(Fault::status(500).on(ALIAS).method("GET").always())
        .fault(Fault::status(500).on(ALIAS).method("POST").after(1).always());
    let reports = ["--report", "junit=r.xml", "--report", "markdown=r.md"];
    let runner = restore_runner(&fake, &[FIRST]).args(reports).args(["-o", "json"]);
    let run = runner.run();
    let document = document(&run);
    let (job, message) = (&document["jobs"][0], document["jobs"][0]["error"]["message"].as_str().unwrap());
    assert_eq!((&job["status"], &job["error"]["code"]), (&"not_restored".into(), &"UNREACHABLE".into()), "{run}");
    assert!(message.starts_with("m0@Champion was set to version 3, but could not be read back: "), "{run}");
    assert!(message.contains("; the alias could not be moved back with the batch: "), "{run}");
    for report in ["r.xml", "r.md"] {
        let text = std::fs::read_to_string(runner.dir().join(report)).unwrap();
        assert!(text.contains("; the alias could not be moved back with the batch: "), "{text}");
    }
    assert_eq!(champions(&fake, 1), [Some(3)]);
}

#[test]
fn a_write_with_a_later_concurrent_move_is_not_restored() {
    let fake = server_with_models(1).fault(Fault::overtaken(Some(1)).on(ALIAS).method("POST"));
    let (run, document) = run_restore(&fake, &[FIRST]);
    assert_eq!((run.code, champions(&fake, 1)), (1, vec![Some(1)]), "{run}");
    assert_eq!(
        (&document["jobs"][0]["status"], &document["jobs"][0]["error"]["code"]),
        (&"not_restored".into(), &"ALIAS_MISMATCH".into())
    );
}

#[test]
fn a_registered_version_is_kept_and_its_alias_is_restored() {
    let fake = server_with_models(1);
    let registration = "{ KIND: RegistrationJob, source: 's3://new', alias: Champion }";
    let (run, document) = run_restore(&fake, &[registration, FAILS]);
    assert_eq!((run.code, statuses(&document)), (1, vec!["restored", "failed"]), "{run}");
    assert_eq!((champions(&fake, 1), writes(&fake)), (vec![Some(2)], vec!["m0 4".into(), "m0 2".into()]), "{run}");
}

#[test]
fn the_first_failure_sets_the_exit_code_of_a_restored_batch() {
    let blocked = "{ KIND: PromotionJob, name: m1, expect: 1 }";
    let fake = server_with_models(2);
    let (run, document) = run_restore(&fake, &[FIRST, blocked]);
    assert_eq!((run.code, statuses(&document)), (3, vec!["restored", "blocked"]), "{run}");
    let fake = server_with_models(2).fault(Fault::status(503).on(ALIAS).method("POST").after(1));
    let (run, document) = run_restore(&fake, &[FIRST, SECOND]);
    assert_eq!((run.code, statuses(&document)), (4, vec!["restored", "unknown"]), "{run}");
    assert_eq!(champions(&fake, 2), [Some(2); 2]);
}

#[test]
fn aliases_of_concurrent_jobs_are_all_restored() {
    let fake = server_with_models(3).fault(Fault::held().on(ALIAS).method("POST").times(3));
    let jobs = [FIRST, SECOND, "{ KIND: PromotionJob, name: m2 }", FAILS];
    let runner = restore_runner(&fake, &jobs).args(["-j", "4", "-o", "json"]);
    let mut running = runner.spawn();
    fake.wait_for(ALIAS, 3);
    running.wait_for_line("failed (VERSION_NOT_FOUND)");
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, statuses(&document(&run))), (1, vec!["restored", "restored", "restored", "failed"]), "{run}");
    assert_eq!(champions(&fake, 3), [Some(2); 3]);
}

#[test]
fn restored_and_unrestored_moves_are_notified() {
    let refused = Fault::error(403, "PERMISSION_DENIED", "only an admin deletes").on(ALIAS).method("DELETE");
    let fake = server_with_models(2).fault(refused);
    let config =
        super::list(&[FIRST, "{ KIND: PromotionJob, alias: Prod }", FAILS]).replace("enable: false", "app_name: Bikes");
    let run = runner(&fake).file("batch.yaml", config).args(["-qqq", "--on-failure", "restore", "batch.yaml"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 1
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS        TIME
    batch.yaml[0]  m0     Champion  2       3       2     restored      [SECONDS] s
    batch.yaml[1]  m0     Prod      none    3       3     not_restored  [SECONDS] s
    batch.yaml[2]  m0     Nothing   none    -       none  failed        [SECONDS] s

    batch.yaml[1] not_restored (PERMISSION_DENIED): the alias could not be moved back with the batch: the registry at http://127.0.0.1:[PORT] does not let this login delete the alias Prod of m0: it answered 403 Forbidden: PERMISSION_DENIED: only an admin deletes
      now:  m0@Prod was at version 3 when it was read last
      next: ask the registry's owner for the MANAGE permission on the model: EDIT lets an alias be moved, and not deleted; then delete the alias, which did not exist before

    batch.yaml[2] failed (VERSION_NOT_FOUND): the model "m0" has no version 9
      now:  nothing was changed: m0@Nothing does not exist
      next: set `jobs[2].version` (or `--set jobs.2.version=…`) to a version that exists; a StatusJob lists them

    batch.yaml[0] restored: its alias was moved back because batch.yaml[2] ended as failed
      now:  m0@Champion is at version 2 again
      next: see batch.yaml[2]

    1 restored, 1 not_restored, 1 failed; 2 of 3 aliases are where they were
    --- stderr
    [Bikes] Promotion Job Finished: m0@Champion: 2 -> 3
    [Bikes] Promotion Job Finished: m0@Prod: none -> 3
    [Bikes] Promotion Job Failed: m0@Nothing
    [Bikes] Promotion Job Not Restored: m0@Prod
    [Bikes] Promotion Job Restored: m0@Champion: 2 -> 3 -> 2
    "#);
}

#[test]
fn a_move_made_by_somebody_else_is_not_restored() {
    // The read before the write gets no response, and another client makes the same move.
    let robbed = Fault::robbed(Some(3)).on("registered-models/get").after(1);
    let fake = server_with_models(1).fault(robbed);
    let gated = "{ KIND: PromotionJob, gates: [{ KIND: CommandGate, command: ['true'] }] }";
    let (run, document) = run_restore(&fake, &[gated]);
    assert_eq!((run.code, statuses(&document), champions(&fake, 1)), (4, vec!["failed"], vec![Some(3)]), "{run}");
    assert_eq!(writes(&fake), Vec::<String>::new(), "{run}");
    assert!(!run.to_string().contains("moved back"), "{run}");
}

#[test]
fn a_move_that_was_never_sent_is_not_reported_as_kept() {
    let pending = |model: crate::support::fake_mlflow::Model| {
        model.version(1).alias("Champion", 1).creates("FAILED_REGISTRATION")
    };
    let fake = FakeMlflow::start().model("m0", pending);
    let (run, document) = run_restore(&fake, &["{ KIND: RegistrationJob, source: 's3://m0/2', alias: Champion }"]);
    assert_eq!((run.code, statuses(&document), champions(&fake, 1)), (1, vec!["failed"], vec![Some(1)]), "{run}");
    assert!(!run.to_string().contains("moved back"), "{run}");
}

#[test]
fn an_unconfirmed_deletion_is_reported_as_unconfirmed() {
    let prod = "{ KIND: PromotionJob, alias: Prod }";
    // The first read follows the move, and the model is read twice before the check.
    let unreadable = Fault::status(503).on(ALIAS).method("GET").after(1).always();
    let fake = server_with_models(1).fault(unreadable.clone());
    let (run, document) = run_restore(&fake, &[prod, FAILS]);
    assert_eq!((statuses(&document)[0], fake.alias("m0", "Prod")), ("restored", None), "the model says it: {run}");
    let silent = Fault::status(503).on("registered-models/get").after(3).always();
    let fake = server_with_models(1).fault(unreadable).fault(silent);
    let (run, document) = run_restore(&fake, &[prod, FAILS]);
    assert_eq!((run.code, statuses(&document)[0], fake.alias("m0", "Prod")), (1, "unknown", None), "{run}");
    let message = document["jobs"][0]["error"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("the move back (m0@Prod: 3 -> none) was accepted, but not confirmed: "), "{run}");
    assert!(fake.tag("m0", "runner.history.Prod").unwrap().contains("restored"), "{run}");
}

#[test]
fn an_unconfirmed_restore_is_reported_as_unconfirmed() {
    let unreadable = Fault::status(503).on(ALIAS).method("GET").after(1).always();
    let silent = Fault::status(503).on("registered-models/get").after(3).always();
    let fake = server_with_models(1).fault(unreadable).fault(silent);
    let (run, document) = run_restore(&fake, &[FIRST, FAILS]);
    assert_eq!((run.code, statuses(&document)[0], champions(&fake, 1)), (1, "unknown", vec![Some(2)]), "{run}");
    let message = document["jobs"][0]["error"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("the move back (m0@Champion: 3 -> 2) was accepted, but not confirmed: "), "{run}");
}

#[test]
fn a_failed_restore_is_no_outage() {
    let silent = Fault::status(503).on("registered-models/get").after(2).always();
    let fake = server_with_models(1).fault(Fault::status(503).on(ALIAS).method("GET").always()).fault(silent);
    let (run, document) = run_restore(&fake, &["{ KIND: PromotionJob, version: 3 }", FAILS]);
    assert_eq!((statuses(&document)[0], champions(&fake, 1)), ("not_restored", vec![Some(3)]), "{run}");
    assert_eq!((run.code, &document["jobs"][0]["error"]["code"]), (1, &Value::from("UNREACHABLE")), "{run}");
    // Without the failure of the second job a rerun reaches the same state.
    let fake = server_with_models(1).fault(Fault::status(503).on(ALIAS).method("GET").always());
    assert_eq!(batch(&fake, &["{ KIND: PromotionJob, version: 3 }"]).run().code, 4);
}
