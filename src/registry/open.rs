//! From an address to a backend.

use super::databricks::{self, Databricks};
use super::file::FileStore;
use super::rest::{Options, Rest};
use super::sqlite::Sqlite;
use super::{Error, ModelName, Registry, Result, Workspace};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

impl Registry {
    /// Returns the registry that goes with a tracking server, where none is named.
    pub(crate) fn beside(tracking: &SecretUri) -> SecretUri {
        databricks::registry_of(tracking)
    }

    /// Makes sure that a backend takes an address; what it needs beside it is looked at when it is opened.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when none does.
    pub(crate) fn check(uri: &SecretUri, options: &Options) -> Result<()> {
        match is_databricks(uri) {
            true => Databricks::check(uri),
            false => Self::open(uri, options, Shutdown::never()).map(drop),
        }
    }

    /// Returns what keeps a registry from holding a model of such a name.
    pub(crate) fn misnomer(uri: &SecretUri, name: &ModelName) -> Option<Error> {
        if is_databricks(uri) { databricks::misnomer(name) } else { None }
    }

    /// Returns what keeps a registry from being divided into workspaces.
    pub(crate) fn no_workspaces(uri: &SecretUri, workspace: &Workspace) -> Option<Error> {
        let is_divided = matches!(scheme(uri.expose()), Some("http" | "https" | "sqlite"));
        (!is_divided && !workspace.is_default()).then(|| Error::Misconfigured {
            reason: format!("{uri} has no workspaces, and the workspace {workspace} is wanted"),
            hint: "unset `workspace` (MLFLOW_WORKSPACE); MLflow servers and their databases have workspaces".into(),
        })
    }

    /// Chooses the backend by the scheme of the address. Nothing is sent and nothing is created.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when no backend takes such an address.
    pub fn open(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        let text = uri.expose();
        match scheme(text) {
            _ if is_databricks(uri) => Databricks::new(uri, options, shutdown).map(Self::Databricks),
            Some("http" | "https") => Rest::new(uri, options, shutdown).map(Self::Rest),
            Some("sqlite") => {
                let workspace = options.workspace.clone().unwrap_or_default();
                Sqlite::new(text).map(|sqlite| Self::Sqlite(sqlite.within(workspace)))
            }
            Some("file") => FileStore::new(text).map(Self::File),
            // A word that means a registry to MLflow, and no path.
            None if text != "uc" => FileStore::new(text).map(Self::File),
            Some("uc") => Err(no_aliases(uri)),
            Some(upper) if upper.bytes().any(|byte| byte.is_ascii_uppercase()) => Err(in_upper_case(upper)),
            Some(host) if is_port(&text[host.len() + 1..]) => Err(Error::without_scheme()),
            scheme => Err(scheme.and_then(database).map_or_else(|| unsupported(uri), needs_server)),
        }
    }
}

fn is_databricks(uri: &SecretUri) -> bool {
    let text = uri.expose();
    matches!(scheme(text).unwrap_or(text), "databricks" | "databricks-uc")
}

/// Returns what stands before the `:` of an address. What could not be a scheme there is the begin of a path.
fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_drive = cfg!(windows) && scheme.len() == 1;
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fits) && !is_drive).then_some(scheme)
}

/// Returns whether a number and perhaps a path follow the `:`: what looked like a scheme was a host then.
fn is_port(rest: &str) -> bool {
    let port = rest.split('/').next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the kind of database that MLflow's servers keep a registry in, of a scheme with or without a driver.
fn database(scheme: &str) -> Option<&'static str> {
    match scheme.split('+').next() {
        Some("postgresql" | "postgres") => Some("PostgreSQL"),
        Some("mysql" | "mariadb") => Some("MySQL"),
        Some("mssql") => Some("SQL Server"),
        _ => None,
    }
}

// The address itself is not shown: most of them hold a password.
fn needs_server(database: &str) -> Error {
    Error::Misconfigured {
        reason: format!("the address is that of a {database} database, which is not opened directly"),
        hint: "point at the MLflow tracking server in front of it, such as `http://mlflow:5000`".into(),
    }
}

// MLflow's own client has no calls for aliases there.
fn no_aliases(uri: &SecretUri) -> Error {
    Error::Misconfigured {
        reason: format!("{uri} is a Unity Catalog that stands alone, whose models have no aliases in MLflow"),
        hint: "use `databricks-uc` for Unity Catalog on Databricks, or the address of an MLflow server".into(),
    }
}

fn in_upper_case(scheme: &str) -> Error {
    Error::Misconfigured {
        reason: format!("the address begins with `{scheme}:`, and no backend is written so"),
        hint: format!("write it in lower case, as `{}:`", scheme.to_ascii_lowercase()),
    }
}

fn unsupported(uri: &SecretUri) -> Error {
    Error::Misconfigured {
        reason: format!("no backend takes the address {uri}"),
        hint: "use `http://`, `https://`, `sqlite:///path`, `databricks-uc` or a folder such as `./mlruns`; for any other store, point at the MLflow server in front of it".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_a_scheme_begins_a_path() {
        for (uri, expected) in [
            ("http://host", Some("http")),
            ("postgresql+psycopg2://host/db", Some("postgresql+psycopg2")),
            ("FILE:///x", Some("FILE")),
            ("a:b", Some("a")),
            ("./a:b", None),
            ("127.0.0.1:5000", None),
            ("/srv/a:b", None),
            ("mlruns", None),
        ] {
            assert_eq!(scheme(uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_database_is_known_with_and_without_its_driver() {
        assert_eq!(database("postgresql"), Some("PostgreSQL"));
        assert_eq!(database("postgres"), Some("PostgreSQL"));
        assert_eq!(database("mysql+pymysql"), Some("MySQL"));
        assert_eq!(database("mssql+pyodbc"), Some("SQL Server"));
        assert_eq!(database("oracle"), None);
    }
}
