//! The metrics of the version that is planned beside those of the version that is served, for people who read a plan.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tracing::{info, warn};

use super::evidence::Holder;
use super::{Context, Error};
use crate::outcome::Comparison;
use crate::registry::{self, Metric, ModelVersion, Registry, Version};

/// The most metrics that are compared; more would hide what matters.
const MOST: usize = 30;

/// The latest values of a version, by key and, where there are several, data set.
type Values = BTreeMap<(String, Option<String>), f64>;

/// Compares a version with the one an alias points to. What cannot be read is told, and left out.
///
/// # Errors
/// [`Error::Interrupted`], when a signal comes meanwhile.
pub(super) async fn compare(
    candidate: &ModelVersion,
    current: Option<Version>,
    context: &Context<'_>,
) -> Result<Vec<Comparison>, Error> {
    let registry = context.registry;
    let previous = async {
        match current {
            Some(version) => match registry.get_version(&candidate.name, version).await {
                Ok(version) => values(&version, registry).await,
                Err(error) => (Values::new(), vec![error]),
            },
            None => Default::default(),
        }
    };
    let read = async { Ok::<_, Error>(tokio::join!(previous, values(candidate, registry))) };
    let ((previous, missed), (values, also_missed)) = context.read(read).await?;
    let missed = missed.iter().map(|error| (current, error));
    for (version, error) in missed.chain(also_missed.iter().map(|error| (Some(candidate.version), error))) {
        let of = version.map(|version| format!(" of version {version}")).unwrap_or_default();
        warn!(model = %candidate.name, "not all metrics{of} can be shown: {error}");
    }
    let keys: BTreeSet<_> = values.keys().chain(previous.keys()).collect();
    if keys.len() > MOST {
        info!(model = %candidate.name, "{MOST} of {} metrics are compared, the first by their names", keys.len());
    }
    let compared = keys.into_iter().take(MOST).map(|key| {
        let (metric, dataset) = key.clone();
        Comparison::of(metric, dataset, values.get(key).copied(), previous.get(key).copied())
    });
    Ok(compared.collect())
}

/// Reads the metrics of the run that made a version, and over them those of its logged model, which are its own.
/// Returns with them what could not be read.
async fn values(version: &ModelVersion, registry: &Registry) -> (Values, Vec<registry::Error>) {
    let holders = [Holder::run_of(version), Holder::model_of(version)].into_iter().flatten();
    let read = join_all(holders.map(async |holder| holder.metrics(registry).await)).await;
    let (mut values, mut missed) = (Values::new(), vec![]);
    for metrics in read {
        match metrics {
            Ok(metrics) => values.extend(latest(metrics)),
            Err(error) => missed.push(error),
        }
    }
    (values, missed)
}

/// Keeps the latest point of each metric by MLflow's own order: step, then time, then value.
fn latest(metrics: Vec<Metric>) -> Values {
    let mut sets: BTreeMap<String, BTreeMap<Option<String>, Metric>> = BTreeMap::new();
    for metric in metrics {
        let known = sets.entry(metric.key.clone()).or_default().entry(metric.dataset.clone());
        let order = |metric: &Metric| (metric.step, metric.timestamp);
        known
            .and_modify(|known| {
                let later = order(&metric).cmp(&order(known)).then(metric.value.total_cmp(&known.value));
                if later.is_gt() {
                    *known = metric.clone();
                }
            })
            .or_insert(metric);
    }
    let mut values = Values::new();
    for (key, sets) in sets {
        let is_only = sets.len() == 1;
        values.extend(sets.into_iter().map(|(set, metric)| ((key.clone(), set.filter(|_| !is_only)), metric.value)));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(key: &str, dataset: Option<&str>, step: i64, value: f64) -> Metric {
        let dataset = dataset.map(str::to_owned);
        Metric { key: key.to_owned(), value, timestamp: 1, step, dataset, run_id: None }
    }

    #[test]
    fn the_latest_step_counts_and_data_sets_are_told_apart_only_where_there_are_several() {
        let points = [
            point("f1", Some("eval"), 1, 0.5),
            point("rmse", Some("train"), 2, 0.2),
            point("rmse", Some("train"), 1, 0.9),
            point("rmse", Some("eval"), 1, 0.3),
        ];
        let key = |key: &str, dataset: Option<&str>| (key.to_owned(), dataset.map(str::to_owned));
        let expected =
            [(key("f1", None), 0.5), (key("rmse", Some("eval")), 0.3), (key("rmse", Some("train")), 0.2)].into();
        assert_eq!(latest(points.into()), expected);
    }
}
