//! Writes files and folders atomically: they are staged and then renamed to their targets, so that readers see all of
//! them or nothing.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::error::unwritable;
use super::store::Store;
use crate::registry::local::LocalError;

/// The prefix of staged files and folders. They are in the folder of a model, where MLflow reads only `meta.yaml`,
/// `version-…`, `aliases` and `tags`, so it ignores those that a killed run leaves.
pub(super) const STAGED_PREFIX: &str = ".runner-";

/// A file that is synced to the disk, but not yet renamed to its target.
#[must_use]
pub(super) struct StagedFile {
    file: NamedTempFile,
    target: PathBuf,
    text: String,
}

/// A folder that is synced to the disk, but not yet renamed to its target.
#[must_use]
pub(super) struct StagedFolder {
    folder: TempDir,
    target: PathBuf,
}

impl Store {
    /// Writes a file in a folder on the same disk as its target: the folder of its model, or the staging folder.
    pub(super) fn stage(
        &self,
        folder: &Path,
        target: PathBuf,
        text: impl Into<String>,
    ) -> Result<StagedFile, LocalError> {
        let text = text.into();
        let staged = || -> io::Result<NamedTempFile> {
            let mut file = with_mode(Builder::new().prefix(STAGED_PREFIX), 0o666).tempfile_in(self.absolute(folder))?;
            file.write_all(text.as_bytes())?;
            // The new file has the permissions of the one that it replaces.
            match fs::symlink_metadata(self.absolute(&target)) {
                Ok(known) if known.is_dir() => return Err(ErrorKind::IsADirectory.into()),
                Ok(known) if known.is_file() => file.as_file().set_permissions(known.permissions())?,
                _ => {}
            }
            file.as_file().sync_all()?;
            if let Some(above) = self.absolute(&target).parent() {
                fs::create_dir_all(above)?;
            }
            Ok(file)
        };
        match staged() {
            Ok(file) => Ok(StagedFile { file, target, text }),
            Err(error) => Err(unwritable(&target, &error)),
        }
    }

    /// Writes a folder of files in a folder on the same disk as its target; see [`Store::stage`].
    pub(super) fn stage_folder(
        &self,
        folder: &Path,
        target: PathBuf,
        files: impl IntoIterator<Item = (PathBuf, String)>,
    ) -> Result<StagedFolder, LocalError> {
        let staged = || -> io::Result<TempDir> {
            let folder = with_mode(Builder::new().prefix(STAGED_PREFIX), 0o777).tempdir_in(self.absolute(folder))?;
            for (path, text) in files {
                let path = folder.path().join(path);
                if let Some(above) = path.parent() {
                    fs::create_dir_all(above)?;
                }
                let mut file = fs::File::create_new(path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
            }
            sync_folder(folder.path());
            Ok(folder)
        };
        match staged() {
            Ok(folder) => Ok(StagedFolder { folder, target }),
            Err(error) => Err(unwritable(&target, &error)),
        }
    }

    /// Renames a file within the store and replaces what is there. The caller syncs the folder.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), LocalError> {
        fs::rename(self.absolute(from), self.absolute(to)).map_err(|error| unwritable(from, &error))
    }

    /// Removes a file if it exists.
    pub(super) fn remove(&self, path: &Path) -> Result<(), LocalError> {
        match fs::remove_file(self.absolute(path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(path, &error)),
            _ => {
                self.absolute(path).parent().inspect(|folder| sync_folder(folder));
                Ok(())
            }
        }
    }
}

impl StagedFile {
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the path of the staged file, relative to the root of the store.
    pub(super) fn path(&self, store: &Store) -> PathBuf {
        let path = self.file.path();
        path.strip_prefix(store.address().path()).unwrap_or(path).to_owned()
    }

    /// Renames the file to its target and syncs the folder. Replaces a link, not the file that the link leads to.
    pub(super) fn commit(self, store: &Store) -> Result<(), LocalError> {
        let folder = self.target.parent().map(Path::to_owned);
        self.rename(store)?;
        folder.inspect(|folder| sync_folder(&store.absolute(folder)));
        Ok(())
    }

    /// Renames the file to its target. The caller syncs the folder.
    pub(super) fn rename(self, store: &Store) -> Result<(), LocalError> {
        let Self { file, target, .. } = self;
        file.persist(store.absolute(&target)).map(drop).map_err(|failed| unwritable(&target, &failed.error))
    }

    /// Keeps the staged file when it is dropped or cannot be renamed.
    pub(super) fn keep(&mut self) {
        self.file.disable_cleanup(true);
    }
}

impl StagedFolder {
    /// Renames the folder to its target, where at most an empty folder may be, and syncs the folder above.
    pub(super) fn commit(self, store: &Store) -> Result<(), LocalError> {
        let target = store.absolute(&self.target);
        // Not every operating system lets a rename replace an empty folder.
        fs::remove_dir(&target).ok();
        let moved = match fs::symlink_metadata(&target) {
            Ok(_) => Err(io::Error::from(ErrorKind::AlreadyExists)),
            Err(_) => fs::rename(self.folder.path(), &target),
        };
        moved.map_err(|error| unwritable(&self.target, &error))?;
        // The temporary folder no longer exists, so it needs no removal.
        let _ = self.folder.keep();
        target.parent().inspect(|folder| sync_folder(folder));
        Ok(())
    }
}

/// Sets the mode that files of any program have. By default, only the owner may read a temporary file.
#[cfg(unix)]
fn with_mode<'b>(builder: &'b mut Builder<'static, 'static>, mode: u32) -> &'b mut Builder<'static, 'static> {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn with_mode<'b>(builder: &'b mut Builder<'static, 'static>, _: u32) -> &'b mut Builder<'static, 'static> {
    builder
}

/// Syncs the names in a folder to the disk where the operating system can. Otherwise a crash may undo a finished move.
pub(super) fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::*;

    fn store() -> (TempDir, Store) {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(Address::parse(&root.path().display().to_string()).unwrap());
        fs::create_dir(root.path().join("model")).unwrap();
        (root, store)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_in_one_step_and_no_staged_file_is_left() {
        let (root, store) = store();
        let model = Path::new("model");
        for text in ["1", "2"] {
            store.stage(model, model.join("aliases/Champion"), text).unwrap().commit(&store).unwrap();
        }
        assert_eq!(fs::read_to_string(root.path().join("model/aliases/Champion")).unwrap(), "2");
        drop(store.stage(model, model.join("aliases/Champion"), "3").unwrap());
        assert_eq!(fs::read_to_string(root.path().join("model/aliases/Champion")).unwrap(), "2");
        assert_eq!(names(&root.path().join("model")), ["aliases"]);
        assert_eq!(names(&root.path().join("model/aliases")), ["Champion"]);
    }

    #[test]
    fn a_folder_never_replaces_another() {
        let (root, store) = store();
        let model = Path::new("model");
        let files = || [(PathBuf::from("meta.yaml"), "a: 1".to_owned()), (PathBuf::from("tags/a/b"), String::new())];
        store.stage_folder(model, model.join("version-1"), files()).unwrap().commit(&store).unwrap();
        assert_eq!(names(&root.path().join("model/version-1")), ["meta.yaml", "tags"]);
        let again = store.stage_folder(model, model.join("version-1"), files()).unwrap().commit(&store);
        assert!(matches!(again, Err(LocalError::Unusable { .. })));
        assert_eq!(names(&root.path().join("model")), ["version-1"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let (root, store) = store();
        let (model, path) = (Path::new("model"), root.path().join("model/meta.yaml"));
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        store.stage(model, model.join("meta.yaml"), "1").unwrap().commit(&store).unwrap();
        let usual = root.path().join("usual");
        fs::write(&usual, "").unwrap();
        assert_eq!(mode(), fs::metadata(usual).unwrap().permissions().mode() & 0o777);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
        store.stage(model, model.join("meta.yaml"), "2").unwrap().commit(&store).unwrap();
        assert_eq!(mode(), 0o664);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_its_target_stays() {
        let (root, store) = store();
        let (model, outside) = (Path::new("model"), root.path().join("outside"));
        fs::write(&outside, "mine").unwrap();
        std::os::unix::fs::symlink(&outside, root.path().join("model/k")).unwrap();
        store.stage(model, model.join("k"), "1").unwrap().commit(&store).unwrap();
        assert_eq!(fs::read_to_string(outside).unwrap(), "mine");
        assert_eq!(fs::read_to_string(root.path().join("model/k")).unwrap(), "1");
    }
}
