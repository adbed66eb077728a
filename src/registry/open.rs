//! From an address to a backend.

use super::databricks::{self, Databricks};
use super::rest::{Options, Rest};
use super::sqlite::Sqlite;
use super::{Error, ModelName, Registry, Result};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

impl Registry {
    /// Returns the registry that goes with a tracking server, where none is named.
    pub fn beside(tracking: &SecretUri) -> SecretUri {
        databricks::registry_of(tracking)
    }

    /// Makes sure that a backend takes an address; what it needs beside it is looked at when it is opened.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when none does.
    pub fn check(uri: &SecretUri, options: &Options) -> Result<()> {
        match Kind::of(uri) {
            Some(Kind::Databricks) => Databricks::check(uri),
            _ => Self::open(uri, options, Shutdown::never()).map(drop),
        }
    }

    /// Returns what keeps a registry from holding a model of such a name.
    pub fn misnomer(uri: &SecretUri, name: &ModelName) -> Option<Error> {
        match Kind::of(uri) {
            Some(Kind::Databricks) => databricks::misnomer(name),
            _ => None,
        }
    }

    /// Chooses the backend by the scheme of the address. Nothing is sent and nothing is created.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when no backend takes such an address.
    pub fn open(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        match Kind::of(uri) {
            Some(Kind::Rest) => Rest::new(uri, options, shutdown).map(Self::Rest),
            Some(Kind::Sqlite) => Sqlite::new(uri.expose()).map(Self::Sqlite),
            Some(Kind::Databricks) => Databricks::new(uri, options, shutdown).map(Self::Databricks),
            None => Err(unsupported(uri)),
        }
    }
}

/// The backends, as addresses tell them apart.
enum Kind {
    Rest,
    Sqlite,
    Databricks,
}

impl Kind {
    fn of(uri: &SecretUri) -> Option<Self> {
        let text = uri.expose();
        match text.split_once(':').map_or(text, |(scheme, _)| scheme) {
            "databricks" | "databricks-uc" => Some(Self::Databricks),
            _ if !text.contains(':') => None,
            "http" | "https" => Some(Self::Rest),
            "sqlite" => Some(Self::Sqlite),
            _ => None,
        }
    }
}

fn unsupported(uri: &SecretUri) -> Error {
    Error::Misconfigured {
        reason: format!("no backend takes the address {uri}"),
        hint: "use `http://`, `https://`, `sqlite:///path` or `databricks-uc`; for any other store, point at the MLflow server in front of it".into(),
    }
}
