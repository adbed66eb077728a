//! Chooses the backend for a URI.

use super::backend::Registry;
use super::client::Options;
use super::credentials;
use super::databricks::{self, Databricks};
use super::error::{Error, Result};
use super::file::FileStore;
use super::names::{ModelName, Workspace};
use super::rest::Rest;
use super::sqlite::Sqlite;
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

impl Registry {
    /// Returns the registry that MLflow uses beside a tracking server if none is configured.
    pub(crate) fn default_registry_uri(tracking: &SecretUri) -> SecretUri {
        credentials::default_registry_uri(tracking)
    }

    /// Checks that a backend accepts an address. Other settings of the backend are checked when it is opened.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] if none does.
    pub(crate) fn check(uri: &SecretUri, options: &Options) -> Result<()> {
        match is_databricks(uri) {
            true => Databricks::check(uri),
            false => Self::open(uri, options, Shutdown::never()).map(drop),
        }
    }

    /// Checks that a registry can hold a model of a name.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when it cannot.
    pub(crate) fn validate_model_name(uri: &SecretUri, name: &ModelName) -> Result<()> {
        if is_databricks(uri) { databricks::validate_model_name(name) } else { Ok(()) }
    }

    /// Checks that a registry can have a workspace.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when it cannot.
    pub(crate) fn validate_workspace(uri: &SecretUri, workspace: &Workspace) -> Result<()> {
        let has_workspaces = matches!(scheme(uri.expose()), Some("http" | "https" | "sqlite"));
        if has_workspaces || workspace.is_default() {
            return Ok(());
        }
        Err(Error::Misconfigured {
            reason: format!("{uri} has no workspaces, and the workspace {workspace} is wanted"),
            hint: "unset `workspace` (MLFLOW_WORKSPACE); MLflow servers and their databases have workspaces".into(),
        })
    }

    /// Opens a registry with the backend for the scheme of its URI. Nothing is sent and nothing is created.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when no backend takes the URI.
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
            // `uc` names a registry for MLflow, and is not a path.
            None if text != "uc" => FileStore::new(text).map(Self::File),
            Some("uc") => Err(unity_catalog_without_aliases(uri)),
            // One letter is a drive on Windows.
            Some(upper) if upper.len() > 1 && upper.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Err(in_upper_case(upper))
            }
            Some(host) if is_port(&text[host.len() + 1..]) => Err(Error::missing_scheme()),
            scheme => Err(scheme.and_then(server_database).map_or_else(|| unsupported(uri), needs_server)),
        }
    }
}

fn is_databricks(uri: &SecretUri) -> bool {
    let text = uri.expose();
    matches!(scheme(text).unwrap_or(text), "databricks" | "databricks-uc")
}

/// Returns the scheme of a URI; `None` if the text before the `:` can only be the start of a path.
fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_drive = cfg!(windows) && scheme.len() == 1;
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fits) && !is_drive).then_some(scheme)
}

/// Returns whether the text after the `:` is a port, perhaps with a path, so that the text before it is a host and not
/// a scheme.
fn is_port(rest: &str) -> bool {
    let port = rest.split('/').next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the name of a database server that MLflow supports, from a scheme with or without a driver.
fn server_database(scheme: &str) -> Option<&'static str> {
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
fn unity_catalog_without_aliases(uri: &SecretUri) -> Error {
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
    fn a_scheme_is_distinguished_from_the_start_of_a_path() {
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
    fn a_database_is_recognised_with_and_without_its_driver() {
        assert_eq!(server_database("postgresql"), Some("PostgreSQL"));
        assert_eq!(server_database("postgres"), Some("PostgreSQL"));
        assert_eq!(server_database("mysql+pymysql"), Some("MySQL"));
        assert_eq!(server_database("mssql+pyodbc"), Some("SQL Server"));
        assert_eq!(server_database("oracle"), None);
    }
}
