//! The metrics of the version that is planned beside those of the version that is served, for people who read a plan.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tracing::{info, warn};

use super::evidence::{Numbers, numbers};
use super::reader::Reader;
use super::{Context, Error};
use crate::gates::Source;
use crate::outcome::Comparison;
use crate::registry::{self, Metric, ModelVersion, Version};

/// The most metrics that are compared; more would hide what matters.
const MOST: usize = 30;

/// The latest values of a version, by key and, where there are several, data set.
type Values = Numbers<(String, Option<String>)>;

/// Compares a version with the one an alias points to. What cannot be read is told, and left out.
///
/// # Errors
/// [`Error::Interrupted`], when a signal comes meanwhile.
pub(super) async fn compare(
    candidate: &ModelVersion,
    current: Option<Version>,
    context: &Context<'_>,
) -> Result<Vec<Comparison>, Error> {
    let reader = &Reader::new(context.registry);
    let previous = async {
        match current {
            Some(version) => match context.registry.get_version(&candidate.name, version).await {
                Ok(version) => values(&version, reader).await,
                Err(error) => (Values::new(), vec![error]),
            },
            None => Default::default(),
        }
    };
    let read = async { Ok::<_, Error>(tokio::join!(previous, values(candidate, reader))) };
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
        Comparison::of(metric, dataset, values.get(key).copied().flatten(), previous.get(key).copied().flatten())
    });
    Ok(compared.collect())
}

/// Reads the metrics of the run that made a version, and over them those of its logged model, which are its own.
/// Returns with them what could not be read.
async fn values(version: &ModelVersion, reader: &Reader<'_>) -> (Values, Vec<registry::Error>) {
    let sources = [Source::run_of(version), Source::model_of(version)].into_iter().flatten();
    let key = |metric: &Metric| (metric.key.clone(), metric.dataset.clone());
    let read = join_all(sources.map(async |source| numbers(&source, key, reader).await)).await;
    let (mut values, mut missed) = (Values::new(), vec![]);
    for numbers in read {
        match numbers {
            Ok(numbers) => values.extend(told_apart(numbers)),
            Err(error) => missed.push(error),
        }
    }
    (values, missed)
}

/// Leaves out the data set of each metric that has only one.
fn told_apart(values: Values) -> Values {
    let mut sets: BTreeMap<String, usize> = BTreeMap::new();
    for (metric, _) in values.keys() {
        *sets.entry(metric.clone()).or_default() += 1;
    }
    let is_one_of_several = |metric: &str| sets.get(metric).is_some_and(|sets| *sets > 1);
    let shown = |((metric, set), value): ((String, Option<String>), Option<f64>)| {
        let set = set.filter(|_| is_one_of_several(&metric));
        ((metric, set), value)
    };
    values.into_iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_sets_are_told_apart_only_where_there_are_several() {
        let value =
            |metric: &str, set: Option<&str>, value: f64| ((metric.to_owned(), set.map(str::to_owned)), Some(value));
        let rmse = || [value("rmse", Some("eval"), 0.3), value("rmse", Some("train"), 0.2)];
        let found = rmse().into_iter().chain([value("f1", Some("eval"), 0.5)]).collect();
        let expected = rmse().into_iter().chain([value("f1", None, 0.5)]).collect();
        assert_eq!(told_apart(found), expected);
    }
}
