//! The address of a file store, parsed by MLflow's rules. Addresses that MLflow would misread are refused.

use std::fs;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::registry::{Error, Result};

/// The place of a file store.
#[derive(Debug)]
pub(super) struct Address {
    uri: String,
    path: PathBuf,
}

impl Address {
    /// Parses `file:./x`, `file:x`, `file:///abs`, `file://localhost/abs` or a bare path. As in MLflow, `%20` is a space
    /// in all of them, and relative paths start at the current folder.
    pub(super) fn parse(uri: &str) -> Result<Self> {
        let encoded = match uri.strip_prefix("file:") {
            Some(rest) => strip_slash_before_drive(file_uri_path(rest)?, cfg!(windows)),
            None => bare_path(uri)?,
        };
        let path = percent_decode_str(encoded)
            .decode_utf8()
            .map_err(|_| misconfigured("the address of the file store holds bytes that are not UTF-8 text"))?;
        if path.trim().is_empty() || path.contains('\0') {
            return Err(misconfigured("the address of the file store names no folder"));
        }
        if path.starts_with("~/") || path == "~" {
            return Err(misconfigured(
                "`~` stands for itself in the address of a file store, and `${env:HOME}` for the home folder",
            ));
        }
        // Errors show the path; an absolute one shows where a relative path leads.
        let path = std::path::absolute(&*path).unwrap_or_else(|_| PathBuf::from(&*path));
        Ok(Self { uri: uri.to_owned(), path })
    }

    /// Fails if the address is a word that may be a mistyped host. A folder that exists may have any name, but a new store
    /// is only created at a path that is written out.
    pub(super) fn check_intended(&self) -> Result<()> {
        let first = self.uri.split('/').next().unwrap_or_default();
        let is_bare = !is_explicit(&self.uri);
        if is_bare && first == self.uri && (first == "localhost" || first.contains('.')) {
            return Err(Error::missing_scheme());
        }
        if is_bare && !self.path.is_dir() {
            return Err(misconfigured(
                "the address is a word, and no folder has that name: a store is only made at a path that is written out",
            ));
        }
        Ok(())
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns whether an address can only be a folder: it starts with `./`, `../`, `/`, `file:` or a drive.
fn is_explicit(uri: &str) -> bool {
    let is_drive = matches!(uri.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    is_drive
        || matches!(uri, "." | "..")
        || ["./", "../", "/", "file:", ".\\", "..\\"].iter().any(|start| uri.starts_with(start))
}

/// Returns the path in the part of an address after `file:`.
fn file_uri_path(rest: &str) -> Result<&str> {
    // MLflow drops a query or fragment silently, and would use another folder than the one in the address.
    if rest.contains(['?', '#']) {
        return Err(misconfigured("the address of the file store has a `?` or `#`, which begins no part of a path"));
    }
    let Some(authority) = rest.strip_prefix("//") else { return Ok(rest) };
    match authority.find('/').map(|end| authority.split_at(end)) {
        Some(("" | "localhost", path)) => Ok(path),
        // The error does not show the host, because it may contain a login.
        _ => Err(misconfigured("the address of the file store names another host, and files are only read here")),
    }
}

/// Removes the `/` before a drive, with which the path of a `file:` address starts on Windows.
fn strip_slash_before_drive(path: &str, is_windows: bool) -> &str {
    match path.strip_prefix('/').map(|path| (path, path.as_bytes())) {
        Some((path, [drive, b':'] | [drive, b':', b'/' | b'\\', ..])) if is_windows && drive.is_ascii_alphabetic() => {
            path
        }
        _ => path,
    }
}

fn bare_path(uri: &str) -> Result<&str> {
    let last = uri.rsplit_once(':').map(|(_, last)| last);
    if !uri.contains('/') && last.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Error::missing_scheme());
    }
    if uri.starts_with("//") {
        return Err(misconfigured("the address begins with `//`, so that it names a host without a scheme"));
    }
    Ok(uri)
}

fn misconfigured(reason: &str) -> Error {
    Error::Misconfigured {
        reason: reason.into(),
        hint:
            "write `./mlruns` or `file:./mlruns` for a folder relative to the current one, `file:///srv/mlruns` for an \
               absolute one, and `%25`, `%3F` and `%23` for `%`, `?` and `#` in its name"
                .into(),
    }
}

/// Returns whether a folder contains an experiment, which is a folder of digits with a `meta.yaml`.
///
/// MLflow uses `./mlruns` without an address only if it contains one. A folder that cannot be read contains none.
pub(crate) fn holds_experiments(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.map_while(std::result::Result::ok).any(|entry| {
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
    fn every_address_form_of_mlflow_resolves_to_its_folder() {
        let here = std::env::current_dir().unwrap();
        for (uri, path) in [
            ("./x", here.join("x")),
            ("x", here.join("x")),
            ("x/y.z", here.join("x/y.z")),
            ("file:./x", here.join("x")),
            ("file:x", here.join("x")),
            ("file:/abs", "/abs".into()),
            ("file:///abs", "/abs".into()),
            ("file://localhost/p", "/p".into()),
            ("/abs/a:b", "/abs/a:b".into()),
            ("file:///a%20b%23", "/a b#".into()),
            ("/a%20b?c#d", "/a b?c#d".into()),
            ("/user@host/x", "/user@host/x".into()),
        ] {
            assert_eq!(Address::parse(uri).unwrap().path(), path, "{uri}");
        }
    }

    #[test]
    fn the_slash_before_a_windows_drive_is_removed() {
        for (path, on_windows) in [
            ("/C:/srv/mlruns", "C:/srv/mlruns"),
            ("/c:\\mlruns", "c:\\mlruns"),
            ("/C:", "C:"),
            ("C:/mlruns", "C:/mlruns"),
            ("/srv/mlruns", "/srv/mlruns"),
            ("/CC:/x", "/CC:/x"),
            ("/C:x", "/C:x"),
            ("/1:/x", "/1:/x"),
        ] {
            let uri = format!("//{path}");
            let parsed = file_uri_path(&uri).unwrap_or(path);
            assert_eq!(strip_slash_before_drive(parsed, true), on_windows, "{path}");
            assert_eq!(strip_slash_before_drive(path, false), path);
        }
    }

    #[test]
    fn a_new_store_needs_an_explicit_path() {
        let check = |uri: &str| Address::parse(uri).and_then(|address| address.check_intended());
        for uri in ["./no-such", "../no-such", "/no/such", "file:no-such", "file:///no/such", ".", "src"] {
            assert!(check(uri).is_ok(), "{uri}");
        }
        for (uri, words) in [
            ("mlflow", "is a word"),
            ("no-such/mlruns", "is a word"),
            ("mlflow.internal", "without a scheme"),
            ("localhost", "without a scheme"),
            ("mlflow.internal/prefix", "is a word"),
        ] {
            let refused = check(uri).unwrap_err().to_string();
            assert!(refused.contains(words), "{uri}: {refused}");
        }
    }

    #[test]
    fn an_address_that_is_no_local_folder_is_refused_and_not_shown() {
        for uri in [
            "file:",
            "file://",
            "file://localhost",
            "file://me:hunter2@host/x",
            "file://mlruns/x",
            "file:///a?b=hunter2",
            "file:///a#b",
            "file:%00",
            "file:%ff",
            "//me:hunter2@host/x",
            "127.0.0.1:5000",
            "~/mlruns",
            " ",
        ] {
            let error = Address::parse(uri).unwrap_err();
            assert!(matches!(error, Error::Misconfigured { .. }), "{uri}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

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
