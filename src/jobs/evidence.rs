//! The metrics that a version was measured by.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::gates::{logged_number, may_be_nan};
use crate::registry::{self, Error, Metric, ModelVersion, Registry};

/// The latest number of each metric, none where nobody can tell it.
pub(super) type Numbers<K> = BTreeMap<K, Option<f64>>;

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

    /// Reads the latest number of each metric, told apart by a key; none where a logged model and its run do not tell it.
    ///
    /// # Errors
    /// Whatever keeps the registry from answering.
    pub(super) async fn numbers<K: Ord>(
        &self,
        key: impl Fn(&Metric) -> K,
        registry: &Registry,
    ) -> registry::Result<Numbers<K>> {
        match self {
            Self::Run(id) => {
                let points = latest(registry.run_metrics(id).await?, key);
                Ok(points.into_iter().map(|(key, point)| (key, Some(point.value))).collect())
            }
            Self::Model(id) => {
                let points = latest(registry.model_metrics(id).await?, key);
                let runs = runs(points.values(), registry).await?;
                let run = |point: &Metric| runs.get(point.run_id.as_ref()?).map(Vec::as_slice);
                let told = |point: &Metric| logged_number(point, run(point).unwrap_or_default());
                Ok(points.into_iter().map(|(key, point)| (key, told(&point))).collect())
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

/// Reads the metrics of the runs that must tell what the numbers of a logged model are.
async fn runs(
    points: impl Iterator<Item = &Metric>,
    registry: &Registry,
) -> registry::Result<BTreeMap<String, Vec<Metric>>> {
    let asked: BTreeSet<&String> =
        points.filter(|point| may_be_nan(point)).filter_map(|point| point.run_id.as_ref()).collect();
    let mut runs = BTreeMap::new();
    for run in asked {
        match registry.run_metrics(run).await {
            // A run that is gone says nothing about its metrics.
            Err(Error::RunNotFound { .. }) => {}
            logged => {
                runs.insert(run.clone(), logged?);
            }
        }
    }
    Ok(runs)
}

/// Keeps the latest value of each key, as MLflow does: by step, then by time, then the largest.
fn latest<K: Ord>(metrics: Vec<Metric>, key: impl Fn(&Metric) -> K) -> BTreeMap<K, Metric> {
    let mut latest: BTreeMap<K, Metric> = BTreeMap::new();
    for metric in metrics {
        let rank = |metric: &Metric| (metric.step, metric.timestamp);
        let key = key(&metric);
        let newer = latest
            .get(&key)
            .is_none_or(|known| rank(known).cmp(&rank(&metric)).then(known.value.total_cmp(&metric.value)).is_lt());
        if newer {
            latest.insert(key, metric);
        }
    }
    latest
}

/// Reads the latest number of each metric of a version; one without a run and a logged model has none.
///
/// # Errors
/// Whatever keeps the registry from answering; a run or logged model that is gone is no error.
pub(super) async fn latest_numbers(version: &ModelVersion, registry: &Registry) -> registry::Result<Numbers<String>> {
    let Some(holder) = Holder::of(version) else { return Ok(Numbers::new()) };
    match holder.numbers(|metric| metric.key.clone(), registry).await {
        Err(Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. }) => Ok(Numbers::new()),
        numbers => numbers,
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
        let key = |metric: &Metric| metric.key.clone();
        let latest = latest(points.into(), key);
        assert_eq!((latest["a"].value, latest["b"].value), (2.0, 7.0));
        let same = super::latest(vec![metric("a", 2.0, 1, 1), metric("a", 1.0, 1, 1)], key);
        assert_eq!(same["a"].value, 2.0);
    }
}
