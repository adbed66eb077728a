//! Converts SQLite's errors to those of the registry.

use rusqlite::ErrorCode;

use super::address::Address;
use crate::registry::Error;
use crate::registry::local::LocalError;

/// What to do about a file that is no database.
const CORRECT_PATH: &str = "correct the path in `services.mlflow.tracking_uri` (else MLFLOW_TRACKING_URI): it must be the \
                            database of an MLflow server";

/// What to do about a database that MLflow did not leave like this.
const INSPECT: &str = "look at it with `sqlite3`, or restore it from a backup";

/// Adds the database that an error is about.
pub(super) fn with_address(error: LocalError, address: &Address) -> Error {
    match error {
        LocalError::Registry(error) => error,
        LocalError::Unusable { reason, hint, absent, may_have_applied } => {
            let path = address.path().display().to_string();
            Error::DatabaseUnusable { path, reason, hint, absent, may_have_applied }
        }
        LocalError::Refused { action, code, message } => {
            Error::Refused { uri: address.uri().into(), action: action.into(), code: code.into(), message }
        }
        // Nothing may have been applied: SQLite rolls back a transaction that is not committed.
        LocalError::Locked => {
            let reason = format!("is locked by another program (waited {:?})", address.patience());
            let hint = "run this again when the other program is done; or wait longer, with `?timeout=60` at the end of the \
                        address";
            Error::unreachable(address.uri(), reason, hint)
        }
    }
}

/// Converts the error of a commit. If the disk failed, SQLite may have kept the transaction: it is kept once its journal
/// is gone, and that may be the step that failed.
pub(super) fn after_commit(error: rusqlite::Error) -> LocalError {
    let is_failed_disk = error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure);
    let error = LocalError::from(error);
    if is_failed_disk { error.in_doubt() } else { error }
}

impl From<rusqlite::Error> for LocalError {
    fn from(error: rusqlite::Error) -> Self {
        let (reason, hint) = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => return Self::Locked,
            Some(ErrorCode::NotADatabase) => {
                return Self::unusable("it is not a SQLite database", CORRECT_PATH);
            }
            Some(ErrorCode::ReadOnly) => {
                return Self::unusable(
                    "it is read-only for this user",
                    "give this user write permission on the file and its folder; until then, every run ends this way",
                );
            }
            Some(ErrorCode::DiskFull) => {
                return Self::unusable("the disk is full", "make room on the disk, then run this again");
            }
            Some(ErrorCode::DatabaseCorrupt) => ("it is damaged", "restore it from a backup"),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                ("it cannot be opened", "give this user read and write permission on the file and its folder")
            }
            Some(ErrorCode::SystemIoFailure) => {
                ("reading or writing it failed", "check that the disk has room and is in order, then run this again")
            }
            Some(_) => ("SQLite refused a statement", INSPECT),
            None => ("it holds what MLflow never writes", INSPECT),
        };
        Self::unusable(format!("{reason}: {error}"), hint)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, OpenFlags, ffi};

    use super::*;

    fn registry_error(error: rusqlite::Error) -> Error {
        with_address(error.into(), &Address::parse("sqlite:////srv/mlflow.db?timeout=2").unwrap())
    }

    #[test]
    fn a_locked_database_is_retryable() {
        let error = registry_error(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None));
        assert_eq!(
            error.to_string(),
            "the registry at sqlite:////srv/mlflow.db?timeout=2 is locked by another program (waited 2s)"
        );
    }

    #[test]
    fn a_commit_is_in_doubt_only_if_the_disk_failed() {
        let failed = |code: i32| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let address = Address::parse("sqlite:////srv/mlflow.db").unwrap();
        let is_in_doubt = |error: LocalError| with_address(error, &address).may_have_applied();
        assert!(is_in_doubt(after_commit(failed(ffi::SQLITE_IOERR_FSYNC))));
        assert!(!is_in_doubt(after_commit(failed(ffi::SQLITE_FULL))));
        assert!(!is_in_doubt(after_commit(failed(ffi::SQLITE_BUSY))));
        assert!(!is_in_doubt(failed(ffi::SQLITE_IOERR_READ).into()));
    }

    #[test]
    fn a_read_only_database_error_names_the_path_to_make_writable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        let read_only = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let Error::DatabaseUnusable { path, reason, hint, .. } =
            registry_error(read_only.execute("DELETE FROM t", []).unwrap_err())
        else {
            panic!("not the error of a database");
        };
        assert_eq!(path, "/srv/mlflow.db");
        assert!(reason.starts_with("it is read-only"), "{reason}");
        assert!(hint.contains("write permission on the file and its folder"), "{hint}");
    }
}
