//! Reads the metrics of versions, each run and logged model once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::latest::{latest_points, logged_value, may_be_nan};
use super::source::MetricSource;
use crate::registry::{Error, Metric, ModelName, ModelVersion, Registry, Result, Version};

/// The latest value of each metric; `None` where a 0 of a logged model may be a NaN and the run does not decide it.
pub type MetricValues<K> = BTreeMap<K, Option<f64>>;

/// Reads evidence from a registry and caches it, so that several readers share one request.
pub struct EvidenceReader<'a> {
    registry: &'a Registry,
    runs: ReadOnce<Arc<[Metric]>>,
    models: ReadOnce<Arc<[Metric]>>,
    versions: ReadOnce<Arc<ModelVersion>>,
    values: ReadOnce<Arc<MetricValues<String>>>,
}

/// Cached results by name, including pending ones.
struct ReadOnce<T>(Mutex<HashMap<String, Arc<OnceCell<Result<T>>>>>);

impl<'a> EvidenceReader<'a> {
    pub fn new(registry: &'a Registry) -> Self {
        Self {
            registry,
            runs: ReadOnce::new(),
            models: ReadOnce::new(),
            versions: ReadOnce::new(),
            values: ReadOnce::new(),
        }
    }

    /// Returns the registry, for reads that need no cache.
    pub const fn registry(&self) -> &'a Registry {
        self.registry
    }

    /// Reads the latest metrics of a run.
    pub async fn run_metrics(&self, id: &str) -> Result<Arc<[Metric]>> {
        self.runs.get(id, async { Ok(self.registry.run_metrics(id).await?.into()) }).await
    }

    /// Reads every point of the metrics of a logged model.
    pub async fn model_metrics(&self, id: &str) -> Result<Arc<[Metric]>> {
        self.models.get(id, async { Ok(self.registry.model_metrics(id).await?.into()) }).await
    }

    /// Reads a version. The cache ignores the model, because a reader is used for one model only.
    pub async fn version(&self, name: &ModelName, version: Version) -> Result<Arc<ModelVersion>> {
        let read = async { self.registry.get_version(name, version).await.map(Arc::new) };
        self.versions.get(&version.to_string(), read).await
    }

    /// Reads the latest value of each metric of a version. A version without a run and a logged model has none.
    ///
    /// # Errors
    /// Any failure of the registry. A deleted run or logged model is not an error.
    pub async fn latest_metrics(&self, version: &ModelVersion) -> Result<Arc<MetricValues<String>>> {
        let Some(source) = MetricSource::from_version(version) else { return Ok(Arc::default()) };
        let read = async { self.metrics_by(&source, |metric| metric.key.clone()).await.map(Arc::new) };
        match self.values.get(&source.to_string(), read).await {
            Err(Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. }) => Ok(Arc::default()),
            values => values,
        }
    }

    /// Reads the latest value of each metric of a run or logged model, grouped by a key.
    ///
    /// # Errors
    /// Any failure of the registry.
    pub async fn metrics_by<K: Ord>(
        &self,
        source: &MetricSource,
        key: impl Fn(&Metric) -> K,
    ) -> Result<MetricValues<K>> {
        match source {
            MetricSource::Run(id) => {
                let metrics = self.run_metrics(id).await?;
                Ok(latest_points(metrics.iter(), key)
                    .into_iter()
                    .map(|(key, point)| (key, Some(point.value)))
                    .collect())
            }
            MetricSource::Model(id) => {
                // Does not use the cache of `model_metrics`: a logged model may have many points, and only the latest
                // are needed.
                let metrics = self.registry.model_metrics(id).await?;
                let points = latest_points(&metrics, key);
                let runs = self.runs_of_zeros(points.values().copied()).await?;
                let run = |point: &Metric| runs.get(point.run_id.as_ref()?).map(|run| &**run);
                let value = |point: &Metric| logged_value(point, run(point).unwrap_or_default());
                Ok(points.into_iter().map(|(key, point)| (key, value(point))).collect())
            }
        }
    }

    /// Reads the metrics of the runs that decide whether a 0 of a logged model is a NaN. Deleted runs are left out.
    async fn runs_of_zeros(&self, points: impl Iterator<Item = &Metric>) -> Result<BTreeMap<String, Arc<[Metric]>>> {
        let ids: BTreeSet<&String> =
            points.filter(|point| may_be_nan(point)).filter_map(|point| point.run_id.as_ref()).collect();
        let mut runs = BTreeMap::new();
        for id in ids {
            match self.run_metrics(id).await {
                Err(Error::RunNotFound { .. }) => {}
                metrics => {
                    runs.insert(id.clone(), metrics?);
                }
            }
        }
        Ok(runs)
    }
}

impl<T: Clone> ReadOnce<T> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    async fn get(&self, name: &str, read: impl Future<Output = Result<T>>) -> Result<T> {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(name.to_owned()).or_default())
        };
        cell.get_or_init(|| read).await.clone()
    }
}
