//! A copy of a real database in its own folder.

use std::fs::File;
use std::io::copy;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use runner::registry::sqlite::Sqlite;
use runner::registry::{AliasChange, Error, Expect, ModelName, Registry, Version};
use rusqlite::Connection;
use tempfile::TempDir;

/// The releases that wrote a database.
pub(crate) const RELEASES: [&str; 7] = ["2.3.0", "2.9.0", "2.22.0", "3.0.0", "3.5.0", "3.10.0", "3.18.0"];

/// A folder for `mlflow.db`.
pub(crate) struct Fixture {
    pub(crate) release: &'static str,
    folder: TempDir,
}

impl Fixture {
    /// Makes an empty folder.
    pub(crate) fn empty() -> Self {
        Self { release: "none", folder: tempfile::tempdir().unwrap() }
    }

    /// Unpacks the database of a release.
    pub(crate) fn with_release(release: &'static str) -> Self {
        let fixture = Self { release, ..Self::empty() };
        unpack(release, &fixture.path());
        fixture
    }

    /// Unpacks the databases of all releases.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        RELEASES.into_iter().map(Self::with_release)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("mlflow.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Opens it as the program does.
    pub(crate) fn registry(&self) -> Registry {
        open(&format!("sqlite:///{}", self.path().display()))
    }

    /// Opens it as another program does.
    pub(crate) fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.sql().execute_batch(sql).unwrap();
    }

    /// Queries one number.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// Writes the database of a release to a file.
pub(crate) fn unpack(release: &str, path: &Path) {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/mlflow-db/mlflow-{release}.db.gz"));
    let mut database = File::create(path).unwrap();
    copy(&mut GzDecoder::new(File::open(packed).unwrap()), &mut database).unwrap();
}

pub(crate) fn open(uri: &str) -> Registry {
    Registry::Sqlite(Sqlite::new(uri).unwrap())
}

pub(crate) fn bikes() -> ModelName {
    model("bikes")
}

pub(crate) fn model(name: &str) -> ModelName {
    name.parse().unwrap()
}

pub(crate) fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// Moves an alias of `bikes`.
pub(crate) fn to(alias: &str, number: u64, expect: Option<Expect>) -> AliasChange {
    AliasChange { expect, ..AliasChange::set(bikes(), alias.parse().unwrap(), version(number)) }
}

/// Returns the reason and the hint of a database that cannot be used.
#[track_caller]
pub(crate) fn unusable<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    match result {
        Err(Error::DatabaseUnusable { path, reason, hint, .. }) => {
            assert!(Path::new(&path).is_absolute(), "{path}");
            assert!(!hint.is_empty());
            (reason, hint)
        }
        other => panic!("not the error of a database: {other:?}"),
    }
}
