//! The request of a diagnosis, and the observations that backends share.

use std::path::Path;
use std::time::Duration;

use super::error::Error;
use super::names::{Alias, ModelName};
use crate::outcome::{Code, Failure, Health, Observation, Topic};

/// The request of a diagnosis.
#[derive(Debug, Clone)]
pub(crate) struct DiagnosisRequest {
    /// The models of the jobs.
    pub(crate) subjects: Vec<ModelSubject>,
    /// Where the login comes from, without secrets; `None` if the config contains no login.
    pub(crate) login_origin: Option<String>,
    /// The time limit of one response.
    pub(crate) limit: Duration,
}

/// A model of some jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelSubject {
    /// Its name.
    pub(crate) name: ModelName,
    /// The aliases that the jobs move.
    pub(crate) aliases: Vec<Alias>,
    /// Whether a job creates the model if it is missing.
    pub(crate) is_made: bool,
    /// Whether a job writes.
    pub(crate) is_written: bool,
}

/// Reports why a database or file store cannot be read. A missing one is no error if a job creates it.
pub(super) fn observe_unreadable_store(error: &Error, path: &Path, wanted: &DiagnosisRequest) -> Observation {
    if !is_absent(error) || !wanted.subjects.iter().any(|subject| subject.is_made) {
        return observe_error(Topic::Server, error);
    }
    match nearest_folder(path).filter(|folder| !may_write(folder)) {
        Some(folder) => {
            let message = format!("there is none yet, and this user may not make it in {}", folder.display());
            Observation::new(Topic::Server, Health::Failed, message)
                .hint("give this user write permission on that folder")
        }
        None => Observation::ok(Topic::Server, "there is none yet, and a job makes it"),
    }
}

/// Reports whether this user may write the files and folders that a move changes. Missing ones will be created.
pub(super) fn observe_write_access<'p>(
    name: &ModelName,
    paths: impl IntoIterator<Item = (&'p Path, &'p str)>,
) -> Observation {
    let topic = Topic::Permission;
    let mut writable = String::new();
    for (path, part) in paths.into_iter().filter(|(path, _)| path.exists()) {
        if !may_write(path) {
            return Observation::new(
                topic,
                Health::Failed,
                format!("{name}: this user may not write {}{part}", path.display()),
            )
            .hint("give this user write permission on it");
        }
        if writable.is_empty() {
            writable = path.display().to_string();
        }
    }
    Observation::ok(topic, format!("{name}: this user may write {writable}"))
}

/// Returns whether there is no registry yet, which registering a model would create.
pub(super) fn is_absent(error: &Error) -> bool {
    matches!(error, Error::DatabaseUnusable { absent: true, .. } | Error::StoreUnusable { absent: true, .. })
}

/// Creates an observation from an error.
pub(crate) fn observe_error(topic: Topic, error: &Error) -> Observation {
    let Failure { code, message, hint } = Failure::from(error);
    let is_unavailable = matches!(code, Code::Unreachable | Code::LoginRefused);
    let (topic, hint) = match code {
        Code::LoginRefused => (Topic::Login, hint),
        Code::PermissionDenied => (Topic::Permission, hint),
        _ => (topic, Some(hint.unwrap_or_else(|| "look at the log of the server".to_owned()))),
    };
    let status = if is_unavailable { Health::Unavailable } else { Health::Failed };
    Observation { topic, status, message, hint }
}

/// Returns whether this user may write a file, or create files in a folder, as far as is known without writing.
#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let wanted = if path.is_dir() { Access::WRITE_OK | Access::EXEC_OK } else { Access::WRITE_OK };
    accessat(CWD, path, wanted, AtFlags::EACCESS).is_ok()
}

/// Returns whether this user may write a file, or create files in a folder, as far as is known without writing.
#[cfg(not(unix))]
fn may_write(path: &Path) -> bool {
    // On Windows, the access list of a folder takes effect only when something is written.
    path.is_dir() || std::fs::metadata(path).is_ok_and(|found| !found.permissions().readonly())
}

/// Returns the folder in which the first missing part of a path would be created.
fn nearest_folder(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::{may_write, nearest_folder};

    #[test]
    fn a_missing_path_would_be_created_in_the_nearest_folder() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(nearest_folder(&root.path().join("a/b/c.db")), Some(root.path()));
        assert_eq!(nearest_folder(&root.path().join("c.db")), Some(root.path()));
        assert!(may_write(root.path()) && !may_write(&root.path().join("a")));
    }
}
