//! Detecting a file store that MLflow uses by default, without an address.

use std::fs;
use std::path::Path;

/// Returns whether a folder contains an experiment, which is a folder of digits with a `meta.yaml`.
///
/// MLflow asks the same before it uses `./mlruns`. A folder that cannot be read contains none.
pub(crate) fn holds_experiments(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.map_while(Result::ok).any(|entry| {
        let name = entry.file_name();
        let is_number = name.to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        // A `meta.yaml` that is a link counts, even a broken one.
        is_number && entry.path().is_dir() && fs::symlink_metadata(entry.path().join("meta.yaml")).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_is_a_folder_of_digits_with_a_meta_yaml() {
        let root = tempfile::tempdir().unwrap();
        let holds = || holds_experiments(&root.path().join("mlruns"));
        assert!(!holds());
        for folder in ["0", ".trash", "models/bikes", "abc"] {
            fs::create_dir_all(root.path().join("mlruns").join(folder)).unwrap();
        }
        for file in [".trash/meta.yaml", "models/bikes/meta.yaml", "abc/meta.yaml", "1"] {
            fs::write(root.path().join("mlruns").join(file), "").unwrap();
        }
        assert!(!holds());
        fs::write(root.path().join("mlruns/0/meta.yaml"), "").unwrap();
        assert!(holds());
        assert!(!holds_experiments(&root.path().join("mlruns/1")));
    }
}
