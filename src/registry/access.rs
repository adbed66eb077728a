//! The permissions of this user on files, checked without writing.

use std::path::Path;

/// Returns whether this user may write a file, or create files in a folder, as far as is known without writing.
#[cfg(unix)]
pub(super) fn may_write(path: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    let wanted = if path.is_dir() { Access::WRITE_OK | Access::EXEC_OK } else { Access::WRITE_OK };
    accessat(CWD, path, wanted, AtFlags::EACCESS).is_ok()
}

/// Returns whether this user may write a file, or create files in a folder, as far as is known without writing.
#[cfg(not(unix))]
pub(super) fn may_write(path: &Path) -> bool {
    // On Windows, the access list of a folder takes effect only when something is written.
    path.is_dir() || std::fs::metadata(path).is_ok_and(|found| !found.permissions().readonly())
}

/// Returns the folder in which the first missing part of a path would be created.
pub(super) fn nearest_folder(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|folder| folder.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_path_would_be_created_in_the_nearest_folder() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(nearest_folder(&root.path().join("a/b/c.db")), Some(root.path()));
        assert_eq!(nearest_folder(&root.path().join("c.db")), Some(root.path()));
        assert!(may_write(root.path()) && !may_write(&root.path().join("a")));
    }
}
