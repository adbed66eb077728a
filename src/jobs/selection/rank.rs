//! Ranking versions: gathers what they are ranked by, and chooses the best.

use std::cmp::Ordering;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tracing::info;

use super::Select;
use super::order::{Key, Order};
use crate::evidence::EvidenceReader;
use crate::jobs::Error;
use crate::outcome::{Ranked, Ranking};
use crate::redact::hide_filled_in;
use crate::registry::{ModelName, ModelVersion, Registry, Status};
use crate::text::format_or_dash;

/// How many versions are asked for their metrics at once.
const AT_ONCE: usize = 8;

/// A version and what it is ranked by.
struct Candidate {
    version: ModelVersion,
    values: Vec<Option<f64>>,
}

/// Chooses the best version of a model, and says how all that were found were ranked.
///
/// # Errors
/// [`Error::NothingSelected`] where no version can be chosen, and whatever keeps the registry from answering: a version
/// whose metrics cannot be read might be the best.
pub(in crate::jobs) async fn best(
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
    let mut candidates: Vec<Candidate> = stream::iter(fetched).buffer_unordered(AT_ONCE).try_collect().await?;
    candidates.sort_by(|one, other| compare(one, other, &select.order_by));
    let ranking = Box::new(ranking(select, &candidates));
    info!(model = %name, found = candidates.len(), of = all, "ranked the versions of {name}: {}", in_a_line(&ranking));
    match candidates.into_iter().next() {
        Some(best) if best.is_eligible() => Ok((best.version, ranking)),
        best => Err(nothing(name, select, best.is_some(), ranking)),
    }
}

async fn candidate(version: ModelVersion, order_by: &[Order], reader: &EvidenceReader<'_>) -> Result<Candidate, Error> {
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

/// Compares by each key in turn; what cannot be ranked comes last, and of equals the newest first.
fn compare(one: &Candidate, other: &Candidate, order_by: &[Order]) -> Ordering {
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
        filter: select.filter.as_ref().map(|filter| hide_filled_in(filter.as_str())),
        order_by: select.order_by.iter().map(Order::to_string).collect(),
        versions: candidates.iter().map(ranked).collect(),
    }
}

/// Shows the first of a ranking in a line of a log.
fn in_a_line(ranking: &Ranking) -> String {
    let values = |ranked: &Ranked| -> String {
        let values: Vec<String> = ranked.values.iter().map(|value| format_or_dash(*value)).collect();
        if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) }
    };
    let shown: Vec<String> =
        ranking.versions.iter().take(5).map(|ranked| format!("{}{}", ranked.version, values(ranked))).collect();
    let rest = if ranking.versions.len() > shown.len() { ", …" } else { "" };
    if shown.is_empty() { "none was found".to_owned() } else { format!("{}{rest}", shown.join(", ")) }
}

fn nothing(name: &ModelName, select: &Select, some_found: bool, ranking: Box<Ranking>) -> Error {
    let filter = select
        .filter
        .as_ref()
        .map_or_else(String::new, |filter| format!(" that `{}` finds", hide_filled_in(filter.as_str())));
    let keys: Vec<String> = select.order_by.iter().map(Order::to_string).collect();
    let reason = match some_found {
        false => format!("there is no READY version{filter}"),
        true => format!("no READY version{filter} has a finite value of each of {}", keys.join(", ")),
    };
    Error::NothingSelected { name: name.clone(), reason, ranking }
}
