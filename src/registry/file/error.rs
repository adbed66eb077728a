//! The errors of a file store: files that are damaged, unreadable or unwritable.

use std::io::{Error as IoError, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::address::Address;
use crate::registry::Error;
use crate::registry::local::LocalError;
use crate::text::escape_line;

/// How long to wait for other runners: as long as MLflow waits for a locked database.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What to do about content that MLflow never writes.
const RESTORE: &str = "MLflow never writes that: correct it by hand, or restore it from a backup";

/// Creates the error of content that MLflow never writes. `problem` is appended to the path.
pub(super) fn damaged(path: &Path, problem: &str) -> LocalError {
    LocalError::unusable(format!("its {} {problem}", format_path(path)), RESTORE)
}

pub(super) fn unreadable(path: &Path, error: &IoError) -> LocalError {
    let hint = match error.kind() {
        ErrorKind::PermissionDenied => "give this user read permission on the folder and all that is in it",
        ErrorKind::InvalidData => RESTORE,
        _ => "check the path, and the disk it is on",
    };
    LocalError::unusable(format!("its {} cannot be read: {error}", format_path(path)), hint)
}

pub(super) fn unwritable(path: &Path, error: &IoError) -> LocalError {
    let hint = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "give this user write permission on the folder and all that is in it"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => "make room on the disk",
        _ => "check what is there, and the disk it is on",
    };
    LocalError::unusable(format!("its {} cannot be written: {error}", format_path(path)), hint)
}

/// Adds the store that an error is about.
pub(super) fn with_address(error: LocalError, address: &Address) -> Error {
    match error {
        LocalError::Registry(error) => error,
        LocalError::Unusable { reason, hint, absent, .. } => {
            Error::StoreUnusable { path: address.path().display().to_string(), reason, hint, absent }
        }
        LocalError::Refused { action, code, message } => {
            Error::Refused { uri: address.uri().into(), action: action.into(), code: code.into(), message }
        }
        LocalError::Locked => {
            let reason = format!("is locked by another runner (waited {PATIENCE:?})");
            Error::unreachable(address.uri(), reason, "run this again when the other runner is done")
        }
    }
}

/// Formats a path on one line. A path within the store is relative to its root.
fn format_path(path: &Path) -> String {
    escape_line(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(error: LocalError) -> String {
        match with_address(error, &Address::parse("/srv/mlruns").unwrap()) {
            Error::StoreUnusable { hint, .. } => hint,
            other => panic!("not the error of a store: {other:?}"),
        }
    }

    #[test]
    fn a_read_only_store_error_names_the_path_to_make_writable() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            let hint = hint(unwritable(Path::new("models/bikes"), &kind.into()));
            assert_eq!(hint, "give this user write permission on the folder and all that is in it");
        }
        assert!(hint(unreadable(Path::new("models"), &ErrorKind::PermissionDenied.into())).contains("read"));
        assert!(hint(unwritable(Path::new("x"), &ErrorKind::StorageFull.into())).contains("make room on the disk"));
    }

    #[test]
    fn a_path_cannot_forge_a_line() {
        let error = damaged(Path::new("models/a\nb"), "is odd");
        let error = with_address(error, &Address::parse("/srv/mlruns").unwrap());
        assert_eq!(error.to_string(), "the file store /srv/mlruns cannot be used: its models/a\\nb is odd");
    }
}
