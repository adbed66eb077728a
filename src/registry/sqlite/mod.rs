//! MLflow's own SQLite database, in place, while MLflow servers use it too.

use super::{Alias, AliasMove, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version};

/// A client of one MLflow database.
#[derive(Debug, Clone)]
pub struct Sqlite {
    uri: String,
}

impl Sqlite {
    /// Makes a client of the database that a `sqlite:///path` address names. The file is not touched.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](super::Error::Misconfigured) when the address is not of that form.
    pub fn new(uri: &str) -> Result<Self> {
        Ok(Self { uri: uri.to_owned() })
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
