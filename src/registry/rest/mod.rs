//! MLflow's REST API.

mod options;

pub use options::{Login, Options, Retry, Tls};

use super::{Alias, AliasMove, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

/// A client of one MLflow tracking server.
#[derive(Debug, Clone)]
pub struct Rest {
    uri: String,
}

impl Rest {
    /// Makes a client. No request is sent, and no certificate store is read unless the address is `https`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](super::Error::Misconfigured) when the address or the CA bundle cannot be used.
    pub fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> Result<Self> {
        let _ = (options, shutdown);
        Ok(Self { uri: uri.to_string() })
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) async fn get_model(&self, _name: &ModelName) -> Result<RegisteredModel> {
        unreachable!()
    }
    pub(super) async fn get_version(&self, _name: &ModelName, _version: Version) -> Result<ModelVersion> {
        unreachable!()
    }
    pub(super) async fn latest_version(&self, _name: &ModelName) -> Result<Option<ModelVersion>> {
        unreachable!()
    }
    pub(super) async fn get_alias(&self, _name: &ModelName, _alias: &Alias) -> Result<Option<ModelVersion>> {
        unreachable!()
    }
    pub(super) async fn set_alias(&self, _to: &AliasMove) -> Result<()> {
        unreachable!()
    }
    pub(super) async fn set_model_tag(&self, _name: &ModelName, _key: &str, _value: &str) -> Result<()> {
        unreachable!()
    }
    pub(super) async fn ensure_model(&self, _name: &ModelName) -> Result<bool> {
        unreachable!()
    }
    pub(super) async fn create_version(&self, _new: &NewVersion) -> Result<ModelVersion> {
        unreachable!()
    }
}
