//! Several runners that move one alias concurrently: the guarantees of `expect` and their limits.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::MlflowServer;
use crate::support::promotion::{bikes, job, promote};

const VERSIONS: u64 = 5;

/// Creates a folder with a config that moves `Champion` of a model in a registry.
fn race_runner(uri: &str, name: &str) -> Runner {
    let mlflow = json!({ "tracking_uri": uri, "registry_name": name });
    let config = json!({ "services": { "mlflow": mlflow }, "job": { "KIND": "PromotionJob" } });
    Runner::new().file("race.json", config.to_string()).args(["-qqq", "-o", "json"])
}

/// Registers versions of a model in a registry, and sets `Champion` to the first.
fn register(uri: &str, name: &str) {
    let one = json!({ "KIND": "RegistrationJob", "name": name, "source": "s3://bucket/model" });
    let mut jobs = vec![one; usize::try_from(VERSIONS).unwrap()];
    jobs.push(json!({ "KIND": "PromotionJob", "name": name, "version": 1 }));
    let run = race_runner(uri, name).file("jobs.json", json!({ "jobs": jobs }).to_string()).arg("jobs.json");
    let run = run.env("MLFLOW_TRACKING_URI", uri).run();
    assert_eq!(run.code, 0, "{run}");
}

/// Starts one runner per version concurrently, each expecting the current alias, and returns their outputs.
fn race(runner: &Runner, current: u64) -> BTreeMap<u64, Output> {
    let start = |version: u64| {
        let sets = [format!("job.version={version}"), format!("job.expect={current}")];
        (version, runner.spawn_with(&["--set", &sets[0], "--set", &sets[1], "race.json"]))
    };
    let running: Vec<_> = (1..=VERSIONS).filter(|version| *version != current).map(start).collect();
    running.into_iter().map(|(version, running)| (version, running.finish())).collect()
}

/// Returns the code of the error that a run reports.
fn code(run: &Output) -> String {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    report["jobs"][0]["error"]["code"].as_str().unwrap_or_else(|| panic!("{run}")).to_owned()
}

/// Returns the versions of successful runs, and asserts that the other runs report a concurrent move.
fn winners(runs: &BTreeMap<u64, Output>) -> Vec<u64> {
    let (won, lost): (Vec<_>, Vec<_>) = runs.iter().partition(|(_, run)| run.code == 0);
    for (version, run) in lost {
        let expected = if run.code == 3 { "ALIAS_MOVED" } else { "ALIAS_MISMATCH" };
        assert_eq!(code(run), expected, "{version}: {run}");
    }
    won.into_iter().map(|(version, _)| *version).collect()
}

#[test]
fn in_a_database_exactly_one_of_several_equal_expectations_wins() {
    let runner = race_runner("sqlite:///mlflow.db", "bikes");
    let database = runner.dir().join("mlflow.db");
    register(&format!("sqlite:///{}", database.display()), "bikes");
    let sql = rusqlite::Connection::open(&database).unwrap();
    let history = || -> Vec<Value> {
        let read = "SELECT value FROM registered_model_tags WHERE key = 'runner.history.Champion'";
        serde_json::from_str(&sql.query_row(read, [], |row| row.get::<_, String>(0)).unwrap()).unwrap()
    };
    let mut current = 1;
    for round in 0..12 {
        let runs = race(&runner, current);
        let winners = winners(&runs);
        assert_eq!(winners.len(), 1, "round {round}: {runs:?}");
        assert!(runs.values().all(|run| matches!(run.code, 0 | 3)), "nothing is set and set back: {runs:?}");
        let read = "SELECT version FROM registered_model_aliases WHERE alias = 'Champion'";
        assert_eq!(sql.query_row(read, [], |row| row.get::<_, u32>(0).map(u64::from)), Ok(winners[0]), "round {round}");
        let newest = &history()[0];
        assert_eq!((&newest["version"], &newest["previous_version"]), (&json!(winners[0]), &json!(current)));
        assert_eq!(history().len(), round + 2);
        current = winners[0];
    }
}

#[test]
fn over_rest_a_run_that_is_overwritten_before_its_check_fails() {
    let fake = bikes().fault(Fault::held().on("registered-models/alias").method("GET"));
    let first = job(promote(&fake), &["version=1", "expect=2"]).args(["-o", "json"]);
    let running = first.spawn();
    fake.wait_for("registered-models/alias", 2);
    let second = job(promote(&fake), &["version=3", "expect=1"]).run();
    assert_eq!(second.code, 0, "{second}");
    fake.release();
    let first = running.finish();
    assert_eq!((first.code, code(&first).as_str()), (1, "ALIAS_MISMATCH"), "{first}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

/// Races over REST; the last writer must report success, and the others must report the right cause.
fn check_rest(uri: &str, name: &str, rounds: usize, champion: impl Fn() -> u64) {
    let runner = race_runner(uri, name);
    for round in 0..rounds {
        let runs = race(&runner, champion());
        let winners = winners(&runs);
        assert!(winners.contains(&champion()), "round {round}: at {} after {runs:?}", champion());
    }
}

#[test]
fn over_rest_the_alias_matches_a_run_that_reports_success() {
    let fill = |model| (1..=VERSIONS).fold(model, crate::support::fake_mlflow::Model::version).alias("Champion", 1);
    let fake = FakeMlflow::start().model("bikes", fill);
    check_rest(&fake.uri(), "bikes", 8, || fake.alias("bikes", "Champion").unwrap());
}

#[test]
fn on_a_real_server_the_alias_matches_a_run_that_reports_success() {
    let server = MlflowServer::start();
    register(server.uri(), "races");
    let sql = rusqlite::Connection::open(server.database()).unwrap();
    let read = "SELECT version FROM registered_model_aliases WHERE name = 'races' AND alias = 'Champion'";
    check_rest(server.uri(), "races", 3, || {
        sql.query_row(read, [], |row| row.get::<_, u32>(0).map(u64::from)).unwrap()
    });
}
