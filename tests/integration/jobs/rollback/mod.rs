//! Rollbacks: an alias returns to the previous version of its history or to a given version.

mod batches;
mod random_rollbacks;
mod refused_rollbacks;
mod server_failures;

use serde_json::{Value, json};

use crate::support::fake_mlflow::{FakeMlflow, Model};
use crate::support::harness::Runner;
use crate::support::promotion::{assert_only_read, job};

pub(crate) const KEY: &str = "runner.history.Champion";

const CONFIG: &str = "\
services:
  logger: { format: compact }
  alerts: { app_name: Bikes }
  mlflow: { registry_name: bikes, http_request_max_retries: 0 }
job: { KIND: RollbackJob }
";

/// Builds a history entry, one minute after the previous one.
pub(crate) fn entry(minute: u32, from: Option<u64>, to: Option<u64>, more: &Value) -> Value {
    let mut entry = json!({
        "version": to,
        "previous_version": from,
        "time": format!("2026-11-23T10:{minute:02}:00Z"),
        "actor": "grace",
        "message": null,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        entry[key] = value.clone();
    }
    entry
}

/// Returns the history of promotions to 1, 2 and 3, newest first.
fn three_promotions() -> String {
    let to = |to: u32| entry(to, (to > 1).then(|| u64::from(to) - 1), Some(to.into()), &json!({}));
    json!([to(3), to(2), to(1)]).to_string()
}

/// Starts a registry with versions 1 to 4 of bikes, Champion at 3 after promotions to 1, 2 and 3.
fn bikes() -> FakeMlflow {
    bikes_with(|model| model)
}

fn bikes_with(change: impl FnOnce(Model) -> Model) -> FakeMlflow {
    let model = |model| [1, 2, 3, 4].into_iter().fold(model, Model::version).alias("Champion", 3);
    FakeMlflow::start().model("bikes", |empty| change(model(empty).tag(KEY, &three_promotions())))
}

/// Builds a run that rolls `bikes` back.
fn rollback(fake: &FakeMlflow) -> Runner {
    let runner = Runner::new().file("rollback.yaml", CONFIG).arg("rollback.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada")
}

/// Returns the fields of the history of `Champion` that a rollback uses, newest first.
fn moves(fake: &FakeMlflow) -> Vec<(Option<u64>, Option<u64>, Option<String>)> {
    let entries: Vec<Value> = serde_json::from_str(&fake.tag("bikes", KEY).unwrap()).unwrap();
    let kind = |entry: &Value| entry["kind"].as_str().map(str::to_owned);
    entries.iter().map(|entry| (entry["previous_version"].as_u64(), entry["version"].as_u64(), kind(entry))).collect()
}

#[test]
fn a_rollback_restores_the_previous_version() {
    let fake = bikes();
    insta::assert_snapshot!(job(rollback(&fake), &["message=errors since 02:40"]).run().snapshot_with_log());
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
    let entries: Vec<Value> = serde_json::from_str(&fake.tag("bikes", KEY).unwrap()).unwrap();
    assert_eq!(entries.len(), 4);
    assert_eq!(
        (&entries[0]["actor"], &entries[0]["message"], &entries[0]["kind"]),
        (&json!("ada"), &json!("errors since 02:40"), &json!("rollback"))
    );
}

#[test]
fn a_second_rollback_goes_one_version_further_back() {
    let fake = bikes();
    for expected in [2, 1] {
        let run = rollback(&fake).run();
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(expected)), "{run}");
    }
    let run = rollback(&fake).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (1, Some(1)), "{run}");
    assert!(run.stdout.contains("does not say where it was before version 1"), "{run}");
}

#[test]
fn a_rollback_skips_the_version_that_an_earlier_rollback_left() {
    let fake = bikes();
    rollback(&fake).run();
    assert_eq!(crate::support::promotion::promote(&fake).run().code, 0);
    for expected in [2, 1] {
        rollback(&fake).run();
        assert_eq!(fake.alias("bikes", "Champion"), Some(expected));
    }
}

#[test]
fn a_rollback_to_a_given_version_moves_the_alias() {
    let fake = bikes();
    assert_eq!(job(rollback(&fake), &["to=1"]).run().code, 0);
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
    assert_eq!(moves(&fake)[0], (Some(3), Some(1), Some("rollback".to_owned())));
}

#[test]
fn a_rollback_reads_everything_before_it_moves_the_alias() {
    let fake = bikes();
    rollback(&fake).run();
    let mut calls = fake.calls();
    // The two reads after the first are requested concurrently, and so are the last two calls.
    calls[1..3].sort();
    calls[4..].sort();
    insta::assert_snapshot!(calls.join("\n"), @"
    GET registered-models/get
    GET model-versions/get
    GET registered-models/get
    POST registered-models/alias
    GET registered-models/alias
    POST registered-models/set-tag
    ");
}

#[test]
fn a_plan_of_a_rollback_shows_the_target_and_writes_nothing() {
    let fake = bikes();
    let (run, document) = crate::plan::plan(&rollback(&fake), &[]);
    let job = &document["jobs"][0];
    assert_eq!((&job["status"], &job["outcome"]["version"]), (&json!("planned"), &json!(2)), "{run}");
    assert_only_read(&fake);
}

#[test]
fn an_applied_plan_of_a_rollback_restores_the_planned_version_or_is_blocked() {
    let fake = bikes();
    let plan = rollback(&fake).args(["--plan", "-o", "json"]).run().stdout;
    let apply = || {
        let runner = Runner::new().file("plan.json", &plan).arg("plan.json");
        runner.env("MLFLOW_TRACKING_URI", fake.uri()).run()
    };
    let run = apply();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(2)), "{plan}{run}");
    let run = apply();
    assert!(run.code == 3 && run.stderr.contains("ALIAS_MOVED"), "{plan}{run}");
}

#[test]
fn an_alias_at_the_target_version_is_unchanged() {
    let fake = bikes();
    let run = job(rollback(&fake), &["to=3"]).run();
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_rollback_after_an_unrecorded_one_needs_a_version() {
    let fake = bikes();
    assert_eq!(job(rollback(&fake), &["record=false"]).run().code, 0);
    assert_eq!((fake.alias("bikes", "Champion"), moves(&fake).len()), (Some(2), 3));
    let run = rollback(&fake).run();
    assert!(
        run.code == 3 && run.stdout.contains("somebody moved bikes@Champion to version 2 without a record"),
        "{run}"
    );
}

#[test]
fn a_channel_can_subscribe_to_rollbacks_only() {
    for (on, expected_count) in [("rolled_back", 1), ("promoted", 0)] {
        let channels = format!("{{services: {{alerts: {{channels: [{{KIND: ConsoleChannel, on: [{on}]}}]}}}}}}");
        let run = rollback(&bikes()).args(["-e", &channels]).run();
        assert_eq!(
            run.stderr.matches("Rollback Job Finished: bikes@Champion: 3 -> 2").count(),
            expected_count,
            "{run}"
        );
    }
}

#[test]
fn every_report_format_shows_a_rollback() {
    let fake = bikes();
    let runner = rollback(&fake).args(["-q", "--report", "junit=r.xml", "--report", "markdown=r.md"]);
    assert_eq!(runner.run().code, 0);
    let read = |name: &str| std::fs::read_to_string(runner.dir().join(name)).unwrap();
    assert!(read("r.xml").contains("rolled_back: bikes@Champion: 3 -&gt; 2"), "{}", read("r.xml"));
    assert!(read("r.md").contains(r"| bikes | Champion | 3 | 2 | 2 | rolled\_back |"), "{}", read("r.md"));
}
