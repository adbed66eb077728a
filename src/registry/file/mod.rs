//! MLflow's file store, in place: the registry below `models` in a folder such as `mlruns`.

mod address;
mod default;
mod evidence;
mod examine;
mod fault;
mod lock;
mod meta;
mod names;
mod origin;
mod read;
mod replace;
mod store;
mod tidy;
mod turn;
mod undo;
mod write;
mod yaml;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use address::Address;
pub(crate) use default::holds_experiments;
use store::Store;
use turn::Intent;

use super::{
    Alias, AliasMove, AliasMoved, Metric, ModelName, ModelVersion, NewVersion, RegisteredModel, Result, Version,
};

/// A client of one file store. Cheap to clone; clones write one after the other.
#[derive(Debug, Clone)]
pub struct FileStore {
    store: Arc<Store>,
    queue: Arc<Mutex<()>>,
}

impl FileStore {
    /// Makes a client of the folder that a `file:` address or a bare path names. Nothing is touched.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](super::Error::Misconfigured) when the address names no folder of this machine.
    pub fn new(uri: &str) -> Result<Self> {
        let address = Address::parse(uri)?;
        address.check_meant()?;
        let store = Arc::new(Store::new(address));
        Ok(Self { store, queue: Arc::default() })
    }

    pub(super) fn uri(&self) -> &str {
        self.store.address().uri()
    }

    /// Returns what MLflow says to everybody who uses one.
    pub(crate) fn deprecation(&self) -> String {
        format!(
            "MLflow's file store is in maintenance mode and will not receive further updates: move {root} to a database, \
             losslessly, with `mlflow migrate-filestore --source {root} --target sqlite:///mlflow.db`",
            root = self.store.address().path().display()
        )
    }

    pub(super) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
        let name = name.clone();
        self.work(move |store| store.model(&name)).await
    }

    pub(super) async fn get_version(&self, name: &ModelName, version: Version) -> Result<ModelVersion> {
        let name = name.clone();
        self.work(move |store| store.version(&name, version)).await
    }

    pub(super) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
        let name = name.clone();
        self.work(move |store| store.latest(&name)).await
    }

    pub(super) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
        let name = name.clone();
        self.work(move |store| store.versions(&name)).await
    }

    pub(super) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
        let run_id = run_id.to_owned();
        self.work(move |store| store.run_metrics(&run_id)).await
    }

    pub(super) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
        let model_id = model_id.to_owned();
        self.work(move |store| store.model_metrics(&model_id)).await
    }

    pub(super) async fn get_alias(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let (name, alias) = (name.clone(), alias.clone());
        self.work(move |store| {
            store.require_model(&name)?;
            let target = store.alias_target(&name, &alias)?;
            target.map(|version| store.version(&name, version)).transpose()
        })
        .await
    }

    /// Moves an alias and writes the tags that `amend` makes of where it was and of the model's tags, under one lock.
    pub(super) async fn move_alias(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Result<AliasMoved> {
        let to = to.clone();
        self.write(Intent::Write, move |store| store.move_alias(&to, amend)).await
    }

    /// Deletes an alias that points to a version and writes the tags that `amend` makes, under one lock.
    pub(super) async fn remove_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
        amend: impl FnOnce(Option<Version>, &BTreeMap<String, String>) -> Vec<(String, String)> + Send + 'static,
    ) -> Result<AliasMoved> {
        let (name, alias) = (name.clone(), alias.clone());
        self.write(Intent::Write, move |store| store.remove_alias(&name, &alias, version, amend)).await
    }

    pub(super) async fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<()> {
        let (name, key, value) = (name.clone(), key.to_owned(), value.to_owned());
        self.write(Intent::Write, move |store| store.tag_model(&name, &key, &value)).await
    }

    pub(super) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
        let name = name.clone();
        self.write(Intent::Create, move |store| store.add_model(&name)).await
    }

    pub(super) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
        let new = new.clone();
        self.write(Intent::Write, move |store| store.add_version(&new)).await
    }
}
