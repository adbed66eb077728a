//! Databricks: the registry in Unity Catalog.
//!
//! `api` has the endpoints, `dialect` their differences from MLflow's, `search` those that list versions, and `names` the
//! rules for names. `diagnose` and `grants` ask a workspace about itself.

mod api;
mod diagnose;
mod dialect;
mod grants;
mod names;
mod search;

use std::sync::Arc;

pub(super) use names::{to_stored_key, validate_model_name};

use super::client::{Api, Options, Origins, Session};
use super::credentials::{DatabricksLogin, DatabricksUri};
use super::error::Result;
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

/// The longest value of a tag that Unity Catalog stores, in characters.
pub(super) const LONGEST_TAG: usize = 1_000;

/// A client of one Databricks workspace. Cheap to clone; clones share it and its token.
#[derive(Debug, Clone)]
pub struct Databricks {
    api: Arc<Api>,
    /// The URI as configured.
    uri: Arc<str>,
    /// The URL of the workspace, marked as one of Databricks.
    site: Arc<str>,
    /// The fields of the login, each with where it comes from.
    login: Arc<str>,
}

impl Databricks {
    /// Makes a client. Nothing is sent; profiles are read if the URI or the variables need one.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](super::Error::Misconfigured) when the URI, the profile or the login cannot be used.
    pub fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        let found = DatabricksLogin::find(&DatabricksUri::parse(uri)?, &options.environment)?;
        // The certificate and the workspace are those of an MLflow server.
        let origins = Origins {
            address: Some("DATABRICKS_HOST or the profile".to_owned()),
            login: Some(found.description.clone()),
        };
        let options =
            Options { login: found.login, client_certificate: None, workspace: None, origins, ..options.clone() };
        let session = Session::new(&found.host, &options, shutdown)?;
        tracing::debug!("Databricks is at {}; {}", session.uri(), found.description);
        let site = format!("databricks:{}", session.uri()).into();
        let api = Arc::new(Api { session, dialect: dialect::DIALECT });
        Ok(Self { api, uri: uri.to_string().into(), site, login: found.description.into() })
    }

    /// Checks that a URI is one of Unity Catalog, and nothing else.
    pub(super) fn check(uri: &SecretUri) -> Result<()> {
        DatabricksUri::parse(uri).map(drop)
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn site(&self) -> &str {
        &self.site
    }
}
