//! Rollbacks in a batch with other jobs.

use serde_json::{Value, json};

use super::{KEY, bikes, moves, rollback};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;

const BACK: &str = "{ KIND: RollbackJob }";
/// A job that always fails, on an alias that no other test moves.
const FAILS: &str = "{ KIND: PromotionJob, alias: Nothing, version: 9 }";

fn batch(fake: &FakeMlflow, jobs: &[&str]) -> Runner {
    batch_runner(fake, jobs).args(["-qqq", "-o", "json"])
}

fn batch_runner(fake: &FakeMlflow, jobs: &[&str]) -> Runner {
    let services = "services: { mlflow: { registry_name: bikes }, alerts: { enable: false } }\n";
    let jobs: String = jobs.iter().map(|job| format!("  - {job}\n")).collect();
    let runner = Runner::new().file("batch.yaml", format!("{services}jobs:\n{jobs}")).arg("batch.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri())
}

fn statuses(stdout: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(stdout).unwrap();
    document["jobs"].as_array().unwrap().iter().map(|job| job["status"].clone()).collect()
}

#[test]
fn moves_of_one_alias_run_in_order_at_any_concurrency() {
    let fake = bikes();
    let jobs = ["{ KIND: PromotionJob }", BACK, BACK, "{ KIND: PromotionJob, version: 3 }", BACK];
    let run = batch(&fake, &jobs).args(["-j", "8"]).run();
    let there: Vec<_> = moves(&fake).into_iter().rev().skip(3).map(|(from, to, _)| (from, to)).collect();
    let expected = [(3, 4), (4, 3), (3, 2), (2, 3), (3, 2)].map(|(from, to)| (Some(from), Some(to)));
    assert_eq!((run.code, there), (0, expected.to_vec()), "{run}");
}

#[test]
fn a_rollback_is_reverted_with_its_batch_and_ignored_by_later_rollbacks() {
    let fake = bikes();
    let run = batch(&fake, &[BACK, BACK, FAILS]).args(["--on-failure", "restore"]).run();
    assert_eq!(
        (run.code, statuses(&run.stdout)),
        (1, vec![json!("restored"), json!("restored"), json!("failed")]),
        "{run}"
    );
    assert_eq!((fake.alias("bikes", "Champion"), moves(&fake).len()), (Some(3), 7), "{run}");
    assert_eq!(rollback(&fake).run().code, 0);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn a_rollback_skips_a_reverted_promotion() {
    let fake = bikes();
    let run = batch(&fake, &["{ KIND: PromotionJob }", FAILS]).args(["--on-failure", "restore"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (1, Some(3)), "{run}");
    assert_eq!(moves(&fake)[0], (Some(4), Some(3), Some("restore".to_owned())), "{}", fake.tag("bikes", KEY).unwrap());
    assert_eq!(rollback(&fake).run().code, 0);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn a_read_only_job_sees_only_the_moves_of_earlier_jobs() {
    let fake = bikes();
    let reads =
        ["{ KIND: HistoryJob, alias: Champion, limit: 1 }", "{ KIND: HistoryJob, limit: 1 }", "{ KIND: StatusJob }"];
    let run = batch(&fake, &[BACK, reads[0], reads[1], reads[2], BACK]).args(["-j", "8"]).run();
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let outcome = |job: usize| &document["jobs"][job]["outcome"];
    for job in [1, 2] {
        let history = &outcome(job)["history"][0];
        assert_eq!(
            (&history["version"], &history["records"], &history["moves"][0]["version"]),
            (&json!(2), &json!("current"), &json!(2)),
            "{run}"
        );
    }
    assert_eq!(outcome(3)["overview"]["aliases"]["Champion"], 2, "{run}");
}

#[test]
fn a_plan_does_not_use_the_current_version_of_an_alias_that_an_earlier_job_moves() {
    let fake = bikes();
    let (run, report) = crate::plan::plan(&batch_runner(&fake, &["{ KIND: PromotionJob }", BACK]), &[]);
    let jobs = &report["jobs"];
    assert_eq!((run.code, &jobs[0]["outcome"]["version"], &jobs[1]["status"]), (0, &json!(4), &json!("planned")));
    assert_eq!((&jobs[1]["outcome"]["version"], &jobs[1]["outcome"]["previous_version"]), (&json!(null), &json!(null)));
}

#[test]
fn a_plan_uses_the_current_version_of_an_alias_in_another_registry() {
    let (fake, other) = (bikes(), bikes());
    let there = format!("{{ KIND: RollbackJob, mlflow_service: {{ tracking_uri: '{}' }} }}", other.uri());
    let (run, report) = crate::plan::plan(&batch_runner(&fake, &["{ KIND: PromotionJob }", &there]), &[]);
    let planned = &report["jobs"][1]["outcome"];
    assert_eq!((run.code, &planned["version"], &planned["previous_version"]), (0, &json!(2), &json!(3)), "{run}");
}
