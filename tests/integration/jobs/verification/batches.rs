//! Verification in a batch.

use serde_json::{Value, json};

use super::{failing_gate, writes};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};

/// Runs promotions of the aliases A and B, the second with a verification that fails.
fn run(fake: &FakeMlflow, second: Value, policy: &str) -> Output {
    let mut second = second;
    second["KIND"] = json!("PromotionJob");
    second["alias"] = json!("B");
    second["verify"] = json!({ "gates": [failing_gate()] });
    let mlflow = json!({ "registry_name": "bikes", "http_request_max_retries": 0 });
    let config = json!({
        "services": { "mlflow": mlflow, "alerts": { "enable": false } },
        "jobs": [{ "KIND": "PromotionJob", "alias": "A" }, second, { "KIND": "PromotionJob", "alias": "C" }],
    });
    let runner = Runner::new().file("batch.json", config.to_string()).env("MLFLOW_TRACKING_URI", fake.uri());
    runner.args(["-q", "-o", "json", "--on-failure", policy, "batch.json"]).run()
}

fn bikes() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1).version(2).alias("A", 1).alias("B", 1).alias("C", 1))
}

fn aliases(fake: &FakeMlflow) -> [Option<u64>; 3] {
    ["A", "B", "C"].map(|alias| fake.alias("bikes", alias))
}

fn statuses(run: &Output) -> Vec<String> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    let jobs = document["jobs"].as_array().unwrap();
    jobs.iter().map(|job| job["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_failed_verification_stops_a_batch() {
    let fake = bikes();
    let run = run(&fake, json!({}), "stop");
    assert_eq!((run.code, statuses(&run).join(" ").as_str()), (1, "promoted failed skipped"), "{run}");
    assert_eq!(aliases(&fake), [Some(2), Some(1), Some(1)]);
}

#[test]
fn a_batch_does_not_restore_an_alias_that_its_job_restored() {
    let fake = bikes();
    let run = run(&fake, json!({}), "restore");
    assert_eq!((run.code, statuses(&run).join(" ").as_str()), (1, "restored failed skipped"), "{run}");
    assert_eq!(aliases(&fake), [Some(1); 3]);
    assert_eq!(writes(&fake), ["2", "2", "1", "1"]);
    assert!(!run.stderr.contains("not restored"), "{run}");
}

#[test]
fn a_batch_restores_an_alias_that_a_job_keeps() {
    let fake = bikes();
    let run = run(&fake, json!({ "on_verify_failure": "keep" }), "restore");
    assert_eq!((run.code, statuses(&run).join(" ").as_str()), (1, "restored restored skipped"), "{run}");
    assert_eq!((aliases(&fake), run.stdout.contains("VERIFY_FAILED")), ([Some(1); 3], true));
    // What the job itself says of its alias holds no longer.
    assert!(run.stdout.contains("; then the alias was moved back with the batch"), "{run}");
    assert!(!run.stdout.contains("must not serve"), "{run}");
}
