//! Databases that the backend refuses.

use std::fs;

use runner::registry::{Error, Registry};

use crate::support::set_alias::SetAlias as _;
use crate::support::sqlite_fixture::{Fixture, RELEASES, bikes, open, to, unusable};

/// Asserts that a read and every kind of write fail with the same error and change nothing.
async fn assert_all_refused(fixture: &Fixture, registry: &Registry) -> (String, String) {
    let before = fs::read(fixture.path()).ok();
    let read = unusable(registry.get_model(&bikes()).await);
    assert_eq!(read, unusable(registry.set_alias(&to("Champion", 3, None)).await));
    assert_eq!(read, unusable(registry.ensure_model(&bikes()).await));
    assert_eq!(before, fs::read(fixture.path()).ok());
    read
}

async fn refusal_after(sql: &str) -> (String, String) {
    let fixture = Fixture::with_release("3.18.0");
    fixture.execute(sql);
    assert_all_refused(&fixture, &fixture.registry()).await
}

#[tokio::test]
async fn a_file_that_is_not_sqlite_is_refused() {
    let fixture = Fixture::empty();
    for content in ["job: {KIND: PromotionJob}\n".repeat(100), "x".to_owned(), "ab".to_owned()] {
        fs::write(fixture.path(), content).unwrap();
        let (reason, hint) = assert_all_refused(&fixture, &fixture.registry()).await;
        assert!(reason.starts_with("it is not a SQLite database"), "{reason}");
        assert!(hint.contains("correct the path") || hint.contains("check the path"), "{hint}");
    }
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let fixture = Fixture::with_release("3.18.0");
    let whole = fs::read(fixture.path()).unwrap();
    fs::write(fixture.path(), &whole[..whole.len() / 2]).unwrap();
    let (reason, hint) = assert_all_refused(&fixture, &fixture.registry()).await;
    assert!(reason.starts_with("it is damaged"), "{reason}");
    assert_eq!(hint, "restore it from a backup");
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let fixture = Fixture::empty();
    fixture.execute(
        "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('e1f2a3b4c5d7')",
    );
    assert_eq!(assert_all_refused(&fixture, &fixture.registry()).await.0, "it is a SQLite database, but not MLflow's");
    let fixture = Fixture::empty();
    fixture.execute("CREATE TABLE users (name TEXT)");
    assert_eq!(assert_all_refused(&fixture, &fixture.registry()).await.0, "it is a SQLite database, but not MLflow's");
}

#[tokio::test]
async fn a_half_migrated_database_is_refused_on_every_release() {
    for fixture in RELEASES.map(Fixture::with_release) {
        fixture.execute("CREATE TABLE _alembic_tmp_registered_models (name TEXT)");
        let (reason, hint) = assert_all_refused(&fixture, &fixture.registry()).await;
        assert!(reason.contains("half-migrated") && reason.contains("`_alembic_tmp_registered_models`"), "{reason}");
        assert!(hint.contains("restore") && hint.contains("mlflow db upgrade"), "{hint}");
    }
}

#[tokio::test]
async fn unsupported_revisions_are_refused_with_a_hint() {
    let (reason, hint) = refusal_after("UPDATE alembic_version SET version_num = 'ffffffffffff'").await;
    assert_eq!(
        reason,
        "its schema, revision \"ffffffffffff\", is of a release of MLflow that this program does not know; it knows 2.3 to 3.18"
    );
    assert!(hint.contains("the MLflow server that uses this database"), "{hint}");
    let (reason, hint) = refusal_after("UPDATE alembic_version SET version_num = '97727af70f4d'").await;
    assert!(reason.contains("from before MLflow 2.3"), "{reason}");
    assert!(hint.contains("mlflow db upgrade"), "{hint}");
    for none in ["DELETE FROM alembic_version", "DROP TABLE alembic_version"] {
        assert!(refusal_after(none).await.0.contains("has no revision"));
    }
    let (reason, _) = refusal_after("INSERT INTO alembic_version VALUES ('3500859a5d39')").await;
    assert!(reason.contains("has several revisions"), "{reason}");
}

#[tokio::test]
async fn an_incomplete_schema_is_refused() {
    let (reason, _) = refusal_after("DROP TABLE registered_model_aliases").await;
    assert_eq!(reason, "its schema is not whole: the table `registered_model_aliases` is missing");
    let (reason, _) = refusal_after("ALTER TABLE model_versions DROP COLUMN status_message").await;
    assert_eq!(reason, "its schema is not whole: the column `status_message` of the table `model_versions` is missing");
    let (reason, _) = refusal_after(
        "DROP TABLE registered_model_tags; CREATE TABLE registered_model_tags (name TEXT, key TEXT, value TEXT)",
    )
    .await;
    assert_eq!(reason, "its schema is not whole: only some of its tables have workspaces");
}

#[tokio::test]
async fn a_folder_is_refused() {
    let fixture = Fixture::empty();
    fs::create_dir(fixture.path()).unwrap();
    assert_eq!(assert_all_refused(&fixture, &fixture.registry()).await.0, "it is a folder");
}

#[tokio::test]
async fn a_path_through_a_file_is_refused() {
    let fixture = Fixture::empty();
    fs::write(fixture.path(), "x").unwrap();
    let registry = open(&format!("sqlite:///{}/mlflow.db", fixture.path().display()));
    assert!(matches!(registry.get_model(&bikes()).await, Err(Error::DatabaseUnusable { .. })));
    assert!(matches!(registry.ensure_model(&bikes()).await, Err(Error::DatabaseUnusable { .. })));
    assert_eq!(fs::read(fixture.path()).unwrap(), b"x");
}

#[tokio::test]
async fn a_refused_database_can_be_used_after_its_repair() {
    let fixture = Fixture::with_release("3.18.0");
    fixture.execute("CREATE TABLE _alembic_tmp_runs (a)");
    let registry = fixture.registry();
    unusable(registry.get_model(&bikes()).await);
    fixture.execute("DROP TABLE _alembic_tmp_runs");
    registry.set_alias(&to("Champion", 3, None)).await.unwrap();
}

#[tokio::test]
async fn ambiguous_percent_signs_are_refused_with_both_paths() {
    let fixture = Fixture::with_release("3.10.0");
    let (written, decoded) = (fixture.folder().join("a%20b.db"), fixture.folder().join("a b.db"));
    let registry = || open(&format!("sqlite:///{}", written.display()));
    let refused = |error: Error| {
        let Error::DatabaseUnusable { path, reason, .. } = error else { panic!("{error:?}") };
        assert!(path.ends_with("a%20b.db") && reason.contains("a b.db since"), "{path} {reason}");
    };
    refused(registry().ensure_model(&bikes()).await.unwrap_err());
    assert!(!written.exists() && !decoded.exists());
    for only in [&decoded, &written] {
        fs::copy(fixture.path(), only).unwrap();
        registry().set_alias(&to("Champion", 3, None)).await.unwrap();
        fs::rename(only, fixture.folder().join("kept.db")).unwrap();
    }
    for both in [&decoded, &written] {
        fs::copy(fixture.path(), both).unwrap();
    }
    refused(registry().get_model(&bikes()).await.unwrap_err());
}
