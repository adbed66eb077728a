//! The schema of a database: whether it is MLflow's, whether its revision is supported, and which columns it has. A new
//! database gets the smallest schema that every MLflow since 2.3 opens and migrates.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::alembic::{FIRST, Support};
use crate::registry::local::LocalError;

/// The columns that the program reads or writes, by table.
const USED_COLUMNS: [(&str, &[&str]); 5] = [
    ("registered_models", &["name", "creation_time", "last_updated_time"]),
    ("registered_model_aliases", &["name", "alias", "version"]),
    ("registered_model_tags", &["name", "key", "value"]),
    (
        "model_versions",
        &[
            "name",
            "version",
            "creation_time",
            "last_updated_time",
            "description",
            "current_stage",
            "source",
            "run_id",
            "status",
            "status_message",
        ],
    ),
    ("model_version_tags", &["name", "version", "key", "value"]),
];

const RESTORE: &str = "restore the database from a backup";

/// What a database has that depends on its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schema {
    /// Whether rows belong to a workspace, since MLflow 3.10.
    pub(super) workspaces: bool,
    /// Whether versions have a `storage_location`, since MLflow 2.9.
    pub(super) storage_location: bool,
    /// Whether there are logged models, since MLflow 3.0.
    pub(super) logged_models: bool,
}

impl Schema {
    /// Reads the schema. Fails if it is not MLflow's, incomplete, half-migrated or of an unsupported revision.
    pub(super) fn read(connection: &Connection) -> Result<Self, LocalError> {
        check_no_migration(connection)?;
        let columns = read_columns(connection)?;
        check_revision(connection, &columns)?;
        for (table, used) in USED_COLUMNS {
            let found = columns.get(table).ok_or_else(|| incomplete(&format!("the table `{table}` is missing")))?;
            if let Some(column) = used.iter().find(|column| !found.contains(**column)) {
                return Err(incomplete(&format!("the column `{column}` of the table `{table}` is missing")));
            }
        }
        let with_workspace = USED_COLUMNS.iter().filter(|(table, _)| columns[*table].contains("workspace")).count();
        if with_workspace != 0 && with_workspace != USED_COLUMNS.len() {
            return Err(incomplete("only some of its tables have workspaces"));
        }
        Ok(Self {
            workspaces: with_workspace != 0,
            storage_location: columns["model_versions"].contains("storage_location"),
            logged_models: columns.contains_key("logged_models"),
        })
    }
}

/// The names of columns by table.
type Columns = BTreeMap<String, BTreeSet<String>>;

fn read_columns(connection: &Connection) -> Result<Columns, LocalError> {
    let mut statement = connection.prepare(
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c \
         WHERE m.type = 'table' AND (m.name LIKE 'registered_model%' OR m.name LIKE 'model_version%' \
         OR m.name IN ('alembic_version', 'logged_models'))",
    )?;
    let mut rows = statement.query([])?;
    let mut columns = Columns::new();
    while let Some(row) = rows.next()? {
        columns.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    Ok(columns)
}

// MLflow commits each step of a migration. A migration that was interrupted, or two at once, leave such tables behind.
fn check_no_migration(connection: &Connection) -> Result<(), LocalError> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE name GLOB '_alembic_tmp_*'")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    Err(LocalError::unusable(
        format!(
            "it is half-migrated: a migration of MLflow is at work or was cut off, and left the table `{}`",
            row.get::<_, String>(0)?
        ),
        "let a running migration end; if none runs, restore the database from a backup and let one MLflow alone migrate \
         it with `mlflow db upgrade`",
    ))
}

fn check_revision(connection: &Connection, columns: &Columns) -> Result<(), LocalError> {
    let is_mlflow = columns.contains_key("registered_models");
    if !columns.get("alembic_version").is_some_and(|columns| columns.contains("version_num")) {
        return Err(if is_mlflow { without_revision("has no revision") } else { not_mlflow() });
    }
    let mut statement = connection.prepare("SELECT CAST(version_num AS TEXT) FROM alembic_version")?;
    let revisions = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<Option<String>>, _>>()?;
    match revisions.as_slice() {
        [Some(revision)] => match Support::for_revision(revision) {
            Support::Supported => Ok(()),
            Support::BeforeAliases => Err(too_old(revision)),
            Support::Unknown if is_mlflow => Err(unknown(revision)),
            Support::Unknown => Err(not_mlflow()),
        },
        _ if !is_mlflow => Err(not_mlflow()),
        [] | [None] => Err(without_revision("has no revision")),
        _ => Err(without_revision("has several revisions")),
    }
}

fn not_mlflow() -> LocalError {
    LocalError::unusable(
        "it is a SQLite database, but not MLflow's",
        "check the path: it must be the database of an MLflow server, `mlflow.db` by default",
    )
}

fn without_revision(what: &str) -> LocalError {
    LocalError::unusable(
        format!("its table `alembic_version` {what}, so that its schema is not known"),
        format!("if MLflow is making it right now, try again; else {RESTORE}"),
    )
}

fn too_old(revision: &str) -> LocalError {
    LocalError::unusable(
        format!("its schema, revision {revision:?}, is from before MLflow 2.3 and has no aliases"),
        "back it up and run `mlflow db upgrade` on it",
    )
}

fn unknown(revision: &str) -> LocalError {
    LocalError::unusable(
        format!(
            "its schema, revision {revision:?}, is of a release of MLflow that this program does not know; it knows 2.3 to \
             3.18"
        ),
        "set `services.mlflow.tracking_uri` to the address of the MLflow server that uses this database, or use a newer release of this program",
    )
}

fn incomplete(what: &str) -> LocalError {
    LocalError::unusable(
        format!("its schema is not whole: {what}"),
        format!("{RESTORE}, or run `mlflow db upgrade` on it"),
    )
}

/// Returns whether the database has no schema at all.
pub(super) fn is_empty(connection: &Connection) -> Result<bool, LocalError> {
    Ok(connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?)
}

/// Creates the schema in an empty database, with its revision and the experiment that MLflow expects.
pub(super) fn create_schema(connection: &Connection) -> Result<(), LocalError> {
    connection.execute_batch(include_str!("schema.sql"))?;
    connection.execute("INSERT INTO alembic_version (version_num) VALUES (?1)", [FIRST])?;
    connection.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, \
         last_update_time) VALUES (0, 'Default', ?1, 'active', ?2, ?2)",
        params![artifact_location(), Timestamp::now().as_millisecond()],
    )?;
    Ok(())
}

// MLflow, too, puts artifacts below the current folder, wherever the database is.
fn artifact_location() -> String {
    let location = "./mlruns/0";
    std::path::absolute(location).map_or_else(|_| location.to_owned(), |path| to_uri(&path.display().to_string()))
}

/// Returns a path as MLflow stores it. A path on a Windows drive becomes a `file:` address, because MLflow would read the
/// drive as a scheme.
fn to_uri(path: &str) -> String {
    match path.as_bytes() {
        [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic() => {
            format!("file:///{}", path.replace('\\', "/"))
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_on_a_windows_drive_have_a_file_address() {
        assert_eq!(to_uri(r"C:\srv\mlruns\0"), "file:///C:/srv/mlruns/0");
        assert_eq!(to_uri("/srv/a:b/mlruns/0"), "/srv/a:b/mlruns/0");
    }
}
