//! Whole promotions in Unity Catalog.

use serde_json::{Value, json};

use super::{BIKES, bikes, promote_on};
use crate::support::fake_databricks::FakeDatabricks;
use crate::support::harness::Runner;

#[test]
fn the_highest_number_becomes_the_champion_and_the_move_is_recorded() {
    let fake = bikes();
    let run = promote_on(&fake).run();
    insta::assert_snapshot!(run.snapshot());
    assert_eq!(fake.alias(BIKES, "Champion"), Some(10));
    let mut calls = fake.calls();
    // The reads are requested concurrently, and so are the last two calls.
    calls[..5].sort();
    calls[6..].sort();
    assert_eq!(
        calls,
        [
            "GET unity-catalog/model-versions/get",
            "GET unity-catalog/model-versions/search",
            "GET unity-catalog/model-versions/search",
            "GET unity-catalog/model-versions/search",
            "GET unity-catalog/registered-models/get",
            "POST unity-catalog/registered-models/alias",
            "GET unity-catalog/registered-models/alias",
            "POST unity-catalog/registered-models/set-tag",
        ]
    );
    let alias = fake.requests().into_iter().find(|request| request.endpoint().ends_with("/alias")).unwrap();
    assert_eq!(alias.json(), json!({ "name": BIKES, "alias": "Champion", "version": "10" }));
    let history: Value = serde_json::from_str(&fake.tag(BIKES, "runner_history_Champion").unwrap()).unwrap();
    assert_eq!((&history[0]["version"], &history[0]["previous_version"]), (&json!(10), &json!(2)));
}

#[test]
fn a_second_promotion_adds_to_the_history_and_a_third_changes_nothing() {
    let fake = bikes();
    assert_eq!(promote_on(&fake).args(["--set", "job.version=9"]).run().code, 0);
    assert_eq!(promote_on(&fake).run().code, 0);
    let history: Value = serde_json::from_str(&fake.tag(BIKES, "runner_history_Champion").unwrap()).unwrap();
    assert_eq!(history.as_array().map(Vec::len), Some(2));
    let writes = || fake.calls().iter().filter(|call| call.starts_with("POST")).count();
    let before = writes();
    let run = promote_on(&fake).run();
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run}");
    assert_eq!(writes(), before);
}

#[test]
fn a_long_history_fits_the_tags_of_unity_catalog() {
    let fake = bikes();
    for version in ["1", "9", "10", "2", "9", "10"] {
        let set = format!("job.version={version}");
        let message = format!("job.message={}", "because it is better ".repeat(20));
        let run = promote_on(&fake).args(["--set", &set, "--set", &message]).run();
        assert_eq!(run.code, 0, "{run}");
    }
    let tag = fake.tag(BIKES, "runner_history_Champion").unwrap();
    let history: Value = serde_json::from_str(&tag).unwrap();
    assert!(tag.chars().count() <= 1000 && history[0]["version"] == 10, "{tag}");
}

#[test]
fn a_plan_only_reads() {
    let fake = bikes();
    let run = promote_on(&fake).arg("--plan").run();
    assert!(run.code == 0 && run.stdout.contains("planned"), "{run}");
    assert!(fake.calls().iter().all(|call| call.starts_with("GET ")), "{:?}", fake.calls());
}

#[test]
fn a_version_is_taken_from_another_alias_with_its_tags() {
    let fake = FakeDatabricks::start().model(BIKES, |model| {
        let model = model.version(1).version(2).alias("Challenger", 2);
        model.with(2, |version| drop(version.tags.insert("approved".into(), "yes".into())))
    });
    let run = promote_on(&fake).args(["--set", "job.version=@Challenger", "-o", "json"]).run();
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    let version = &result["jobs"][0]["outcome"]["model_version"];
    assert_eq!(version["tags"], json!([{ "key": "approved", "value": "yes" }]));
    assert_eq!(version["aliases"], json!(["Challenger", "Champion"]).to_owned(), "{run}");
    assert_eq!(fake.alias(BIKES, "Champion"), Some(2));
}

#[test]
fn a_missing_model_version_or_alias_is_named() {
    for (set, code) in [
        ("job.name=main.ml.cars", "MODEL_NOT_FOUND"),
        ("job.version=7", "VERSION_NOT_FOUND"),
        ("job.version=@Nobody", "ALIAS_NOT_FOUND"),
    ] {
        let run = promote_on(&bikes()).args(["--set", set, "-o", "json"]).run();
        let result: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &result["jobs"][0]["error"]["code"]), (1, &json!(code)), "{run}");
    }
}

#[test]
fn a_version_that_is_not_ready_is_not_promoted() {
    for status in ["PENDING_REGISTRATION", "UNSPECIFIED", ""] {
        let fake = FakeDatabricks::start().model(BIKES, |model| model.version_as(1, status));
        let run = promote_on(&fake).run();
        assert!(run.code == 1 && run.stdout.contains("not READY"), "{run}");
        assert_eq!(fake.alias(BIKES, "Champion"), None);
    }
}

#[test]
fn a_tracking_address_of_databricks_means_the_registry_in_unity_catalog() {
    let fake = bikes();
    let config = "job: { KIND: PromotionJob, name: main.ml.bikes }\n";
    let runner = Runner::new().file("a.yaml", config).arg("a.yaml").env("MLFLOW_TRACKING_URI", "databricks");
    let run = runner.env("DATABRICKS_HOST", fake.uri()).env("DATABRICKS_TOKEN", "dapi-good").run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
}

#[test]
fn a_metric_is_that_of_the_logged_model_that_unity_catalog_names() {
    for (acc, code) in [(0.95, 0), (0.5, 3)] {
        let fake = bikes().logged_model("m-10", json!([{ "key": "acc", "value": acc, "timestamp": 1, "step": 0 }]));
        let gates = "job: { gates: [{ KIND: MetricGate, metric: acc, greater_is_better: true, threshold: 0.9 }] }";
        let run = promote_on(&fake).args(["-e", gates]).run();
        assert_eq!(run.code, code, "{run}");
        assert!(fake.calls().contains(&"GET logged-models/m-10".to_owned()), "{:?}", fake.calls());
    }
}

#[test]
fn registration_is_refused_before_anything_is_created() {
    for plan in [&[][..], &["--plan"]] {
        let fake = bikes();
        let job = "job: { KIND: RegistrationJob, source: 's3://bucket/model' }";
        let run = promote_on(&fake).args(["-e", job]).args(plan.iter().copied()).run();
        assert_eq!((run.code, fake.requests().len()), (1, 0), "{run}");
        assert!(run.stdout.contains("a version of main.ml.bikes cannot be registered from here"), "{run}");
        assert!(run.stdout.contains("next: whoever registers a version in Unity Catalog uploads its files"), "{run}");
    }
}

#[test]
fn a_batch_restores_aliases_when_a_later_job_fails() {
    let fake = bikes();
    let jobs = "\
services:
  mlflow: { registry_uri: databricks-uc, registry_name: main.ml.bikes }
jobs:
  - { KIND: PromotionJob }
  - { KIND: PromotionJob, alias: New }
  - { KIND: PromotionJob, version: 7 }
";
    let run = promote_on(&fake).file("promotion.yaml", jobs).args(["--on-failure", "restore"]).run();
    assert_eq!(run.code, 1, "{run}");
    assert_eq!((fake.alias(BIKES, "Champion"), fake.alias(BIKES, "New")), (Some(2), None));
}
