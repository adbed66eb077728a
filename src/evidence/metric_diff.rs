//! Compares the metrics of a planned version with those of the version that an alias points to now.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tracing::{info, warn};

use super::metrics::{EvidenceReader, MetricValues};
use super::source::MetricSource;
use crate::outcome::MetricDiff;
use crate::registry::{Error, Metric, ModelVersion, Registry, Version};

/// More rows would hide what matters.
const MAX_ROWS: usize = 30;

/// The latest values of a version, by metric and dataset.
type Values = MetricValues<(String, Option<String>)>;

/// Compares a version with the one that an alias points to now. Metrics that cannot be read are left out, with a warning.
pub async fn diff_metrics(candidate: &ModelVersion, current: Option<Version>, registry: &Registry) -> Vec<MetricDiff> {
    let reader = &EvidenceReader::new(registry);
    let previous = async {
        match current {
            Some(version) => match registry.get_version(&candidate.name, version).await {
                Ok(version) => values(&version, reader).await,
                Err(error) => (Values::new(), vec![error]),
            },
            None => Default::default(),
        }
    };
    let ((previous, previous_errors), (values, errors)) = tokio::join!(previous, values(candidate, reader));
    let previous_errors = previous_errors.iter().map(|error| (current, error));
    let missing: Vec<String> = previous_errors
        .chain(errors.iter().map(|error| (Some(candidate.version), error)))
        .map(|(version, error)| {
            version.map_or_else(|| error.to_string(), |version| format!("{error} (version {version})"))
        })
        .collect();
    if !missing.is_empty() {
        warn!(model = %candidate.name, "metrics are missing: {}", missing.join("; "));
    }
    let keys: BTreeSet<_> = values.keys().chain(previous.keys()).collect();
    if keys.len() > MAX_ROWS {
        info!(model = %candidate.name, "{MAX_ROWS} of {} metrics are compared, the first by their names", keys.len());
    }
    let rows = keys.into_iter().take(MAX_ROWS).map(|key| {
        let (metric, dataset) = key.clone();
        MetricDiff::new(metric, dataset, values.get(key).copied().flatten(), previous.get(key).copied().flatten())
    });
    rows.collect()
}

/// Reads the metrics of the run and of the logged model of a version; where both have one, the logged model's counts.
/// Returns the errors of what could not be read, too.
async fn values(version: &ModelVersion, reader: &EvidenceReader<'_>) -> (Values, Vec<Error>) {
    let sources = [MetricSource::run_of(version), MetricSource::model_of(version)].into_iter().flatten();
    let key = |metric: &Metric| (metric.key.clone(), metric.dataset.clone());
    let read = join_all(sources.map(async |source| reader.metrics_by(&source, key).await)).await;
    let (mut values, mut errors) = (Values::new(), vec![]);
    for result in read {
        match result {
            Ok(found) => values.extend(drop_lone_datasets(found)),
            Err(error) => errors.push(error),
        }
    }
    (values, errors)
}

/// Leaves out the dataset of each metric that has only one.
fn drop_lone_datasets(values: Values) -> Values {
    let mut datasets: BTreeMap<String, usize> = BTreeMap::new();
    for (metric, _) in values.keys() {
        *datasets.entry(metric.clone()).or_default() += 1;
    }
    let is_one_of_several = |metric: &str| datasets.get(metric).is_some_and(|count| *count > 1);
    let row = |((metric, dataset), value): ((String, Option<String>), Option<f64>)| {
        let dataset = dataset.filter(|_| is_one_of_several(&metric));
        ((metric, dataset), value)
    };
    values.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_are_named_only_where_there_are_several() {
        let value =
            |metric: &str, set: Option<&str>, value: f64| ((metric.to_owned(), set.map(str::to_owned)), Some(value));
        let rmse = || [value("rmse", Some("eval"), 0.3), value("rmse", Some("train"), 0.2)];
        let found = rmse().into_iter().chain([value("f1", Some("eval"), 0.5)]).collect();
        let expected = rmse().into_iter().chain([value("f1", None, 0.5)]).collect();
        assert_eq!(drop_lone_datasets(found), expected);
    }
}
