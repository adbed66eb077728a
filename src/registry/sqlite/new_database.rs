//! Creating a database, with the smallest schema that every MLflow since 2.3 opens and migrates.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::alembic::FIRST;
use crate::registry::local::LocalError;

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
