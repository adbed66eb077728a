//! Metrics and tags of versions in the databases of every release.

use runner::registry::Error;

use crate::support::sqlite_fixture::{Fixture, bikes, model, version};

#[tokio::test]
async fn all_live_versions_are_listed_with_their_tags() {
    for fixture in Fixture::all() {
        let mut listed = fixture.registry().versions(&bikes()).await.unwrap();
        listed.sort_by_key(|version| version.version);
        let found: Vec<_> = listed
            .iter()
            .map(|found| (found.version, found.tags.get("validation_status").map(String::as_str)))
            .collect();
        let expected = [(1, Some("approved")), (2, Some("approved")), (3, Some("pending")), (5, None)];
        assert_eq!(found, expected.map(|(number, tag)| (version(number), tag)), "{}", fixture.release);
        assert_eq!(fixture.registry().versions(&model("missing")).await, Ok(vec![]));
    }
}

#[tokio::test]
async fn the_metrics_of_a_run_keep_nan_and_infinity() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let run_id = registry.get_version(&bikes(), version(2)).await.unwrap().run_id.unwrap();
        fixture.execute(&format!(
            "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) \
             VALUES ('inf', -1.7976931348623157e308, 1, 0, 0, '{run_id}')"
        ));
        let metrics = registry.run_metrics(&run_id).await.unwrap();
        let of = |key: &str| metrics.iter().find(|metric| metric.key == key).unwrap().value;
        assert_eq!((of("rmse"), of("inf")), (0.25, f64::NEG_INFINITY), "{}", fixture.release);
        assert!(of("mae").is_nan());
        let missing = Error::RunNotFound { run_id: "gone".into() };
        assert_eq!(registry.run_metrics("gone").await, Err(missing));
    }
}

#[tokio::test]
async fn a_logged_model_has_all_points_or_none_on_older_releases() {
    for fixture in Fixture::all() {
        let missing = Error::LoggedModelNotFound { model_id: "m-1".into() };
        assert_eq!(fixture.registry().model_metrics("m-1").await, Err(missing), "{}", fixture.release);
    }
    let fixture = Fixture::with_release("3.18.0");
    fixture.execute(
        "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, \
         last_updated_timestamp_ms, status, lifecycle_stage) VALUES ('m-1', 0, 'clf', 'x', 1, 1, 2, 'active'); \
         INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, \
         experiment_id, run_id, dataset_name) SELECT 'm-1', 'acc', 5, 1, 0.9, 0, run_uuid, 'test' FROM runs LIMIT 1; \
         INSERT INTO logged_model_metrics (model_id, metric_name, metric_timestamp_ms, metric_step, metric_value, \
         experiment_id, run_id) SELECT 'm-1', 'acc', 6, 2, 0.95, 0, run_uuid FROM runs LIMIT 1;",
    );
    let mut metrics = fixture.registry().model_metrics("m-1").await.unwrap();
    metrics.sort_by_key(|metric| metric.step);
    let found: Vec<_> = metrics.iter().map(|metric| (metric.step, metric.value, metric.dataset.as_deref())).collect();
    assert_eq!(found, [(1, 0.9, Some("test")), (2, 0.95, None)]);
}
