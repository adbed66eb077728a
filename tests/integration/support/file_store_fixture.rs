//! A copy of a file store that MLflow created.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the folder of the store that MLflow created.
pub(crate) fn mlflow_store() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mlflow-files/mlflow-3.17.2")
}

/// Copies every file of a folder.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    let mut files = BTreeMap::new();
    collect_files(from, &mut files);
    for (path, bytes) in files {
        let copy = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
}

/// Reads every file below a folder.
pub(crate) fn collect_files(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_files(&path, files);
        } else {
            files.insert(path.clone(), fs::read(path).unwrap_or_default());
        }
    }
}
