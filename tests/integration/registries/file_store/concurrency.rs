//! Concurrent runners on one store.

use std::fs::File;

use super::Sandbox;

#[test]
fn a_runner_waits_for_the_write_lock_and_logs_it() {
    let sandbox = Sandbox::new();
    let lock = File::create(sandbox.root().join(".runner.lock")).unwrap();
    lock.lock().unwrap();
    let mut running = sandbox.spawn_promotion(2);
    running.wait_for_line("waiting: another runner writes to the file store ./mlruns");
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("1"));
    lock.unlock().unwrap();
    let run = running.finish();
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("2"));
}

#[test]
fn one_of_two_runners_with_the_same_expectation_wins() {
    for _ in 0..5 {
        let sandbox = Sandbox::new();
        let lock = File::create(sandbox.root().join(".runner.lock")).unwrap();
        lock.lock().unwrap();
        // Both have read version 1 when they wait for the lock.
        let mut both = [2, 3].map(|version| sandbox.spawn_promotion(version));
        for running in &mut both {
            running.wait_for_line("waiting: another runner");
        }
        lock.unlock().unwrap();
        let [second, third] = both.map(crate::support::harness::Running::finish);
        let mut codes = [second.code, third.code];
        codes.sort_unstable();
        assert_eq!(codes, [0, 3], "{second}\n{third}");
        let winner = if second.code == 0 { "2" } else { "3" };
        assert_eq!(sandbox.alias("Champion").as_deref(), Some(winner));
        assert_eq!(sandbox.history("Champion").len(), 1);
    }
}

#[test]
fn concurrent_jobs_lose_no_history() {
    let sandbox = Sandbox::new();
    let jobs: String = (0..20)
        .map(|place| format!("- {{ KIND: PromotionJob, alias: A{place}, version: {} }}\n", place % 3 + 1))
        .collect();
    let config = format!("services: {{ mlflow: {{ tracking_uri: ./mlruns, registry_name: bikes }} }}\njobs:\n{jobs}");
    std::fs::write(sandbox.runner.dir().join("promotion.yaml"), config).unwrap();
    let runs = [0, 1].map(|_| sandbox.runner.spawn()).map(crate::support::harness::Running::finish);
    for run in &runs {
        assert_eq!(run.code, 0, "{run}");
    }
    let meta = sandbox.read("meta.yaml").unwrap();
    for place in 0..20 {
        let expected = (place % 3 + 1).to_string();
        assert_eq!(sandbox.alias(&format!("A{place}")).as_deref(), Some(expected.as_str()));
        assert!(meta.contains(&format!("  A{place}: \"{expected}\"\n")), "{meta}");
    }
}
