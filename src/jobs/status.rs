//! `StatusJob`: shows the versions of a model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{info, warn};

use super::job::Kind;
use super::{Access, Context, Error, JobEnd, Resource};
use crate::evidence::{EvidenceReader, MetricValues};
use crate::outcome::{DoneWord, Drawing, Findings, JobStatus, Outcome, Rerun, Table};
use crate::registry::{ModelName, ModelVersion, RegisteredModel, Registry, Version};
use crate::secret::redact_message;
use crate::text::{format_age, format_or_dash, format_significant, non_finite_name};

/// The number of versions whose metrics are read concurrently.
const CONCURRENT_READS: usize = 8;

/// The number of metrics that are shown where the job names none.
const DEFAULT_METRICS: usize = 4;

/// The prefix of MLflow's own tags, which are not shown.
const MLFLOW: &str = "mlflow.";

/// Shows the versions of a registered model, with their aliases, status, age, tags and metrics. It only reads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusJob {
    /// The registered model. Default: `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The maximum number of the newest versions shown. Versions that an alias points to are always shown.
    #[serde(default = "ten")]
    #[schemars(range(min = 1))]
    pub limit: u32,
    /// The metrics that are shown. Default: the first four by name. `[]` shows none.
    #[serde(default)]
    pub metrics: Option<Vec<String>>,
}

/// A version with its latest metrics; empty if they cannot be read.
type MeasuredVersion = (ModelVersion, Arc<MetricValues<String>>);

impl Kind for StatusJob {
    const DONE: Option<DoneWord> = None;

    /// Reads the state of the model, in every mode.
    async fn run(&self, context: &Context<'_>) -> Result<JobEnd, Error> {
        let status = self.read(context).await?;
        let table = version_table(&self.name, &status);
        let findings = Some(Box::new(Findings::new("overview", &status, vec![table]).drawn_as(Drawing::Versions)));
        Ok(JobEnd::success(JobStatus::Read, Outcome { findings, ..self.outline() }))
    }

    fn accesses(&self) -> Vec<Access> {
        let (versions, aliases) = (Resource::Versions(self.name.clone()), Resource::Aliases(self.name.clone()));
        vec![Access::read(versions), Access::read(aliases)]
    }

    fn outline(&self) -> Outcome {
        Outcome::for_model(self.name.as_str(), None)
    }

    fn rerun(&self, _: JobStatus, _: &Outcome) -> Rerun {
        Rerun::Idempotent
    }
}

impl StatusJob {
    async fn read(&self, context: &Context<'_>) -> Result<ModelStatus, Error> {
        let registry = context.registry;
        // Reads the model first, because a missing model differs from a model without versions.
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
        let measured = context.wait_for(self.read_metrics(versions, registry)).await?;
        info!(model = %self.name, "{}: read {} of {all} versions", self.name, all - omitted);
        Ok(self.summarize(&model, &measured, omitted))
    }

    async fn read_metrics(&self, versions: Vec<ModelVersion>, registry: &Registry) -> Vec<MeasuredVersion> {
        if self.metrics.as_ref().is_some_and(Vec::is_empty) {
            return versions.into_iter().map(|version| (version, Arc::default())).collect();
        }
        let reader = &EvidenceReader::new(registry);
        let read = versions.into_iter().map(async |version| (reader.latest_metrics(&version).await, version));
        let read: Vec<_> = stream::iter(read).buffered(CONCURRENT_READS).collect().await;
        let mut failed = read.iter().filter_map(|(metrics, _)| metrics.as_ref().err()).peekable();
        if let Some(error) = failed.peek().copied() {
            warn!(model = %self.name, "{}: the metrics of {} versions cannot be read: {error}", self.name, failed.count());
        }
        read.into_iter().map(|(metrics, version)| (version, metrics.unwrap_or_default())).collect()
    }

    fn summarize(&self, model: &RegisteredModel, measured: &[MeasuredVersion], omitted: usize) -> ModelStatus {
        let metrics = self.metrics.clone().unwrap_or_else(|| {
            let known: BTreeSet<&String> = measured.iter().flat_map(|(_, metrics)| metrics.keys()).collect();
            known.into_iter().take(DEFAULT_METRICS).cloned().collect()
        });
        let now = Timestamp::now();
        let mut versions: Vec<_> = measured.iter().map(|found| describe(found, model, &metrics, now)).collect();
        versions.extend(missing(model, measured));
        versions.sort_by_key(|version| std::cmp::Reverse(version.version));
        let aliases = model.aliases.iter().map(|(alias, version)| (alias.clone(), version.get())).collect();
        ModelStatus { aliases, metrics, versions, omitted }
    }
}

fn describe(
    (version, measured): &MeasuredVersion,
    model: &RegisteredModel,
    keys: &[String],
    now: Timestamp,
) -> VersionStatus {
    let created = version.creation_timestamp.and_then(|time| Timestamp::from_millisecond(time).ok());
    let age = created.map(|time| now.duration_since(time).as_secs());
    let value = |key: &String| measured.get(key).copied().flatten().map(|value| (key.clone(), number(value)));
    VersionStatus {
        version: version.version.get(),
        status: Some(version.status.to_string()),
        aliases: aliases_of(model, version.version),
        created,
        // The clocks differ if the creation time is in the future, so the age is unknown.
        age: age.filter(|age| *age >= 0),
        tags: version.tags.iter().map(|(key, value)| (key.clone(), redact_message(value))).collect(),
        metrics: keys.iter().filter_map(value).collect(),
    }
}

/// Returns the missing versions that aliases point to.
fn missing(model: &RegisteredModel, found: &[MeasuredVersion]) -> Vec<VersionStatus> {
    let is_there = |target: &&Version| found.iter().any(|(version, _)| version.version == **target);
    let missing_versions: BTreeSet<Version> =
        model.aliases.values().filter(|target| !is_there(target)).copied().collect();
    let describe = |version: Version| VersionStatus {
        version: version.get(),
        status: None,
        aliases: aliases_of(model, version),
        created: None,
        age: None,
        tags: BTreeMap::new(),
        metrics: BTreeMap::new(),
    };
    missing_versions.into_iter().map(describe).collect()
}

fn aliases_of(model: &RegisteredModel, version: Version) -> Vec<String> {
    model.aliases.iter().filter(|(_, target)| **target == version).map(|(alias, _)| alias.clone()).collect()
}

/// Converts a number to JSON; a number that JSON does not have becomes MLflow's name for it.
fn number(value: f64) -> Value {
    non_finite_name(value).map_or_else(|| Value::from(value), Value::from)
}

/// The state of a registered model.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ModelStatus {
    /// The version of each alias.
    aliases: BTreeMap<String, u64>,
    /// The keys of the metrics that are shown.
    metrics: Vec<String>,
    /// The versions, newest first.
    versions: Vec<VersionStatus>,
    /// The number of older versions that are not shown.
    omitted: usize,
}

/// The state of one version. Unknown values are null or left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct VersionStatus {
    version: u64,
    /// MLflow's status; `None` if the version does not exist.
    status: Option<String>,
    aliases: Vec<String>,
    /// The time of its creation, in UTC.
    created: Option<Timestamp>,
    /// The age in seconds.
    age: Option<i64>,
    tags: BTreeMap<String, String>,
    /// The metrics: a number, or a text where JSON has no such number (`NaN`, `Infinity`).
    metrics: BTreeMap<String, serde_json::Value>,
}

/// Shows the versions of a model, newest first.
fn version_table(name: &ModelName, status: &ModelStatus) -> Table {
    let ModelStatus { metrics, versions, omitted, .. } = status;
    let head = ["version", "aliases", "status", "age"].into_iter().map(str::to_owned);
    let head = head.chain(metrics.iter().map(|key| Table::cell(key))).chain(["tags".to_owned()]).collect::<Vec<_>>();
    let rows = versions.iter().map(|version| version_row(version, metrics)).collect();
    let head = if versions.is_empty() { vec![] } else { head };
    let mut notes = vec![];
    if versions.is_empty() {
        notes.push("there is no version yet".to_owned());
    }
    if *omitted > 0 {
        notes.push(format!("… and {omitted} older"));
    }
    Table { title: format!("versions of {}", Table::cell(name.as_str())), head, rows, notes }
}

fn version_row(version: &VersionStatus, metrics: &[String]) -> Vec<String> {
    let tags = version.tags.iter().filter(|(key, _)| !key.starts_with(MLFLOW));
    let first = [
        version.version.to_string(),
        list(version.aliases.iter().cloned()),
        version.status.as_deref().map_or_else(|| "missing".to_owned(), Table::cell),
        format_or_dash(version.age.map(format_age)),
    ];
    let values = metrics.iter().map(|key| format_or_dash(version.metrics.get(key).map(number_cell)));
    first.into_iter().chain(values).chain([list(tags.map(|(key, value)| format!("{key}={value}")))]).collect()
}

fn list(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { "-".to_owned() } else { Table::cell(&texts.join(", ")) }
}

/// Formats a number, or MLflow's name for one.
fn number_cell(value: &Value) -> String {
    value.as_str().map_or_else(|| format_or_dash(value.as_f64().map(format_significant)), str::to_owned)
}

const fn ten() -> u32 {
    10
}
