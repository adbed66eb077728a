//! The address of a database, read by the rules of SQLAlchemy, to which MLflow passes it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::registry::{Error, Result};

/// How long MLflow waits for a locked database.
const DEFAULT_PATIENCE: Duration = Duration::from_secs(20);

/// The longest wait an address may ask for, in seconds.
const MAX_TIMEOUT: f64 = 3600.0;

/// The place of a database, and how long to wait while another program holds its lock.
#[derive(Debug, Clone)]
pub(super) struct Address {
    uri: String,
    path: PathBuf,
    /// The path for SQLAlchemy 2.1, which decodes percent signs, if that is another one.
    decoded: Option<PathBuf>,
    patience: Duration,
}

impl Address {
    /// Reads `sqlite:///relative` or `sqlite:////absolute`, with `?timeout=<seconds>` or without.
    ///
    /// Percent signs are literal before SQLAlchemy 2.1 and decoded since; see [`Address::ambiguity`].
    pub(super) fn parse(uri: &str) -> Result<Self> {
        let rest = uri.strip_prefix("sqlite:///").ok_or_else(wrong_form)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() || path == ":memory:" {
            return Err(in_memory());
        }
        let decoded = percent_decode_str(path).decode_utf8().ok().filter(|decoded| *decoded != path);
        let decoded = decoded.filter(|decoded| !decoded.contains('\0')).map(|decoded| absolute(&decoded));
        Ok(Self { uri: uri.to_owned(), path: absolute(path), decoded, patience: patience(query)? })
    }

    /// Returns the same address with a shorter wait for a lock.
    pub(super) fn with_patience_up_to(&self, limit: Duration) -> Self {
        Self { patience: self.patience.min(limit), ..self.clone() }
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns the path of the database. If percent signs can be read in two ways, the path that exists wins.
    pub(super) fn path(&self) -> &Path {
        match &self.decoded {
            Some(decoded) if exists(decoded) && !exists(&self.path) => decoded,
            _ => &self.path,
        }
    }

    /// Describes the problem if percent signs can be read in two ways, and both paths exist or neither does. Which one
    /// MLflow uses then depends on its release of SQLAlchemy.
    pub(super) fn ambiguity(&self) -> Option<String> {
        let decoded = self.decoded.as_ref()?;
        let found = match (exists(&self.path), exists(decoded)) {
            (true, true) => "both exist",
            (false, false) => "neither exists",
            _ => return None,
        };
        let decoded = decoded.display();
        Some(format!("its address names this file for SQLAlchemy before 2.1, and {decoded} since, and {found}"))
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }
}

// Errors show the path; an absolute one shows where a relative path leads.
fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.into())
}

/// Returns whether a path exists, or cannot be checked.
fn exists(path: &Path) -> bool {
    !matches!(fs::metadata(path), Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}

fn patience(query: &str) -> Result<Duration> {
    let mut patience = DEFAULT_PATIENCE;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if key != "timeout" {
            return Err(misconfigured("`timeout` is the only option that the address of a SQLite database can have"));
        }
        let seconds = value.parse().ok().filter(|seconds| (0.0..=MAX_TIMEOUT).contains(seconds));
        patience = Duration::from_secs_f64(
            seconds.ok_or_else(|| misconfigured("`timeout` in the address is not a number of seconds up to 3600"))?,
        );
    }
    Ok(patience)
}

// The error does not show the address, because an address of another form may contain a password.
fn wrong_form() -> Error {
    misconfigured("the address of a SQLite database begins with `sqlite:///`, and this one does not")
}

fn in_memory() -> Error {
    misconfigured("the address names no file, and a registry in memory would be gone at the end")
}

fn misconfigured(reason: &str) -> Error {
    Error::Misconfigured {
        reason: reason.into(),
        hint: "write `sqlite:///mlflow.db` for a path relative to the current folder, `sqlite:////srv/mlflow.db` for \
               an absolute one, and `?timeout=5` after either for another wait than 20 seconds"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_slashes_are_relative_and_four_are_absolute() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(Address::parse("sqlite:///a/b.db").unwrap().path(), here.join("a/b.db"));
        assert_eq!(Address::parse("sqlite:///./b.db").unwrap().path(), here.join("b.db"));
        assert_eq!(Address::parse("sqlite:////a/b.db").unwrap().path(), Path::new("/a/b.db"));
    }

    #[test]
    fn a_hash_sign_is_part_of_the_path() {
        assert_eq!(Address::parse("sqlite:////a b#c.db").unwrap().path(), Path::new("/a b#c.db"));
    }

    #[test]
    fn percent_signs_are_decoded_to_the_existing_database() {
        let root = tempfile::tempdir().unwrap();
        let (written, decoded) = (root.path().join("a%20b.db"), root.path().join("a b.db"));
        let address = Address::parse(&format!("sqlite:///{}", written.display())).unwrap();
        let refused = || address.ambiguity().unwrap_or_default();
        assert!(refused().ends_with("a b.db since, and neither exists"), "{}", refused());
        fs::write(&decoded, "").unwrap();
        assert!(address.ambiguity().is_none() && address.path() == decoded);
        fs::write(&written, "").unwrap();
        assert!(refused().ends_with("a b.db since, and both exist"), "{}", refused());
        fs::remove_file(&decoded).unwrap();
        assert!(address.ambiguity().is_none() && address.path() == written);
        for plain in ["sqlite:////a%.db", "sqlite:////100%zz.db", "sqlite:////a b.db", "sqlite:////a%00.db"] {
            assert!(Address::parse(plain).unwrap().ambiguity().is_none(), "{plain}");
        }
    }

    #[cfg(windows)]
    #[test]
    fn a_windows_drive_is_absolute() {
        assert_eq!(Address::parse("sqlite:///C:/srv/x.db").unwrap().path(), Path::new("C:\\srv\\x.db"));
    }

    #[test]
    fn the_timeout_is_in_seconds_and_defaults_to_that_of_mlflow() {
        assert_eq!(Address::parse("sqlite:///x.db").unwrap().patience(), Duration::from_secs(20));
        assert_eq!(Address::parse("sqlite:///x.db?timeout=5").unwrap().patience(), Duration::from_secs(5));
        assert_eq!(Address::parse("sqlite:///x.db?timeout=0.5").unwrap().patience(), Duration::from_millis(500));
    }

    #[test]
    fn an_address_without_a_file_or_with_other_options_is_refused() {
        let refused = [
            "sqlite:",
            "sqlite:x.db",
            "sqlite:/x.db",
            "sqlite://",
            "sqlite://x.db",
            "sqlite:///",
            "sqlite:///:memory:",
            "sqlite:///?timeout=1",
            "sqlite:///x.db?mode=ro",
            "sqlite:///x.db?timeout=",
            "sqlite:///x.db?timeout=-1",
            "sqlite:///x.db?timeout=NaN",
            "sqlite:///x.db?timeout=inf",
            "sqlite:///x.db?timeout=1e9",
            "x.db",
        ];
        for uri in refused {
            assert!(matches!(Address::parse(uri), Err(Error::Misconfigured { .. })), "{uri}");
        }
    }

    #[test]
    fn a_refused_address_is_not_repeated() {
        let error = Address::parse("sqlite://user:hunter2@host/x.db?password=hunter2").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}
