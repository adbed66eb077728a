//! Ranks versions by metrics or other keys, and selects the best.

use std::cmp::Ordering;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tracing::info;

use super::Select;
use super::sort_key::{Key, SortKey};
use crate::evidence::EvidenceReader;
use crate::jobs::Error;
use crate::outcome::{Ranked, Ranking};
use crate::registry::{ModelName, ModelVersion, Registry, Status};
use crate::secret::redact_interpolated;
use crate::text::format_or_dash;

/// The number of versions whose metrics are read concurrently.
const CONCURRENT_READS: usize = 8;

/// A version with its values of the sort keys.
struct Candidate {
    version: ModelVersion,
    values: Vec<Option<f64>>,
}

/// Selects the best version of a model, and returns the ranking of all versions that were found.
///
/// # Errors
/// [`Error::NothingSelected`] if no version qualifies, and every error of the registry, because a version whose metrics
/// cannot be read might be the best.
pub(crate) async fn find_best(
    name: &ModelName,
    select: &Select,
    registry: &Registry,
) -> Result<(ModelVersion, Box<Ranking>), Error> {
    let versions = registry.versions(name).await?;
    let usable = |version: &ModelVersion| version.status == Status::Ready;
    let found = |version: &ModelVersion| select.filter.as_ref().is_none_or(|filter| filter.matches(version));
    let all = versions.len();
    let found: Vec<ModelVersion> = versions.into_iter().filter(|version| usable(version) && found(version)).collect();
    let reader = EvidenceReader::new(registry);
    let fetched = found.into_iter().map(|version| candidate(version, &select.order_by, &reader));
    let mut candidates: Vec<Candidate> = stream::iter(fetched).buffer_unordered(CONCURRENT_READS).try_collect().await?;
    candidates.sort_by(|one, other| compare(one, other, &select.order_by));
    let ranking = Box::new(ranking(select, &candidates));
    info!(model = %name, found = candidates.len(), of = all, "{name}: ranked the versions: {}", summarize(&ranking));
    match candidates.into_iter().next() {
        Some(best) if best.is_eligible() => Ok((best.version, ranking)),
        best => Err(nothing_selected(name, best.is_some(), ranking)),
    }
}

async fn candidate(
    version: ModelVersion,
    order_by: &[SortKey],
    reader: &EvidenceReader<'_>,
) -> Result<Candidate, Error> {
    let by_metrics = order_by.iter().any(|order| matches!(order.key, Key::Metric(_)));
    let metrics = if by_metrics { reader.latest_metrics(&version).await? } else { Arc::default() };
    let finite = |key: &str| metrics.get(key).copied().flatten().filter(|value| value.is_finite());
    let values = order_by.iter().map(|order| order.value(&version, finite)).collect();
    Ok(Candidate { version, values })
}

impl Candidate {
    fn is_eligible(&self) -> bool {
        self.values.iter().all(Option::is_some)
    }
}

/// Compares by each key in turn. Versions that cannot be ranked come last; among equal ones the newest comes first.
fn compare(one: &Candidate, other: &Candidate, order_by: &[SortKey]) -> Ordering {
    let by_key = |at: usize| match (one.values[at], other.values[at]) {
        (Some(one), Some(other)) => order_by[at].compare(one, other),
        _ => Ordering::Equal,
    };
    let keys = (0..order_by.len()).map(by_key).find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
    let eligible = other.is_eligible().cmp(&one.is_eligible());
    eligible.then(keys).then(other.version.version.cmp(&one.version.version))
}

fn ranking(select: &Select, candidates: &[Candidate]) -> Ranking {
    let ranked = |candidate: &Candidate| Ranked {
        version: candidate.version.version.get(),
        values: candidate.values.clone(),
        eligible: candidate.is_eligible(),
    };
    Ranking {
        filter: select.filter.as_ref().map(|filter| redact_interpolated(filter.as_str())),
        order_by: select.order_by.iter().map(SortKey::to_string).collect(),
        versions: candidates.iter().map(ranked).collect(),
    }
}

/// Formats the first versions of a ranking for a log line.
fn summarize(ranking: &Ranking) -> String {
    let values = |ranked: &Ranked| -> String {
        let values: Vec<String> = ranked.values.iter().map(|value| format_or_dash(*value)).collect();
        if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) }
    };
    let shown: Vec<String> =
        ranking.versions.iter().take(5).map(|ranked| format!("{}{}", ranked.version, values(ranked))).collect();
    let rest = if ranking.versions.len() > shown.len() { ", …" } else { "" };
    if shown.is_empty() { "none was found".to_owned() } else { format!("{}{rest}", shown.join(", ")) }
}

fn nothing_selected(name: &ModelName, some_found: bool, ranking: Box<Ranking>) -> Error {
    let filter = ranking.filter.as_ref().map_or_else(String::new, |filter| format!(" that `{filter}` finds"));
    let reason = match some_found {
        false => format!("there is no READY version{filter}"),
        true => format!("no READY version{filter} has a finite value of each of {}", ranking.order_by.join(", ")),
    };
    Error::NothingSelected { name: name.clone(), reason, ranking }
}
