//! MLflow tracking servers, over MLflow's REST API.
//!
//! `api` has the endpoints, `search` those that list versions, and `diagnose` asks a server about itself.

mod api;
mod diagnose;
mod search;

use std::sync::Arc;

use super::client::{Api, ApiRequest, Dialect, Options, RequestError, Session};
use super::error::{Error, Result};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

/// MLflow's own dialect.
const DIALECT: Dialect = Dialect { prefix: "", default_status: None, is_missing, explain };

/// A client of one MLflow tracking server. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Rest {
    api: Arc<Api>,
}

impl Rest {
    /// Makes a client. No request is sent, and no certificate store is read unless the address is `https`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the address or the CA bundle cannot be used.
    pub fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        let session = Session::new(uri, options, shutdown)?;
        Ok(Self { api: Arc::new(Api { session, dialect: DIALECT }) })
    }

    pub(super) fn uri(&self) -> &str {
        self.api.session.uri()
    }
}

fn is_missing(error: &RequestError) -> bool {
    error.has_code("RESOURCE_DOES_NOT_EXIST")
}

fn explain(error: RequestError, session: &Session, request: &ApiRequest<'_>) -> Error {
    error.into_error(session.peer(), request).with_user(session.user())
}
