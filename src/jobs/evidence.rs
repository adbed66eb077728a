//! The metrics that a version was measured by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::reader::Reader;
use crate::gates::{Source, latest, logged_number, may_be_nan};
use crate::registry::{self, Error, Metric, ModelVersion};

/// The latest number of each metric, none where nobody can tell it.
pub(super) type Numbers<K> = BTreeMap<K, Option<f64>>;

/// Reads the latest number of each metric, told apart by a key; none where a logged model and its run do not tell it.
///
/// # Errors
/// Whatever keeps the registry from answering.
pub(super) async fn numbers<K: Ord>(
    source: &Source,
    key: impl Fn(&Metric) -> K,
    reader: &Reader<'_>,
) -> registry::Result<Numbers<K>> {
    match source {
        Source::Run(id) => {
            let metrics = reader.run(id).await?;
            Ok(latest(metrics.iter(), key).into_iter().map(|(key, point)| (key, Some(point.value))).collect())
        }
        Source::Model(id) => {
            let metrics = reader.registry().model_metrics(id).await?;
            let points = latest(&metrics, key);
            let runs = runs(points.values().copied(), reader).await?;
            let run = |point: &Metric| runs.get(point.run_id.as_ref()?).map(|run| &**run);
            let told = |point: &Metric| logged_number(point, run(point).unwrap_or_default());
            Ok(points.into_iter().map(|(key, point)| (key, told(point))).collect())
        }
    }
}

/// Reads the metrics of the runs that must tell what the numbers of a logged model are.
async fn runs(
    points: impl Iterator<Item = &Metric>,
    reader: &Reader<'_>,
) -> registry::Result<BTreeMap<String, Arc<[Metric]>>> {
    let asked: BTreeSet<&String> =
        points.filter(|point| may_be_nan(point)).filter_map(|point| point.run_id.as_ref()).collect();
    let mut runs = BTreeMap::new();
    for run in asked {
        match reader.run(run).await {
            // A run that is gone says nothing about its metrics.
            Err(Error::RunNotFound { .. }) => {}
            logged => {
                runs.insert(run.clone(), logged?);
            }
        }
    }
    Ok(runs)
}

/// Reads the latest number of each metric of a version; one without a run and a logged model has none.
///
/// # Errors
/// Whatever keeps the registry from answering; a run or logged model that is gone is no error.
pub(super) async fn latest_numbers(
    version: &ModelVersion,
    reader: &Reader<'_>,
) -> registry::Result<Arc<Numbers<String>>> {
    let Some(source) = Source::of(version) else { return Ok(Arc::default()) };
    match reader.numbers(&source).await {
        Err(Error::RunNotFound { .. } | Error::LoggedModelNotFound { .. }) => Ok(Arc::default()),
        numbers => numbers,
    }
}
