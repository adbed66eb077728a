//! What goes wrong inside a transaction, before it is told of which database.

use rusqlite::ErrorCode;

use super::address::Address;
use crate::registry::Error;

/// The way out where nothing but a look at the database helps.
const LOOK: &str = "look at it with `sqlite3`, or restore it from a backup";

/// What went wrong; [`Fault::at`] makes it the registry's error.
#[derive(Debug)]
pub(super) enum Fault {
    /// It has its final form.
    Told(Error),
    /// The database cannot be used, and the way out.
    Unusable { reason: String, hint: String, absent: bool },
    /// What was asked makes no sense in this registry, in MLflow's words.
    Refused { action: &'static str, code: &'static str, message: String },
    /// SQLite said no.
    Sql(rusqlite::Error),
}

impl Fault {
    pub(super) fn unusable(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unusable { reason: reason.into(), hint: hint.into(), absent: false }
    }

    /// Says that there is no database yet.
    pub(super) fn absent(reason: &str, hint: String) -> Self {
        Self::Unusable { reason: reason.to_owned(), hint, absent: true }
    }

    /// Adds the database that it went wrong with.
    pub(super) fn at(self, address: &Address) -> Error {
        let (reason, hint, absent) = match self {
            Self::Told(error) => return error,
            Self::Refused { action, code, message } => {
                return Error::Refused { uri: address.uri().into(), action: action.into(), code: code.into(), message };
            }
            Self::Unusable { reason, hint, absent } => (reason, hint, absent),
            Self::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return locked(address),
                code => {
                    let (reason, hint) = unusable(code, &error);
                    (reason, hint, false)
                }
            },
        };
        Error::DatabaseUnusable { path: address.path().display().to_string(), reason, hint, absent }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

fn locked(address: &Address) -> Error {
    // A transaction that is not committed is rolled back.
    let reason = format!("the database is locked by another program, still after {:?}", address.patience());
    Error::unreachable(address.uri(), reason)
}

fn unusable(code: Option<ErrorCode>, error: &rusqlite::Error) -> (String, String) {
    let (reason, hint) = match code {
        Some(ErrorCode::NotADatabase) => {
            ("it is not a SQLite database", "check the path; it must be the database of an MLflow server")
        }
        Some(ErrorCode::DatabaseCorrupt) => ("it is damaged", "restore it from a backup"),
        Some(ErrorCode::ReadOnly) => ("it is read-only", "let this user write the file and the folder it is in"),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ("it cannot be opened", "let this user read and write the file and the folder it is in")
        }
        Some(ErrorCode::DiskFull) => ("the disk is full", "make room; nothing was changed"),
        Some(ErrorCode::SystemIoFailure) => ("reading or writing it failed", "check the disk; nothing was changed"),
        Some(_) => ("SQLite refused a statement", LOOK),
        None => ("it holds what MLflow never writes", LOOK),
    };
    (format!("{reason}: {error}"), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, OpenFlags, ffi};

    use super::*;

    fn told(fault: impl Into<Fault>) -> Error {
        fault.into().at(&Address::parse("sqlite:////srv/mlflow.db?timeout=2").unwrap())
    }

    #[test]
    fn a_locked_database_may_be_tried_again() {
        let error = told(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None));
        assert_eq!(
            error.to_string(),
            "the registry at sqlite:////srv/mlflow.db?timeout=2 cannot be reached: \
             the database is locked by another program, still after 2s"
        );
    }

    #[test]
    fn a_write_to_a_read_only_database_says_what_must_be_writable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        let read_only = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let Error::DatabaseUnusable { path, reason, hint, .. } =
            told(read_only.execute("DELETE FROM t", []).unwrap_err())
        else {
            panic!("not the error of a database");
        };
        assert_eq!(path, "/srv/mlflow.db");
        assert!(reason.starts_with("it is read-only"), "{reason}");
        assert!(hint.contains("write the file and the folder"), "{hint}");
    }
}
