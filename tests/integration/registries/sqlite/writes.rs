//! Writes, and the rows that they do not touch.

use std::collections::BTreeMap;

use runner::registry::{Error, NewVersion, Status};

use crate::support::set_alias::SetAlias as _;
use crate::support::sqlite_fixture::{Fixture, bikes, model, to, version};

#[tokio::test]
async fn an_alias_is_created_moved_and_set_again() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        for (alias, number) in [("Fresh", 2), ("Champion", 3), ("Champion", 3), ("Champion", 1), ("Champion", 5)] {
            registry.set_alias(&to(alias, number, None)).await.unwrap();
            let read = registry.get_alias(&bikes(), &alias.parse().unwrap()).await.unwrap().unwrap();
            assert_eq!(read.version, version(number), "{} {alias}", fixture.release);
        }
        assert_eq!(fixture.number("SELECT count(*) FROM registered_model_aliases"), 3);
        assert_eq!(fixture.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }
}

#[tokio::test]
async fn moving_an_alias_changes_nothing_else() {
    for fixture in Fixture::all() {
        let sum = "SELECT sum(creation_time + last_updated_time) FROM model_versions";
        let models = "SELECT sum(last_updated_time) FROM registered_models";
        let before = (fixture.number(sum), fixture.number(models), fixture.number("PRAGMA schema_version"));
        fixture.registry().set_alias(&to("Champion", 3, None)).await.unwrap();
        assert_eq!(before, (fixture.number(sum), fixture.number(models), fixture.number("PRAGMA schema_version")));
    }
}

#[tokio::test]
async fn a_model_tag_is_created_and_replaced() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        for (key, value) in [("history", "[1]"), ("history", "it's \"2\" 日本"), ("team", "")] {
            registry.set_model_tag(&bikes(), key, value).await.unwrap();
            assert_eq!(registry.get_model(&bikes()).await.unwrap().tags[key], value, "{}", fixture.release);
        }
        assert_eq!(fixture.number("SELECT count(*) FROM registered_model_tags"), 2);
        let missing = registry.set_model_tag(&model("missing"), "k", "v").await;
        assert_eq!(missing, Err(Error::ModelNotFound { name: model("missing") }));
    }
}

#[tokio::test]
async fn a_model_is_created_once() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        assert!(!registry.ensure_model(&bikes()).await.unwrap(), "{}", fixture.release);
        assert!(registry.ensure_model(&model("new")).await.unwrap());
        assert!(!registry.ensure_model(&model("new")).await.unwrap());
        assert_eq!(
            fixture.number(
                "SELECT count(*) FROM registered_models WHERE creation_time = last_updated_time AND name = 'new'"
            ),
            1
        );
    }
}

fn new(name: &str, source: &str) -> NewVersion {
    NewVersion { name: model(name), source: source.into(), run_id: None, description: None, tags: BTreeMap::new() }
}

#[tokio::test]
async fn a_version_is_created_as_mlflow_creates_it() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let tags = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("it's".to_owned(), String::new())]);
        let (run_id, description) = (Some("f".repeat(32)), Some("why".to_owned()));
        let request = NewVersion { run_id, description, tags, ..new("bikes", "s3://models/bikes/6") };
        let created = registry.create_version(&request).await.unwrap();
        assert_eq!((created.version, &created.status), (version(6), &Status::Ready), "{}", fixture.release);
        assert_eq!(
            (&created.run_id, &created.description, &created.tags),
            (&request.run_id, &request.description, &request.tags)
        );
        assert_eq!(created.source, Some(request.source));
        assert_eq!(registry.get_version(&bikes(), version(6)).await.unwrap(), created);
        assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap(), created);
        let row = "SELECT count(*) FROM model_versions JOIN registered_models USING (name) WHERE version = 6 \
                   AND current_stage = 'None' AND user_id IS NULL AND model_versions.creation_time = \
                   registered_models.last_updated_time";
        assert_eq!(fixture.number(row), 1);
        assert_eq!(fixture.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }
}

#[tokio::test]
async fn numbers_of_deleted_versions_are_not_reused() {
    for fixture in Fixture::all() {
        fixture.execute("UPDATE model_versions SET current_stage = 'Deleted_Internal' WHERE version = 5");
        let registry = fixture.registry();
        assert_eq!(registry.create_version(&new("bikes", "s3://x")).await.unwrap().version, version(6));
        assert_eq!(registry.create_version(&new("empty", "s3://x")).await.unwrap().version, version(1));
        let missing = registry.create_version(&new("missing", "s3://x")).await;
        assert_eq!(missing, Err(Error::ModelNotFound { name: model("missing") }), "{}", fixture.release);
    }
}

#[tokio::test]
async fn a_source_that_names_a_version_resolves_to_its_artifacts() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let copy = registry.create_version(&new("empty", "models:/bikes/2")).await.unwrap();
        assert_eq!(copy.source.as_deref(), Some("models:/bikes/2"));
        for source in
            ["models:/bikes/4", "models:/bikes/99", "models:/m-0123", "models:/bikes@Champion", "models:/bikes/latest"]
        {
            let refused = registry.create_version(&new("empty", source)).await;
            assert!(matches!(refused, Err(Error::Refused { .. })), "{} {source}: {refused:?}", fixture.release);
        }
        if fixture.release == "2.3.0" {
            continue;
        }
        registry.create_version(&new("empty", "models:/empty/1")).await.unwrap();
        let followed =
            "SELECT count(*) FROM model_versions WHERE name = 'empty' AND storage_location = 's3://models/bikes/2'";
        assert_eq!(fixture.number(followed), 2, "{}", fixture.release);
    }
}

#[tokio::test]
async fn a_logged_model_source_sets_the_run() {
    for release in ["3.0.0", "3.5.0", "3.10.0", "3.18.0"] {
        let fixture = Fixture::with_release(release);
        fixture.execute(
            "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms,
                 last_updated_timestamp_ms, status, lifecycle_stage, source_run_id)
             VALUES ('m-0123', 0, 'clf', 's3://artifacts/m-0123', 1, 1, 2, 'active', 'run')",
        );
        let created = fixture.registry().create_version(&new("bikes", "models:/m-0123")).await.unwrap();
        assert_eq!((created.source.as_deref(), created.run_id.as_deref()), (Some("models:/m-0123"), Some("run")));
        let followed = "SELECT count(*) FROM model_versions WHERE storage_location = 's3://artifacts/m-0123'";
        assert_eq!(fixture.number(followed), 1, "{release}");
    }
}

#[tokio::test]
async fn a_name_that_mlflow_no_longer_accepts_is_used_but_not_created() {
    let fixture = Fixture::with_release("2.3.0");
    fixture.execute("INSERT INTO registered_models (name) VALUES ('a/b')");
    let registry = fixture.registry();
    assert_eq!(registry.ensure_model(&model("a/b")).await, Ok(false));
    assert_eq!(registry.create_version(&new("a/b", "s3://x")).await.unwrap().version, version(1));
    for name in ["a/c", "a:b", ".", ".."] {
        let refused = registry.ensure_model(&model(name)).await;
        let Err(Error::Refused { code, message, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(code, "INVALID_PARAMETER_VALUE");
        assert!(message.contains(&format!("{name:?}")), "{message}");
    }
    assert_eq!(fixture.number("SELECT count(*) FROM registered_models"), 4);
}
