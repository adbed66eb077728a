//! From an address to a backend.

use super::rest::{Options, Rest};
use super::sqlite::Sqlite;
use super::{Error, Registry, Result};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

impl Registry {
    /// Chooses the backend by the scheme of the address. Nothing is sent and nothing is created.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when no backend takes such an address.
    pub fn open(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        let text = uri.expose();
        match text.split_once(':').map(|(scheme, _)| scheme) {
            Some("http" | "https") => Rest::new(uri, options, shutdown).map(Self::Rest),
            Some("sqlite") => Sqlite::new(text).map(Self::Sqlite),
            _ => Err(unsupported(uri)),
        }
    }
}

fn unsupported(uri: &SecretUri) -> Error {
    Error::Misconfigured {
        reason: format!("no backend takes the address {uri}"),
        hint: "use `http://`, `https://` or `sqlite:///path`; for any other store, point at the MLflow server in front of it".into(),
    }
}
