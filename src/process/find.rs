//! Finds the file of a program, as the system does when it starts one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::spawn_error::SpawnError;

/// Returns the file of a program that runs in a folder. A name without a folder is looked up in `path`, the value of the
/// variable `PATH`.
///
/// # Errors
/// Why it cannot be started.
pub fn find_program(program: &str, folder: Option<&Path>, path: &OsStr) -> Result<PathBuf, SpawnError> {
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(SpawnError::NoFolder(folder.to_owned()));
    }
    let has_folder = program.contains(std::path::is_separator);
    let folders: Vec<PathBuf> = match has_folder {
        true => vec![folder.map(Path::to_owned).unwrap_or_default()],
        false => std::env::split_paths(path).collect(),
    };
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| candidates(&folder.join(program))).collect();
    match files.iter().find(|file| is_executable(file)) {
        Some(file) => Ok(file.clone()),
        None if files.iter().any(|file| file.exists()) => Err(SpawnError::NotExecutable),
        None => Err(SpawnError::NotFound),
    }
}

#[cfg(unix)]
fn candidates(file: &Path) -> Vec<PathBuf> {
    vec![file.to_owned()]
}

/// On Windows the ending of a program may be left out.
#[cfg(not(unix))]
fn candidates(file: &Path) -> Vec<PathBuf> {
    let mut name = file.as_os_str().to_owned();
    name.push(".exe");
    vec![file.to_owned(), name.into()]
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file()
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_the_path_or_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = OsStr::new("/nowhere:/bin");
        std::fs::write(folder.path().join("plain"), "").unwrap();
        assert_eq!(find_program("sh", None, path).unwrap(), Path::new("/bin/sh"));
        assert_eq!(find_program("./sh", Some(Path::new("/bin")), path).unwrap(), Path::new("/bin/./sh"));
        let fault = |program: &str, folder: &Path| find_program(program, Some(folder), path).unwrap_err().to_string();
        assert_eq!(fault("no-such-program", folder.path()), "it was not found");
        assert_eq!(fault("./plain", folder.path()), "it is no file that this user may execute");
        assert_eq!(fault("sh", Path::new("/no/such")), "the folder /no/such does not exist");
    }
}
