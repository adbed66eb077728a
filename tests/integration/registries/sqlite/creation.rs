//! Creation of a new database.

use std::collections::BTreeMap;
use std::fs::{self, File};

use runner::registry::NewVersion;

use crate::support::set_alias::SetAlias as _;
use crate::support::sqlite_fixture::{Fixture, model, open, to, unusable, version};

const TABLES: [&str; 13] = [
    "alembic_version",
    "experiment_tags",
    "experiments",
    "latest_metrics",
    "metrics",
    "model_version_tags",
    "model_versions",
    "params",
    "registered_model_aliases",
    "registered_model_tags",
    "registered_models",
    "runs",
    "tags",
];

fn first_version() -> NewVersion {
    let (name, source) = (model("bikes"), "file:///models/1".to_owned());
    NewVersion { name, source, run_id: None, description: None, tags: BTreeMap::new() }
}

#[tokio::test]
async fn a_registration_creates_the_database_and_its_folders() {
    let fixture = Fixture::empty();
    let path = fixture.folder().join("a/b c/x.db");
    let registry = open(&format!("sqlite:///{}", path.display()));
    assert!(registry.ensure_model(&model("bikes")).await.unwrap());
    assert_eq!(registry.create_version(&first_version()).await.unwrap().version, version(1));
    registry.set_alias(&to("Champion", 1, None)).await.unwrap();
    registry.set_model_tag(&model("bikes"), "k", "v").await.unwrap();
    let again = open(&format!("sqlite:///{}", path.display()));
    assert_eq!(again.get_model(&model("bikes")).await.unwrap().aliases["Champion"], version(1));
    assert!(path.is_file());
}

#[tokio::test]
async fn a_created_database_has_the_schema_of_mlflow() {
    let (created, mlflow) = (Fixture::empty(), Fixture::with_release("2.3.0"));
    created.registry().ensure_model(&model("bikes")).await.unwrap();
    assert_eq!(names(&created, "table"), TABLES);
    assert_eq!(names(&created, "index"), names(&mlflow, "index"));
    for table in TABLES {
        for pragma in ["table_info", "foreign_key_list"] {
            assert_eq!(rows(&created, pragma, table), rows(&mlflow, pragma, table), "{pragma} of {table}");
        }
        assert_eq!(constraints(&created, table), constraints(&mlflow, table), "{table}");
    }
    let sql = created.sql();
    assert_eq!(sql.query_row("PRAGMA integrity_check", [], |row| row.get(0)), Ok("ok".to_owned()));
    assert_eq!(created.number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let revision = sql.query_row("SELECT version_num FROM alembic_version", [], |row| row.get(0));
    assert_eq!(revision, Ok("3500859a5d39".to_owned()));
    let default = "SELECT count(*) FROM experiments WHERE experiment_id = 0 AND name = 'Default' \
                   AND lifecycle_stage = 'active' AND artifact_location LIKE '/%/mlruns/0' AND creation_time > 0";
    assert_eq!(created.number(default), 1);
}

#[tokio::test]
async fn an_empty_file_counts_as_missing() {
    let fixture = Fixture::empty();
    File::create(fixture.path()).unwrap();
    let registry = fixture.registry();
    assert_eq!(unusable(registry.latest_version(&model("bikes")).await).0, "it is empty");
    assert!(registry.ensure_model(&model("bikes")).await.unwrap());
    assert_eq!(registry.latest_version(&model("bikes")).await, Ok(None));
}

#[tokio::test]
async fn reads_and_moves_create_no_file() {
    let fixture = Fixture::empty();
    let registry = fixture.registry();
    let (reason, hint) = unusable(registry.latest_version(&model("bikes")).await);
    assert_eq!(reason, "it does not exist");
    assert!(hint.contains("register a model first"), "{hint}");
    assert_eq!(unusable(registry.set_alias(&to("Champion", 1, None)).await).0, "it does not exist");
    assert_eq!(unusable(registry.create_version(&first_version()).await).0, "it does not exist");
    assert_eq!(fs::read_dir(fixture.folder()).unwrap().count(), 0);
}

fn names(fixture: &Fixture, kind: &str) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = ?1 ORDER BY name";
    fixture.sql().prepare(sql).unwrap().query_map([kind], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Reads a pragma of a table with all cells as text, rows sorted.
fn rows(fixture: &Fixture, pragma: &str, table: &str) -> Vec<String> {
    let sql = fixture.sql();
    let mut statement = sql.prepare(&format!("PRAGMA {pragma}({table})")).unwrap();
    let (first, cells) = (1, statement.column_count());
    let row = |row: &rusqlite::Row<'_>| {
        (first..cells)
            .map(|cell| row.get_ref(cell).map(|cell| format!("{cell:?}").to_lowercase()))
            .collect::<Result<Vec<_>, _>>()
    };
    let mut rows: Vec<String> = statement.query_map([], row).unwrap().map(|row| row.unwrap().join(" ")).collect();
    rows.sort();
    rows
}

/// Returns the names of the constraints of a table, and the number of CHECK and UNIQUE constraints.
fn constraints(fixture: &Fixture, table: &str) -> (Vec<String>, usize, usize) {
    let sql: String =
        fixture.sql().query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0)).unwrap();
    let mut names: Vec<_> =
        sql.split("CONSTRAINT ").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
    names.sort();
    (names, sql.matches("CHECK (").count(), sql.matches("UNIQUE (").count())
}
