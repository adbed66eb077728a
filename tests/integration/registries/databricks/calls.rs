//! The calls of the registry, one by one.

use runner::registry::{Alias, AliasChange, Error, ModelName, Version};
use serde_json::json;

use super::{BIKES, bikes, open};
use crate::support::fake_databricks::FakeDatabricks;
use crate::support::fake_mlflow::Fault;
use crate::support::set_alias::SetAlias as _;

fn name() -> ModelName {
    BIKES.parse().unwrap()
}

fn alias(alias: &str) -> Alias {
    alias.parse().unwrap()
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

#[tokio::test]
async fn every_version_is_read_with_its_tags() {
    let fake = bikes().model("main.ml.cars", |model| {
        let model = (1..=5).fold(model, crate::support::fake_mlflow::Model::version);
        model.with(4, |version| drop(version.tags.insert("k".into(), "v".into())))
    });
    let mut versions = open(&fake).versions(&"main.ml.cars".parse().unwrap()).await.unwrap();
    versions.sort_by_key(|version| version.version);
    assert_eq!(versions.iter().map(|version| version.version.get()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(versions[3].tags["k"], "v");
    assert_eq!(open(&fake).versions(&"main.ml.none".parse().unwrap()).await, Ok(vec![]));
    assert_eq!(open(&fake).latest_version(&"main.ml.none".parse().unwrap()).await, Ok(None));
}

#[tokio::test]
async fn a_version_deleted_during_the_list_is_left_out() {
    let gone = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "gone").on("unity-catalog/model-versions/get");
    assert_eq!(open(&bikes().fault(gone)).versions(&name()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn metrics_come_from_the_tracking_of_the_same_workspace() {
    let points = json!([{ "key": "acc", "value": 0.9, "step": 1 }, { "key": "acc", "value": 0.8, "step": 2 }]);
    let fake = bikes().run("r1", &[("rmse", 0.25)]).logged_model("m-1", points);
    let registry = open(&fake);
    assert_eq!(registry.run_metrics("r1").await.unwrap()[0].value, 0.25);
    assert_eq!(registry.model_metrics("m-1").await.unwrap().len(), 2);
    assert_eq!(fake.calls(), ["GET runs/get", "GET logged-models/m-1"]);
    assert_eq!(registry.run_metrics("r2").await, Err(Error::RunNotFound { run_id: "r2".into() }));
    assert_eq!(registry.model_metrics("m-2").await, Err(Error::LoggedModelNotFound { model_id: "m-2".into() }));
}

#[tokio::test]
async fn a_missing_alias_differs_from_a_missing_model() {
    let fake = bikes();
    let registry = open(&fake);
    assert_eq!(registry.get_alias(&name(), &alias("Nobody")).await, Ok(None));
    let other: ModelName = "main.ml.cars".parse().unwrap();
    assert_eq!(registry.get_alias(&other, &alias("a")).await, Err(Error::ModelNotFound { name: other.clone() }));
    assert_eq!(
        registry.set_alias(&AliasChange::delete(other.clone(), alias("a"), version(1))).await,
        Err(Error::ModelNotFound { name: other })
    );
}

#[tokio::test]
async fn an_alias_of_a_deleted_version_names_the_version() {
    let fake = FakeDatabricks::start().model(BIKES, |model| model.version(1).alias("Champion", 7));
    let error = open(&fake).get_alias(&name(), &alias("Champion")).await.unwrap_err();
    assert_eq!(error, Error::VersionNotFound { name: name(), version: version(7) });
}

#[tokio::test]
async fn deleting_a_missing_alias_succeeds() {
    let fake = bikes();
    let registry = open(&fake);
    for _ in 0..2 {
        registry.set_alias(&AliasChange::delete(name(), alias("Champion"), version(2))).await.unwrap();
    }
    assert_eq!(fake.alias(BIKES, "Champion"), None);
}

#[tokio::test]
async fn tags_of_a_model_keep_their_keys() {
    let fake = bikes();
    let registry = open(&fake);
    for key in ["runner.history.my-alias", "owner"] {
        registry.set_model_tag(&name(), key, "x").await.unwrap();
    }
    let tags = registry.get_model(&name()).await.unwrap().tags;
    assert_eq!(tags.keys().collect::<Vec<_>>(), ["owner", "runner.history.my-alias"]);
    let missing = AliasChange::set(name(), alias("a"), version(7));
    assert_eq!(registry.set_alias(&missing).await, Err(Error::VersionNotFound { name: name(), version: version(7) }));
}

#[tokio::test]
async fn an_answer_with_another_version_and_an_endless_list_are_refused() {
    let other = Fault::status(200).body(r#"{"model_version":{"name":"main.ml.bikes","version":"7"}}"#);
    let error = open(&bikes().fault(other)).get_version(&name(), version(1)).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    let same = Fault::status(200).body(r#"{"next_page_token":"again"}"#).always();
    let error = open(&bikes().fault(same)).latest_version(&name()).await.unwrap_err().to_string();
    assert!(error.contains("goes in circles"), "{error}");
}
