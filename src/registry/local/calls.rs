//! The calls of a registry in files: each runs as one piece of blocking work, which counts as a whole or not at all.

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use crate::registry::{Error, Result};

/// The tags of a registered model.
pub(in crate::registry) type Tags = BTreeMap<String, String>;

/// Keys and values of tags to write, in their order.
pub(in crate::registry) type NewTags = Vec<(String, String)>;

/// What a piece of work is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) enum Intent {
    /// To read.
    Read,
    /// To change a registry that exists.
    Write,
    /// To change a registry that is created where it is missing.
    Create,
}

/// Runs work that blocks its thread, such as waiting for a lock, where it does not hold up other tasks.
pub(in crate::registry) async fn run_blocking<T: Send + 'static>(
    uri: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Work is only cancelled before it begins.
            Err(_) => Err(Error::unreachable(uri, "the program is ending")),
        },
    }
}

/// Implements the calls of [`Registry`](crate::registry::Registry) for a client with this method:
///
/// ```text
/// async fn transact<T>(&self, intent: Intent, work: impl FnOnce(&Store) -> Result<T, LocalError>) -> Result<T>
/// ```
macro_rules! impl_registry_calls {
    ($client:ty) => {
        impl $client {
            pub(in crate::registry) async fn get_model(&self, name: &ModelName) -> Result<RegisteredModel> {
                let name = name.clone();
                self.transact(Intent::Read, move |store| store.model(&name)).await
            }

            pub(in crate::registry) async fn get_version(
                &self,
                name: &ModelName,
                version: Version,
            ) -> Result<ModelVersion> {
                let name = name.clone();
                self.transact(Intent::Read, move |store| store.version(&name, version)).await
            }

            pub(in crate::registry) async fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>> {
                let name = name.clone();
                self.transact(Intent::Read, move |store| store.latest_version(&name)).await
            }

            pub(in crate::registry) async fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>> {
                let name = name.clone();
                self.transact(Intent::Read, move |store| store.versions(&name)).await
            }

            pub(in crate::registry) async fn run_metrics(&self, run_id: &str) -> Result<Vec<Metric>> {
                let run_id = run_id.to_owned();
                self.transact(Intent::Read, move |store| store.run_metrics(&run_id)).await
            }

            pub(in crate::registry) async fn model_metrics(&self, model_id: &str) -> Result<Vec<Metric>> {
                let model_id = model_id.to_owned();
                self.transact(Intent::Read, move |store| store.model_metrics(&model_id)).await
            }

            pub(in crate::registry) async fn get_alias(
                &self,
                name: &ModelName,
                alias: &Alias,
            ) -> Result<Option<ModelVersion>> {
                let (name, alias) = (name.clone(), alias.clone());
                self.transact(Intent::Read, move |store| {
                    store.require_model(&name)?;
                    let target = store.alias_target(&name, &alias)?;
                    target.map(|version| store.version(&name, version)).transpose()
                })
                .await
            }

            /// Moves an alias and writes the tags that `amend` returns for where it was and for the model's tags.
            pub(in crate::registry) async fn move_alias(
                &self,
                to: &AliasMove,
                amend: impl FnOnce(Option<Version>, &Tags) -> NewTags + Send + 'static,
            ) -> Result<AliasMoved> {
                let to = to.clone();
                self.transact(Intent::Write, move |store| store.move_alias(&to, amend)).await
            }

            /// Deletes an alias that points to a version and writes the tags that `amend` returns.
            pub(in crate::registry) async fn remove_alias(
                &self,
                name: &ModelName,
                alias: &Alias,
                version: Version,
                amend: impl FnOnce(Option<Version>, &Tags) -> NewTags + Send + 'static,
            ) -> Result<AliasMoved> {
                let (name, alias) = (name.clone(), alias.clone());
                self.transact(Intent::Write, move |store| store.remove_alias(&name, &alias, version, amend)).await
            }

            pub(in crate::registry) async fn set_model_tag(
                &self,
                name: &ModelName,
                key: &str,
                value: &str,
            ) -> Result<()> {
                let (name, key, value) = (name.clone(), key.to_owned(), value.to_owned());
                self.transact(Intent::Write, move |store| store.set_model_tag(&name, &key, &value)).await
            }

            pub(in crate::registry) async fn ensure_model(&self, name: &ModelName) -> Result<bool> {
                let name = name.clone();
                self.transact(Intent::Create, move |store| store.ensure_model(&name)).await
            }

            pub(in crate::registry) async fn create_version(&self, new: &NewVersion) -> Result<ModelVersion> {
                let new = new.clone();
                self.transact(Intent::Write, move |store| store.create_version(&new)).await
            }
        }
    };
}
pub(in crate::registry) use impl_registry_calls;
