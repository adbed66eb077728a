//! Reads whole files that a config, a variable or a store names: only regular files, and only up to a limit.
//!
//! A pipe or a device may block forever when it is opened or read, which would hang the program.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The default limit of the size of a file, in bytes.
pub(crate) const LARGEST: u64 = 1 << 20;

/// Folders in which the kernel generates the content of files that look regular.
const MADE_UP: [&str; 2] = ["/proc", "/sys"];

/// Reads a regular file of at most [`LARGEST`] bytes.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(path, LARGEST)
}

/// Reads a regular file of at most [`LARGEST`] bytes as UTF-8 text.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    read_text_up_to(path, LARGEST)
}

/// Reads a regular file of at most `limit` bytes as UTF-8 text.
pub(crate) fn read_text_up_to(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read_up_to(path, limit)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Reads a regular file of at most `limit` bytes.
pub(crate) fn read_up_to(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Checks the file before it opens it, because opening a pipe waits for its other end.
    check(&fs::metadata(path)?)?;
    if path.canonicalize().is_ok_and(|path| MADE_UP.iter().any(|folder| path.starts_with(folder))) {
        return Err(not_regular());
    }
    let file = File::open(path)?;
    check(&file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let message = format!("it is larger than {} MiB", limit >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

fn check(metadata: &fs::Metadata) -> io::Result<()> {
    match metadata.is_dir() {
        true => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        false if !metadata.is_file() => Err(not_regular()),
        false => Ok(()),
    }
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regular_file_up_to_the_limit_is_read_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "12345").unwrap();
        assert_eq!(read_up_to(file.path(), 5).unwrap(), b"12345");
        assert_eq!(read_up_to(file.path(), 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        fs::write(file.path(), b"\xff").unwrap();
        assert_eq!(read_to_string(file.path()).unwrap_err().to_string(), "it is not UTF-8 text");
    }

    #[cfg(unix)]
    #[test]
    fn a_special_file_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for path in [pipe.as_path(), &link, Path::new("/dev/zero"), Path::new("/dev/stdin")] {
            assert_eq!(read(path).unwrap_err().to_string(), "it is not a regular file", "{}", path.display());
        }
        assert_eq!(read(folder.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_kernel_pseudo_file_is_refused() {
        for path in ["/proc/self/environ", "/proc/kmsg"] {
            assert!(read(Path::new(path)).is_err(), "{path}");
        }
    }
}
