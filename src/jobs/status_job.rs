//! Status: how a model is, for whoever has to look at it first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tracing::{info, warn};

use super::{Claim, Context, Ended, Error, Thing};
use crate::evidence::{EvidenceReader, MetricValues};
use crate::outcome::{JobStatus, Outcome, Overview, VersionOverview};
use crate::registry::{ModelName, ModelVersion, RegisteredModel, Registry, Version};
use crate::secret::redact_message;
use crate::text::non_finite_name;

/// How many versions are asked for their metrics at once.
const AT_ONCE: usize = 8;

/// How many metrics are shown where none are named.
const FEW: usize = 4;

/// Shows the versions of a registered model, with their aliases, status, age, tags and metrics. It only reads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// How many of the newest versions are shown; those that an alias points to are shown beside them.
    #[serde(default = "ten")]
    #[schemars(range(min = 1))]
    pub limit: u32,
    /// The metrics that are shown; by default the first four by name, and with `[]` none.
    #[serde(default)]
    pub metrics: Option<Vec<String>>,
}

/// The latest metrics of a version, none where they cannot be read.
type Measured = (ModelVersion, Arc<MetricValues<String>>);

impl StatusJob {
    /// Reads how the model is, in every mode.
    pub(super) async fn run(&self, context: &Context<'_>) -> Ended {
        match self.read(context).await {
            Ok(overview) => {
                let outcome = Outcome { overview: Some(Box::new(overview)), ..self.outline() };
                Ended::well(JobStatus::Unchanged, outcome)
            }
            Err(error) => Ended::early(&error, None),
        }
    }

    /// Reads the versions, and all aliases.
    pub(super) fn claims(&self) -> Vec<Claim> {
        vec![Claim::read(Thing::Versions(self.name.clone())), Claim::read(Thing::Aliases(self.name.clone()))]
    }

    /// Returns the outcome before anything was read.
    pub(super) fn outline(&self) -> Outcome {
        Outcome { name: self.name.as_str().to_owned(), ..Outcome::default() }
    }

    async fn read(&self, context: &Context<'_>) -> Result<Overview, Error> {
        let registry = context.registry;
        // The model first: that it is missing is not the same as that it has no versions.
        let model = context.read(registry.get_model(&self.name)).await?;
        model.refuse_prompt()?;
        let mut versions = context.read(registry.versions(&self.name)).await?;
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        let all = versions.len();
        let (mut at, limit) = (0, usize::try_from(self.limit).unwrap_or(usize::MAX));
        versions.retain(|version| {
            at += 1;
            at <= limit || model.aliases.values().any(|target| *target == version.version)
        });
        let omitted = all - versions.len();
        let measured = context.read(async { Ok::<_, Error>(self.measured(versions, registry).await) }).await?;
        info!(model = %self.name, "read {} of {all} versions of {}", all - omitted, self.name);
        Ok(self.overview(&model, &measured, omitted))
    }

    async fn measured(&self, versions: Vec<ModelVersion>, registry: &Registry) -> Vec<Measured> {
        if self.metrics.as_ref().is_some_and(Vec::is_empty) {
            return versions.into_iter().map(|version| (version, Arc::default())).collect();
        }
        let reader = &EvidenceReader::new(registry);
        let read = versions.into_iter().map(async |version| (reader.latest_metrics(&version).await, version));
        let read: Vec<_> = stream::iter(read).buffered(AT_ONCE).collect().await;
        let mut failed = read.iter().filter_map(|(metrics, _)| metrics.as_ref().err()).peekable();
        if let Some(error) = failed.peek().copied() {
            warn!(model = %self.name, "the metrics of {} versions cannot be read: {error}", failed.count());
        }
        read.into_iter().map(|(metrics, version)| (version, metrics.unwrap_or_default())).collect()
    }

    fn overview(&self, model: &RegisteredModel, measured: &[Measured], omitted: usize) -> Overview {
        let metrics = self.metrics.clone().unwrap_or_else(|| {
            let known: BTreeSet<&String> = measured.iter().flat_map(|(_, metrics)| metrics.keys()).collect();
            known.into_iter().take(FEW).cloned().collect()
        });
        let now = Timestamp::now();
        let mut versions: Vec<_> = measured.iter().map(|found| shown(found, model, &metrics, now)).collect();
        versions.extend(missing(model, measured));
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        let aliases = model.aliases.iter().map(|(alias, version)| (alias.clone(), version.get())).collect();
        Overview { aliases, metrics, versions, omitted }
    }
}

fn shown((version, measured): &Measured, model: &RegisteredModel, keys: &[String], now: Timestamp) -> VersionOverview {
    let created = version.creation_timestamp.and_then(|time| Timestamp::from_millisecond(time).ok());
    let age = created.map(|time| now.duration_since(time).as_secs());
    let value = |key: &String| measured.get(key).copied().flatten().map(|value| (key.clone(), number(value)));
    VersionOverview {
        version: version.version.get(),
        status: Some(version.status.to_string()),
        aliases: aliases_of(model, version.version),
        created,
        // A version from the future has no age: clocks differ.
        age: age.filter(|age| *age >= 0),
        tags: version.tags.iter().map(|(key, value)| (key.clone(), redact_message(value))).collect(),
        metrics: keys.iter().filter_map(value).collect(),
    }
}

/// Returns the versions that aliases point to in vain.
fn missing(model: &RegisteredModel, found: &[Measured]) -> Vec<VersionOverview> {
    let is_there = |target: &&Version| found.iter().any(|(version, _)| version.version == **target);
    let gone: BTreeSet<Version> = model.aliases.values().filter(|target| !is_there(target)).copied().collect();
    let shown = |version: Version| VersionOverview {
        version: version.get(),
        status: None,
        aliases: aliases_of(model, version),
        created: None,
        age: None,
        tags: BTreeMap::new(),
        metrics: BTreeMap::new(),
    };
    gone.into_iter().map(shown).collect()
}

fn aliases_of(model: &RegisteredModel, version: Version) -> Vec<String> {
    model.aliases.iter().filter(|(_, target)| **target == version).map(|(alias, _)| alias.clone()).collect()
}

/// Returns a number as JSON has it, and as MLflow's word where it has none.
fn number(value: f64) -> Value {
    non_finite_name(value).map_or_else(|| Value::from(value), Value::from)
}

const fn ten() -> u32 {
    10
}
