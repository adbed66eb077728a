//! The metrics that a version was measured by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::registry::{self, Error, Metric, ModelVersion, Registry};

/// What holds the metrics of a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    /// A logged model.
    Model(String),
    /// A run.
    Run(String),
}

impl Holder {
    /// Returns the logged model that a version is, else its run.
    pub(super) fn of(version: &ModelVersion) -> Option<Self> {
        Self::model_of(version).or_else(|| Self::run_of(version))
    }

    /// Returns the logged model that a version is.
    pub(super) fn model_of(version: &ModelVersion) -> Option<Self> {
        version.logged_model().map(|id| Self::Model(id.to_owned()))
    }

    /// Returns the run that made a version.
    pub(super) fn run_of(version: &ModelVersion) -> Option<Self> {
        version.run_id.clone().map(Self::Run)
    }

    /// Reads the metrics: the latest values of a run, every value of a logged model.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub(super) async fn metrics(&self, registry: &Registry) -> registry::Result<Vec<Metric>> {
        match self {
            Self::Run(id) => registry.run_metrics(id).await,
            Self::Model(id) => {
                let mut metrics = registry.model_metrics(id).await?;
                restore_nan(&mut metrics, registry).await?;
                Ok(metrics)
            }
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(id) => write!(f, "model {id}"),
            Self::Run(id) => write!(f, "run {id}"),
        }
    }
}

/// MLflow keeps a NaN of a logged model as 0, and the NaN itself only with the run that logged it.
async fn restore_nan(metrics: &mut [Metric], registry: &Registry) -> registry::Result<()> {
    let is_suspect = |metric: &&Metric| metric.value == 0.0;
    let runs: BTreeSet<String> = metrics.iter().filter(is_suspect).filter_map(|metric| metric.run_id.clone()).collect();
    for run in runs {
        let logged = match registry.run_metrics(&run).await {
            // A run that is gone says nothing about its metrics.
            Err(Error::RunNotFound { .. }) => continue,
            logged => logged?,
        };
        let nan = |metric: &Metric| {
            let same = |one: &&Metric| (&one.key, one.step) == (&metric.key, metric.step);
            logged.iter().find(same).is_some_and(|one| one.value.is_nan())
        };
        for metric in metrics.iter_mut().filter(|metric| metric.value == 0.0 && metric.run_id.as_ref() == Some(&run)) {
            if nan(metric) {
                metric.value = f64::NAN;
            }
        }
    }
    Ok(())
}

/// Keeps the latest value of each key, as MLflow does: by step, then by time, then the largest.
pub(super) fn latest(metrics: impl IntoIterator<Item = Metric>) -> BTreeMap<String, Metric> {
    let mut latest: BTreeMap<String, Metric> = BTreeMap::new();
    for metric in metrics {
        let rank = |metric: &Metric| (metric.step, metric.timestamp);
        let newer = latest
            .get(&metric.key)
            .is_none_or(|known| rank(known).cmp(&rank(&metric)).then(known.value.total_cmp(&metric.value)).is_lt());
        if newer {
            latest.insert(metric.key.clone(), metric);
        }
    }
    latest
}

/// Reads the latest value of each metric of a version; one without a run and a logged model has none.
///
/// # Errors
/// Whatever keeps the registry from answering; a run or logged model that is gone is no error.
pub(super) async fn latest_metrics(
    version: &ModelVersion,
    registry: &Registry,
) -> registry::Result<BTreeMap<String, Metric>> {
    let Some(holder) = Holder::of(version) else { return Ok(BTreeMap::new()) };
    match holder.metrics(registry).await {
        Err(Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. }) => Ok(BTreeMap::new()),
        metrics => metrics.map(latest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(key: &str, value: f64, step: i64, timestamp: i64) -> Metric {
        Metric { key: key.into(), value, timestamp, step, dataset: None, run_id: None }
    }

    #[test]
    fn the_latest_value_is_that_of_the_last_step_then_of_the_last_time() {
        let points = [metric("a", 1.0, 2, 5), metric("a", 2.0, 3, 1), metric("a", 3.0, 3, 0), metric("b", 7.0, 0, 0)];
        let latest = latest(points);
        assert_eq!((latest["a"].value, latest["b"].value), (2.0, 7.0));
        let same = super::latest([metric("a", 2.0, 1, 1), metric("a", 1.0, 1, 1)]);
        assert_eq!(same["a"].value, 2.0);
    }
}
