//! The backend on a store that MLflow created.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use runner::registry::file::FileStore;
use runner::registry::{Alias, AliasChange, Error, Expect, ModelName, NewVersion, Registry, Version};
use tempfile::TempDir;

use crate::support::file_store_fixture::{copy_folder, mlflow_store};
use crate::support::set_alias::SetAlias as _;

fn store() -> (TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&mlflow_store(), folder.path());
    let registry = open(folder.path());
    (folder, registry)
}

fn open(folder: &Path) -> Registry {
    Registry::File(FileStore::new(&folder.display().to_string()).unwrap())
}

fn bikes() -> ModelName {
    "bikes".parse().unwrap()
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

fn alias_change(alias: &str, number: u64, expect: Option<Expect>) -> AliasChange {
    AliasChange { expect, ..AliasChange::set(bikes(), alias.parse().unwrap(), version(number)) }
}

#[tokio::test]
async fn a_model_has_its_aliases_and_tags() {
    let (_folder, registry) = store();
    let model = registry.get_model(&bikes()).await.unwrap();
    let aliases = [("Champion", 1), ("Staging", 2)].map(|(alias, number)| (alias.to_owned(), version(number)));
    assert_eq!(model.aliases, aliases.into());
    let tags = [("costs/centre", "42"), ("team", "demand")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(model.tags, tags.into());
    let missing = Error::ModelNotFound { name: "boats".parse().unwrap() };
    assert_eq!(registry.get_model(&"boats".parse().unwrap()).await, Err(missing));
    assert!(registry.get_model(&"it's a model".parse().unwrap()).await.unwrap().aliases.is_empty());
}

#[tokio::test]
async fn versions_are_read_as_mlflow_wrote_them() {
    let (_folder, registry) = store();
    let found = registry.get_alias(&bikes(), &"Staging".parse().unwrap()).await.unwrap().unwrap();
    insta::assert_json_snapshot!(found.into_found_version());
    assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap().version, version(5));
    assert_eq!(registry.latest_version(&"empty".parse().unwrap()).await, Ok(None));
    assert_eq!(registry.latest_version(&"boats".parse().unwrap()).await, Ok(None));
    let gone = Error::VersionNotFound { name: bikes(), version: version(4) };
    assert_eq!(registry.get_version(&bikes(), version(4)).await, Err(gone));
    let live: Vec<_> = registry.versions(&bikes()).await.unwrap();
    let tagged = live.iter().map(|it| (it.version.get(), it.tags.get("validation_status").map(String::as_str)));
    let expected = [(1, Some("approved")), (2, Some("approved")), (3, Some("pending")), (5, None)];
    assert_eq!(tagged.collect::<Vec<_>>(), expected);
    assert_eq!(registry.versions(&"boats".parse().unwrap()).await, Ok(vec![]));
}

#[tokio::test]
async fn metrics_of_runs_and_logged_models_are_read() {
    let (_folder, registry) = store();
    let run_id = registry.get_version(&bikes(), version(2)).await.unwrap().run_id.unwrap();
    let metrics = registry.run_metrics(&run_id).await.unwrap();
    let of = |key: &str| metrics.iter().find(|metric| metric.key == key).unwrap();
    assert_eq!((of("rmse").value, of("rmse").step, of("r2").value), (0.25, 1, 0.80));
    assert!(of("mae").value.is_nan());
    assert_eq!(registry.run_metrics("gone").await, Err(Error::RunNotFound { run_id: "gone".into() }));
    let points = registry.model_metrics("m-2a0072aaefe148b48717d674dc31e8f6").await.unwrap();
    let found: Vec<_> = points.iter().map(|it| (it.key.as_str(), it.value, it.step, it.dataset.as_deref())).collect();
    assert_eq!(found, [("acc", 0.9, 2, Some("train")), ("acc", 0.95, 3, None)]);
    let missing = Error::LoggedModelNotFound { model_id: "m-1".into() };
    assert_eq!(registry.model_metrics("m-1").await, Err(missing));
}

#[tokio::test]
async fn an_alias_is_deleted_only_where_it_points_to_the_version() {
    let (folder, registry) = store();
    let alias: Alias = "Champion".parse().unwrap();
    let refused = registry.set_alias(&AliasChange::delete(bikes(), alias.clone(), version(2))).await;
    assert!(matches!(refused, Err(Error::AliasMoved { .. })), "{refused:?}");
    registry.set_alias(&AliasChange::delete(bikes(), alias.clone(), version(1))).await.unwrap();
    assert_eq!(registry.get_alias(&bikes(), &alias).await, Ok(None));
    let meta = std::fs::read_to_string(folder.path().join("models/bikes/meta.yaml")).unwrap();
    assert!(meta.starts_with("aliases:\n  Staging: \"2\"\n"), "{meta}");
}

#[tokio::test]
async fn a_tag_is_set_read_and_updated() {
    let (_folder, registry) = store();
    registry.set_model_tag(&bikes(), "a/b/c", "ä\n\0").await.unwrap();
    registry.set_model_tag(&bikes(), "team", "").await.unwrap();
    let amend =
        |_: Option<Version>, tags: &BTreeMap<String, String>| vec![("team".to_owned(), format!("{}x", tags["team"]))];
    let moved = registry.write_alias_and_record(&alias_change("Champion", 1, None), amend).await.unwrap().unwrap();
    assert_eq!(moved.written.len(), 1);
    let tags = registry.get_model(&bikes()).await.unwrap().tags;
    assert_eq!((tags["a/b/c"].as_str(), tags["team"].as_str(), tags.len()), ("ä\n\0", "x", 3));
    let below_a_file = registry.set_model_tag(&bikes(), "team/x", "").await;
    assert!(matches!(below_a_file, Err(Error::StoreUnusable { .. })), "{below_a_file:?}");
}

#[tokio::test]
async fn a_version_resolves_the_artifact_location_of_its_source() {
    let (folder, registry) = store();
    let create = async |source: &str, run_id: Option<&str>| {
        let (source, run_id) = (source.to_owned(), run_id.map(str::to_owned));
        let new = NewVersion { name: bikes(), source, run_id, description: None, tags: BTreeMap::new() };
        let created = registry.create_version(&new).await?;
        let meta = folder.path().join(format!("models/bikes/version-{}/meta.yaml", created.version));
        let meta = std::fs::read_to_string(meta).unwrap();
        let location = meta.lines().find_map(|line| line.strip_prefix("storage_location: ")).unwrap().to_owned();
        Ok::<_, Error>((created.version.get(), location, created.run_id))
    };
    let run_id = registry.get_version(&bikes(), version(2)).await.unwrap().run_id;
    let logged = "m-2a0072aaefe148b48717d674dc31e8f6";
    assert_eq!(create("models:/bikes/2", None).await, Ok((6, "\"s3://models/bikes/2\"".into(), None)));
    let location = format!("\"file:///srv/mlruns/0/models/{logged}/artifacts\"");
    assert_eq!(create(&format!("models:/{logged}"), None).await, Ok((7, location.clone(), run_id)));
    assert_eq!(create(&format!("models:/{logged}"), Some("r")).await, Ok((8, location, Some("r".into()))));
    for source in ["models:/bikes/4", "models:/m-1", "models:/bikes@Champion", "models:/bikes/latest"] {
        let refused = create(source, None).await;
        assert!(matches!(refused, Err(Error::Refused { .. })), "{source}: {refused:?}");
    }
    assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap().version, version(8));
}

#[tokio::test]
async fn a_created_version_is_returned_despite_another_damaged_file() {
    let (folder, registry) = store();
    std::fs::write(folder.path().join("models/bikes/aliases/Other"), "two").unwrap();
    let tags = [("a".to_owned(), "b".to_owned())].into();
    let new =
        NewVersion { name: bikes(), source: "s3://b/6".into(), run_id: Some("r".into()), description: None, tags };
    let created = registry.create_version(&new).await.unwrap();
    std::fs::remove_file(folder.path().join("models/bikes/aliases/Other")).unwrap();
    assert_eq!(registry.get_version(&bikes(), created.version).await, Ok(created));
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_a_store_does_not_block_a_read() {
    let (folder, registry) = store();
    for path in ["tags/pipe", "aliases/Champion"] {
        let path = folder.path().join("models/bikes").join(path);
        std::fs::remove_file(&path).ok();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let read = tokio::time::timeout(Duration::from_secs(20), registry.get_model(&bikes())).await;
        let message = read.unwrap().unwrap_err().to_string();
        assert!(message.contains("is not a regular file"), "{message}");
        std::fs::remove_file(&path).unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_unreadable_path_is_not_reported_as_missing() {
    let (folder, registry) = store();
    for name in ["bikes/version-3", "bikes"] {
        let path = folder.path().join("models").join(name);
        std::fs::remove_dir_all(&path).unwrap();
        // A cyclic link.
        std::os::unix::fs::symlink(&path, &path).unwrap();
        let model = registry.get_model(&bikes()).await;
        let version = registry.get_version(&bikes(), version(3)).await;
        assert!(matches!(version, Err(Error::StoreUnusable { .. })), "{version:?}");
        assert_eq!(matches!(model, Err(Error::StoreUnusable { .. })), name == "bikes", "{model:?}");
        let created = registry.ensure_model(&bikes()).await;
        assert_eq!(matches!(created, Err(Error::StoreUnusable { .. })), name == "bikes", "{created:?}");
    }
}
