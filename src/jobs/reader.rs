//! Reads what gates and rankings look at, each thing once, however many of them look at it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::evidence::{Numbers, numbers};
use crate::gates::Source;
use crate::registry::{Metric, ModelName, ModelVersion, Registry, Result, Version};

/// A registry, and what was read of it.
pub(super) struct Reader<'a> {
    registry: &'a Registry,
    runs: Once<Arc<[Metric]>>,
    models: Once<Arc<[Metric]>>,
    versions: Once<Arc<ModelVersion>>,
    numbers: Once<Arc<Numbers<String>>>,
}

/// What was read, or is being read, by its name.
struct Once<T>(Mutex<HashMap<String, Arc<OnceCell<Result<T>>>>>);

impl<'a> Reader<'a> {
    /// Returns the registry, for what is looked at only once.
    pub(super) const fn registry(&self) -> &'a Registry {
        self.registry
    }

    pub(super) fn new(registry: &'a Registry) -> Self {
        Self { registry, runs: Once::new(), models: Once::new(), versions: Once::new(), numbers: Once::new() }
    }

    /// Reads the latest metrics of a run.
    pub(super) async fn run(&self, id: &str) -> Result<Arc<[Metric]>> {
        self.runs.get(id, async { Ok(self.registry.run_metrics(id).await?.into()) }).await
    }

    /// Reads every point of the metrics of a logged model.
    pub(super) async fn model(&self, id: &str) -> Result<Arc<[Metric]>> {
        self.models.get(id, async { Ok(self.registry.model_metrics(id).await?.into()) }).await
    }

    /// Reads the latest number of each metric of a run or logged model, and keeps no more of it.
    pub(super) async fn numbers(&self, source: &Source) -> Result<Arc<Numbers<String>>> {
        let read = async { numbers(source, |metric| metric.key.clone(), self).await.map(Arc::new) };
        self.numbers.get(&source.to_string(), read).await
    }

    /// Reads a version of the model that is about to change.
    pub(super) async fn version(&self, name: &ModelName, version: Version) -> Result<Arc<ModelVersion>> {
        let read = async { self.registry.get_version(name, version).await.map(Arc::new) };
        self.versions.get(&version.to_string(), read).await
    }
}

impl<T: Clone> Once<T> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    async fn get(&self, key: &str, read: impl Future<Output = Result<T>>) -> Result<T> {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.to_owned()).or_default())
        };
        cell.get_or_init(|| read).await.clone()
    }
}
