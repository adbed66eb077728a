//! Responses about another object, as from a broken cache, and endless lists.

use std::sync::atomic::{AtomicUsize, Ordering};

use runner::registry::{Error, ModelName, Registry, Result, Version};
use serde_json::{Value, json};

use crate::registries::databricks;
use crate::support::fake_databricks::FakeDatabricks;
use crate::support::fake_mlflow::{Answer, FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::rest_client::{bikes, champion, impatient, open, open_with};

fn error_of<T: std::fmt::Debug>(read: Result<T>) -> String {
    match read.unwrap_err() {
        Error::Unreadable { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// Sends every request about a model; every response is about another model.
async fn assert_rejected(registry: &Registry, name: &ModelName, other: &str) {
    let one = Version::new(1).unwrap();
    let expected = format!("asked for the model \"{name}\", it answered with \"{other}\"");
    assert_eq!(error_of(registry.get_model(name).await), expected);
    assert_eq!(error_of(registry.get_version(name, one).await), expected);
    assert_eq!(error_of(registry.get_alias(name, &champion(1).alias).await), expected);
    assert_eq!(error_of(registry.latest_version(name).await), expected);
    assert_eq!(error_of(registry.versions(name).await), expected);
}

fn response_about(name: &str) -> Value {
    let version = json!({ "name": name, "version": "1", "status": "READY" });
    json!({ "registered_model": { "name": name }, "model_version": version, "model_versions": [version] })
}

#[tokio::test]
async fn every_read_rejects_a_response_about_another_model() {
    let body = response_about("cars").to_string();
    let fake = FakeMlflow::start().fault(Fault::status(200).body(&body).always());
    assert_rejected(&open(&fake.uri()), &bikes(), "cars").await;

    let fake =
        FakeDatabricks::start().fault(Fault::status(200).body(&response_about("main.ml.cars").to_string()).always());
    assert_rejected(&databricks::open(&fake), &databricks::BIKES.parse().unwrap(), "main.ml.cars").await;
}

#[tokio::test]
async fn a_name_in_another_case_is_the_same_model() {
    let fake = FakeMlflow::start().fault(Fault::status(200).body(&response_about("Bikes").to_string()).always());
    assert!(open(&fake.uri()).get_model(&bikes()).await.is_ok());
    assert!(open(&fake.uri()).get_alias(&bikes(), &champion(1).alias).await.unwrap().is_some());
    let fake =
        FakeDatabricks::start().fault(Fault::status(200).body(&response_about("MAIN.ml.Bikes").to_string()).always());
    let name = databricks::BIKES.parse().unwrap();
    assert!(databricks::open(&fake).latest_version(&name).await.unwrap().is_some());
}

#[tokio::test]
async fn a_version_without_the_requested_alias_is_rejected() {
    let other = json!({ "model_version": { "name": "bikes", "version": "1", "aliases": ["Staging"] } }).to_string();
    let fake = FakeMlflow::start()
        .model("bikes", |model| model.version(1).version(2).alias("Champion", 2))
        .fault(Fault::status(200).body(&other));
    // The alias may have moved between the two reads.
    let found = open(&fake.uri()).get_alias(&bikes(), &champion(1).alias).await.unwrap().unwrap();
    assert_eq!(found.version.get(), 2);

    let fake = FakeMlflow::start().fault(Fault::status(200).body(&other).always());
    let message = error_of(open(&fake.uri()).get_alias(&bikes(), &champion(1).alias).await);
    assert_eq!(message, "asked for the alias Champion of bikes, it answered with a version that has only Staging");
}

#[tokio::test]
async fn a_version_created_for_another_model_is_unconfirmed() {
    let fake = FakeMlflow::start().fault(Fault::status(200).body(&response_about("cars").to_string()));
    let error = open(&fake.uri()).create_version(&crate::registries::rest::faults::any_version()).await.unwrap_err();
    assert!(matches!(error, Error::Unconfirmed { .. }) && error.to_string().contains("\"cars\""), "{error}");
}

#[test]
fn a_promotion_rejects_responses_of_a_cache_that_ignores_names() {
    let cached =
        json!({ "registered_model": { "name": "cars", "aliases": [{ "alias": "Champion", "version": "3" }] } });
    let fake = FakeMlflow::start()
        .model("bikes", |model| model.version(3))
        .fault(Fault::status(200).body(&cached.to_string()).on("registered-models/get").always());
    let config = "job: {KIND: PromotionJob, name: bikes, version: 3}\n";
    let run = Runner::new().file("a.yaml", config).arg("a.yaml").env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert!(run.code == 1 && run.stdout.contains("it answered with \"cars\""), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), None);
}

/// Responds to every search with a page and the token of a next page.
fn server_with_endless_list(versions: Value) -> FakeMlflow {
    let pages = AtomicUsize::new(0);
    FakeMlflow::speaking(Box::new(move |_, _| {
        let page = pages.fetch_add(1, Ordering::Relaxed).to_string();
        (Answer::json(200, &json!({ "model_versions": versions, "next_page_token": page })), None)
    }))
}

#[tokio::test]
async fn an_endless_list_is_aborted() {
    let message = error_of(open(&server_with_endless_list(json!([])).uri()).versions(&bikes()).await);
    assert_eq!(message, "its list of the versions of bikes has no end after 1000 pages");

    let fake = server_with_endless_list(json!([]));
    let environment = [("DATABRICKS_HOST", fake.uri()), ("DATABRICKS_TOKEN", "x".to_owned())];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
    let options = runner::registry::Options {
        environment: runner::registry::HostEnvironment::from_variables(&environment),
        ..impatient()
    };
    let message = error_of(open_with("databricks-uc", &options).latest_version(&bikes()).await);
    assert_eq!(message, "its list of the versions of bikes has no end after 1000 pages");
}

#[tokio::test]
async fn a_list_that_exceeds_the_memory_limit_is_aborted() {
    let versions = json!([{ "name": "bikes", "version": "1", "description": "x".repeat(15 * 1024 * 1024) }]);
    let message = error_of(open(&server_with_endless_list(versions).uri()).versions(&bikes()).await);
    assert_eq!(message, "its list of the versions of bikes is longer than 256 MiB");
}
