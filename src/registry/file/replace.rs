//! Files that are replaced whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::fault::Fault;
use super::store::Store;

/// How the names of unfinished files and folders begin. They stand in the folder of a model, where MLflow looks at
/// nothing but `meta.yaml`, `version-…`, `aliases` and `tags`: one that was left behind is no alias, tag or version.
pub(super) const UNFINISHED: &str = ".runner-";

/// A file that is written and on the disk, but not yet in its place.
#[must_use]
pub(super) struct Staged {
    file: NamedTempFile,
    place: PathBuf,
    text: String,
}

/// A folder that is written and on the disk, but not yet in its place.
#[must_use]
pub(super) struct StagedFolder {
    folder: TempDir,
    place: PathBuf,
}

impl Store {
    /// Writes a file in a folder that is on the disk of its place: that of its model, or the staging place.
    pub(super) fn stage(&self, folder: &Path, place: PathBuf, text: impl Into<String>) -> Result<Staged, Fault> {
        let text = text.into();
        let staged = || -> io::Result<NamedTempFile> {
            let mut file = shared(Builder::new().prefix(UNFINISHED), 0o666).tempfile_in(self.at(folder))?;
            file.write_all(text.as_bytes())?;
            // Who may read and write it stays as it was.
            match fs::symlink_metadata(self.at(&place)) {
                Ok(known) if known.is_dir() => return Err(ErrorKind::IsADirectory.into()),
                Ok(known) if known.is_file() => file.as_file().set_permissions(known.permissions())?,
                _ => {}
            }
            file.as_file().sync_all()?;
            if let Some(above) = self.at(&place).parent() {
                fs::create_dir_all(above)?;
            }
            Ok(file)
        };
        match staged() {
            Ok(file) => Ok(Staged { file, place, text }),
            Err(error) => Err(Fault::unwritten(&place, &error)),
        }
    }

    /// Writes a folder of files in a folder that is on the disk of its place: that of its model, or the staging place.
    pub(super) fn stage_folder(
        &self,
        folder: &Path,
        place: PathBuf,
        files: impl IntoIterator<Item = (PathBuf, String)>,
    ) -> Result<StagedFolder, Fault> {
        let staged = || -> io::Result<TempDir> {
            let folder = shared(Builder::new().prefix(UNFINISHED), 0o777).tempdir_in(self.at(folder))?;
            for (path, text) in files {
                let path = folder.path().join(path);
                if let Some(above) = path.parent() {
                    fs::create_dir_all(above)?;
                }
                let mut file = fs::File::create_new(path)?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
            }
            sync(folder.path());
            Ok(folder)
        };
        match staged() {
            Ok(folder) => Ok(StagedFolder { folder, place }),
            Err(error) => Err(Fault::unwritten(&place, &error)),
        }
    }

    /// Moves a file within the store, over what is there, and leaves it to the caller to bring that to the disk.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), Fault> {
        fs::rename(self.at(from), self.at(to)).map_err(|error| Fault::unwritten(from, &error))
    }

    /// Removes a file; one that is not there is removed.
    pub(super) fn remove(&self, path: &Path) -> Result<(), Fault> {
        match fs::remove_file(self.at(path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Fault::unwritten(path, &error)),
            _ => {
                self.at(path).parent().inspect(|folder| sync(folder));
                Ok(())
            }
        }
    }
}

impl Staged {
    /// Returns where it will be.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Returns what it holds.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns where it is until then, from the root of the store.
    pub(super) fn path(&self, store: &Store) -> PathBuf {
        let path = self.file.path();
        path.strip_prefix(store.address().path()).unwrap_or(path).to_owned()
    }

    /// Puts it in its place, over what is there. A link there is replaced, and what it leads to is left alone.
    pub(super) fn commit(self, store: &Store) -> Result<(), Fault> {
        let folder = self.place.parent().map(Path::to_owned);
        self.put(store)?;
        folder.inspect(|folder| sync(&store.at(folder)));
        Ok(())
    }

    /// Does so, but leaves it to the caller to bring the name to the disk.
    pub(super) fn put(self, store: &Store) -> Result<(), Fault> {
        let Self { file, place, .. } = self;
        file.persist(store.at(&place)).map(drop).map_err(|failed| Fault::unwritten(&place, &failed.error))
    }

    /// Lets it stay where it is until it is put in its place, also where that fails.
    pub(super) fn stay(&mut self) {
        self.file.disable_cleanup(true);
    }
}

impl StagedFolder {
    /// Puts it in its place, where nothing may be but an empty folder.
    pub(super) fn commit(self, store: &Store) -> Result<(), Fault> {
        let place = store.at(&self.place);
        // Not every system lets a folder replace an empty one.
        fs::remove_dir(&place).ok();
        let moved = match fs::symlink_metadata(&place) {
            Ok(_) => Err(io::Error::from(ErrorKind::AlreadyExists)),
            Err(_) => fs::rename(self.folder.path(), &place),
        };
        moved.map_err(|error| Fault::unwritten(&self.place, &error))?;
        // It is no longer where it would be removed.
        let _ = self.folder.keep();
        place.parent().inspect(|folder| sync(folder));
        Ok(())
    }
}

/// Lets what is made have the mode that any program's files have, rather than be its owner's alone.
#[cfg(unix)]
fn shared<'b>(builder: &'b mut Builder<'static, 'static>, mode: u32) -> &'b mut Builder<'static, 'static> {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn shared<'b>(builder: &'b mut Builder<'static, 'static>, _: u32) -> &'b mut Builder<'static, 'static> {
    builder
}

/// Brings the names in a folder to the disk, where the system has a way: without it, a crash may undo a finished move.
pub(super) fn sync(folder: &Path) {
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
    fn a_file_is_replaced_at_once_and_nothing_is_left_beside_it() {
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
    fn a_folder_never_replaces_one() {
        let (root, store) = store();
        let model = Path::new("model");
        let files = || [(PathBuf::from("meta.yaml"), "a: 1".to_owned()), (PathBuf::from("tags/a/b"), String::new())];
        store.stage_folder(model, model.join("version-1"), files()).unwrap().commit(&store).unwrap();
        assert_eq!(names(&root.path().join("model/version-1")), ["meta.yaml", "tags"]);
        let again = store.stage_folder(model, model.join("version-1"), files()).unwrap().commit(&store);
        assert!(matches!(again, Err(Fault::Unusable { .. })));
        assert_eq!(names(&root.path().join("model")), ["version-1"]);
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_and_write_stays_as_it_was() {
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
    fn a_link_is_replaced_and_what_it_leads_to_is_left_alone() {
        let (root, store) = store();
        let (model, outside) = (Path::new("model"), root.path().join("outside"));
        fs::write(&outside, "mine").unwrap();
        std::os::unix::fs::symlink(&outside, root.path().join("model/k")).unwrap();
        store.stage(model, model.join("k"), "1").unwrap().commit(&store).unwrap();
        assert_eq!(fs::read_to_string(outside).unwrap(), "mine");
        assert_eq!(fs::read_to_string(root.path().join("model/k")).unwrap(), "1");
    }
}
