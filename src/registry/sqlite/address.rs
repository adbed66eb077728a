//! From a `sqlite:///` address to a path, by the rules of SQLAlchemy, which MLflow hands it to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::registry::{Error, Result};

/// How long MLflow itself waits for a locked database.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest wait an address may ask for, in seconds.
const MAX_TIMEOUT: f64 = 3600.0;

/// Where the database is, and how long to wait while another program holds it.
#[derive(Debug, Clone)]
pub(super) struct Address {
    uri: String,
    path: PathBuf,
    patience: Duration,
}

impl Address {
    /// Reads `sqlite:///relative` or `sqlite:////absolute`, with `?timeout=<seconds>` or without.
    ///
    /// Percent signs stand for themselves: SQLAlchemy decodes them only since 2.1.
    pub(super) fn parse(uri: &str) -> Result<Self> {
        let rest = uri.strip_prefix("sqlite:///").ok_or_else(wrong_form)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if path.is_empty() || path == ":memory:" {
            return Err(in_memory());
        }
        // The path is told in errors; made absolute, it tells where a relative one was looked for.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
        Ok(Self { uri: uri.to_owned(), path, patience: patience(query)? })
    }

    /// Returns the same address, with no more patience than this.
    pub(super) fn hurried(&self, limit: Duration) -> Self {
        Self { uri: self.uri.clone(), path: self.path.clone(), patience: self.patience.min(limit) }
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }
}

fn patience(query: &str) -> Result<Duration> {
    let mut patience = PATIENCE;
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

// What was given instead is not shown: an address of another form may hold a password.
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
    fn percent_and_hash_signs_stand_for_themselves() {
        assert_eq!(Address::parse("sqlite:////a%20b#c.db").unwrap().path(), Path::new("/a%20b#c.db"));
    }

    #[test]
    fn the_timeout_is_in_seconds_and_mlflows_own_by_default() {
        assert_eq!(Address::parse("sqlite:///x.db").unwrap().patience(), Duration::from_secs(20));
        assert_eq!(Address::parse("sqlite:///x.db?timeout=5").unwrap().patience(), Duration::from_secs(5));
        assert_eq!(Address::parse("sqlite:///x.db?timeout=0.5").unwrap().patience(), Duration::from_millis(500));
    }

    #[test]
    fn what_names_no_file_or_asks_for_more_is_refused() {
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
