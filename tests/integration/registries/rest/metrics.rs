//! Versions and metrics, as the REST client reads them.

use runner::registry::{Error, Metric};
use serde_json::json;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::rest_client::{bikes, open};

#[tokio::test]
async fn all_versions_are_listed_page_by_page() {
    let fake = FakeMlflow::start().model("bikes", |model| (1..=7).fold(model, |model, number| model.version(number)));
    let listed = open(&fake.uri()).versions(&bikes()).await.unwrap();
    let mut numbers: Vec<u64> = listed.iter().map(|version| version.version.get()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(fake.calls(), ["GET model-versions/search"; 3]);
}

#[tokio::test]
async fn a_missing_model_has_no_versions() {
    let fake = FakeMlflow::start();
    assert_eq!(open(&fake.uri()).versions(&bikes()).await, Ok(vec![]));
}

#[tokio::test]
async fn a_list_that_goes_in_circles_is_refused() {
    let page = json!({ "model_versions": [{ "name": "bikes", "version": "1" }], "next_page_token": "again" });
    let fake = FakeMlflow::start().fault(Fault::status(200).body(&page.to_string()).always());
    let error = open(&fake.uri()).versions(&bikes()).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { .. }) && error.to_string().contains("in circles"), "{error}");
}

#[tokio::test]
async fn the_metrics_of_a_run_may_be_nan_or_infinite() {
    let fake = FakeMlflow::start().run("r1", &[("rmse", 0.25), ("nan", f64::NAN), ("inf", f64::NEG_INFINITY)]);
    let registry = open(&fake.uri());
    let metrics = registry.run_metrics("r1").await.unwrap();
    let of = |key: &str| metrics.iter().find(|metric| metric.key == key).unwrap().value;
    assert_eq!(of("rmse"), 0.25);
    assert!(of("nan").is_nan());
    assert_eq!(of("inf"), f64::NEG_INFINITY);
    assert_eq!(registry.run_metrics("r2").await, Err(Error::RunNotFound { run_id: "r2".into() }));
}

#[tokio::test]
async fn the_metrics_of_a_logged_model_keep_step_and_data_set() {
    let point =
        json!({ "key": "acc", "value": 0.9, "timestamp": 7, "step": 2, "dataset_name": "test", "run_id": "r1" });
    let fake = FakeMlflow::start().logged_model("m-1", json!([point]));
    let registry = open(&fake.uri());
    let expected = Metric {
        key: "acc".into(),
        value: 0.9,
        timestamp: 7,
        step: 2,
        dataset: Some("test".into()),
        run_id: Some("r1".into()),
    };
    assert_eq!(registry.model_metrics("m-1").await, Ok(vec![expected]));
    let missing = Error::LoggedModelNotFound { model_id: "m-2".into() };
    assert_eq!(registry.model_metrics("m-2").await, Err(missing));
}

#[tokio::test]
async fn an_answer_about_another_run_or_logged_model_is_refused() {
    let other = json!({
        "run": { "info": { "run_id": "r2" }, "data": { "metrics": [{ "key": "acc", "value": 0.9 }] } },
        "model": { "info": { "model_id": "m-2" }, "data": { "metrics": [{ "key": "acc", "value": 0.9 }] } },
    });
    let fake = FakeMlflow::start().fault(Fault::status(200).body(&other.to_string()).always());
    let registry = open(&fake.uri());
    let error = registry.run_metrics("r1").await.unwrap_err().to_string();
    assert!(error.contains(r#"asked for the run r1, it answered with "r2""#), "{error}");
    let error = registry.model_metrics("m-1").await.unwrap_err().to_string();
    assert!(error.contains(r#"asked for the logged model m-1, it answered with "m-2""#), "{error}");
    assert_eq!(registry.run_metrics("R2").await.unwrap().len(), 1);
}
