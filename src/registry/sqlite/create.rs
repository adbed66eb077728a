//! A new database, in the smallest schema that every MLflow since 2.3 opens and migrates.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::revisions;

/// Returns whether nothing was ever made in the database.
pub(super) fn is_empty(connection: &Connection) -> Result<bool, Fault> {
    Ok(connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?)
}

/// Fills an empty database with the schema, its revision, and the experiment that MLflow expects to find.
pub(super) fn schema(connection: &Connection) -> Result<(), Fault> {
    connection.execute_batch(include_str!("schema.sql"))?;
    connection.execute("INSERT INTO alembic_version (version_num) VALUES (?1)", [revisions::FIRST])?;
    connection.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, \
         last_update_time) VALUES (0, 'Default', ?1, 'active', ?2, ?2)",
        params![artifact_location(), Timestamp::now().as_millisecond()],
    )?;
    Ok(())
}

// MLflow puts artifacts below the current folder too, wherever the database is.
fn artifact_location() -> String {
    let location = "./mlruns/0";
    std::path::absolute(location).map_or_else(|_| location.to_owned(), |path| uri(&path.display().to_string()))
}

/// Returns a path as MLflow keeps it: one on a drive of Windows as the address of a file, because it reads a drive as a
/// scheme.
fn uri(path: &str) -> String {
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
    fn artifacts_on_a_drive_of_windows_have_the_address_of_a_file() {
        assert_eq!(uri(r"C:\srv\mlruns\0"), "file:///C:/srv/mlruns/0");
        assert_eq!(uri("/srv/a:b/mlruns/0"), "/srv/a:b/mlruns/0");
    }
}
