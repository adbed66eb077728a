//! What goes wrong in a file store, before it is told of which one.

use std::io::{Error as IoError, ErrorKind};
use std::path::Path;

use super::address::Address;
use crate::registry::Error;
use crate::text::escape_line;

/// The way out of what MLflow never writes.
const RESTORE: &str = "MLflow never writes that: correct it by hand, or restore it from a backup";

/// What went wrong; [`Fault::at`] makes it the registry's error.
#[derive(Debug)]
pub(super) enum Fault {
    /// It has its final form.
    Told(Error),
    /// The store cannot be used, and the way out.
    Unusable { reason: String, hint: String, absent: bool },
    /// What was asked makes no sense in a file store, in MLflow's words.
    Refused { action: &'static str, message: String },
}

impl Fault {
    /// Says that there is no store yet.
    pub(super) fn absent(hint: String) -> Self {
        Self::Unusable { reason: "it does not exist".into(), hint, absent: true }
    }

    pub(super) fn unusable(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unusable { reason: reason.into(), hint: hint.into(), absent: false }
    }

    /// Says that something in the store is not as MLflow writes it: `what` follows its path.
    pub(super) fn damaged(path: &Path, what: &str) -> Self {
        Self::unusable(format!("its {} {what}", shown(path)), RESTORE)
    }

    /// Says that something in the store could not be read.
    pub(super) fn unread(path: &Path, error: &IoError) -> Self {
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => "let this user read the folder and all that is in it",
            ErrorKind::InvalidData => RESTORE,
            _ => "check the path, and the disk it is on",
        };
        Self::unusable(format!("its {} cannot be read: {error}", shown(path)), hint)
    }

    /// Says that something in the store could not be written.
    pub(super) fn unwritten(path: &Path, error: &IoError) -> Self {
        let hint = match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "let this user write the folder and all that is in it; nothing was changed"
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                "make room; nothing was changed"
            }
            _ => "check what is there, and the disk it is on; nothing was changed",
        };
        Self::unusable(format!("its {} cannot be written: {error}", shown(path)), hint)
    }

    /// Adds the store that it went wrong with.
    pub(super) fn at(self, address: &Address) -> Error {
        match self {
            Self::Told(error) => error,
            Self::Refused { action, message } => {
                let code = "INVALID_PARAMETER_VALUE".into();
                Error::Refused { uri: address.uri().into(), action: action.into(), code, message }
            }
            Self::Unusable { reason, hint, absent } => {
                Error::StoreUnusable { path: address.path().display().to_string(), reason, hint, absent }
            }
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

/// Shows a path on one line; one within the store is shown from its root.
fn shown(path: &Path) -> String {
    escape_line(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(fault: Fault) -> String {
        match fault.at(&Address::parse("/srv/mlruns").unwrap()) {
            Error::StoreUnusable { hint, .. } => hint,
            other => panic!("not the error of a store: {other:?}"),
        }
    }

    #[test]
    fn a_store_that_lets_nobody_write_says_what_must_be_writable() {
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            let hint = hint(Fault::unwritten(Path::new("models/bikes"), &kind.into()));
            assert_eq!(hint, "let this user write the folder and all that is in it; nothing was changed");
        }
        assert!(hint(Fault::unread(Path::new("models"), &ErrorKind::PermissionDenied.into())).contains("read"));
        assert!(hint(Fault::unwritten(Path::new("x"), &ErrorKind::StorageFull.into())).contains("make room"));
    }

    #[test]
    fn a_path_cannot_forge_a_line() {
        let error = Fault::damaged(Path::new("models/a\nb"), "is odd").at(&Address::parse("/srv/mlruns").unwrap());
        assert_eq!(error.to_string(), "the file store /srv/mlruns cannot be used: its models/a\\nb is odd");
    }
}
