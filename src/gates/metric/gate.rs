//! The gate as a config writes it, and what of it makes sense.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::Source;
use crate::outcome::GateMode;
use crate::registry::{Alias, ModelVersion};

/// Demands of a metric that it meets a threshold, improves on another version, or both.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw")]
pub struct MetricGate {
    pub(super) metric: String,
    pub(super) greater_is_better: bool,
    pub(super) threshold: Option<f64>,
    pub(super) min_absolute_change: Option<f64>,
    pub(super) min_relative_change: Option<f64>,
    pub(super) allow_missing_baseline: bool,
    pub(in crate::gates) mode: GateMode,
    baseline: Option<Alias>,
    evidence: Option<Evidence>,
    pub(super) dataset: Option<String>,
}

/// What of a version holds its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Evidence {
    /// Its run.
    Run,
    /// Its logged model.
    Model,
}

/// The gate as a config writes it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The key of the metric.
    #[schemars(length(min = 1))]
    metric: String,
    /// Whether a greater value is a better one.
    greater_is_better: bool,
    /// The worst value that passes.
    #[serde(default)]
    threshold: Option<f64>,
    /// How much better than the baseline the value must be; 0 asks that it is not worse.
    #[serde(default)]
    #[schemars(range(min = 0))]
    min_absolute_change: Option<f64>,
    /// The same as a share of the baseline's size, from 0 to 1: `0.05` asks for 5 %. Of a baseline of 0, any
    /// improvement (1e-10) is enough.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    min_relative_change: Option<f64>,
    /// The version to compare with: `@` and an alias; by default where the alias is that the job moves.
    #[serde(default)]
    baseline: Option<AtAlias>,
    /// Whether a version may pass that there is nothing to compare with, as in a first promotion.
    #[serde(default)]
    allow_missing_baseline: bool,
    /// Where the metric is looked for, `run` or `model`; by default in the version's logged model where it has one,
    /// else in its run.
    #[serde(default)]
    evidence: Option<Evidence>,
    /// The name of the data set that a logged model was measured on; by default the latest value on any.
    #[serde(default)]
    #[schemars(length(min = 1))]
    dataset: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    mode: GateMode,
}

impl TryFrom<Raw> for MetricGate {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let changes = [raw.min_absolute_change, raw.min_relative_change];
        let has_change = changes.iter().any(Option::is_some);
        if raw.threshold.is_none() && !has_change {
            let criteria = "`threshold`, `min_absolute_change` and `min_relative_change`";
            return Err(format!("a MetricGate needs at least one of {criteria}"));
        }
        if [raw.threshold].iter().chain(&changes).flatten().any(|number| !number.is_finite()) {
            return Err("the numbers of a MetricGate are finite".into());
        }
        if changes.iter().flatten().any(|change| *change < 0.0) {
            return Err("a change cannot be negative: it says how much better the value must be".into());
        }
        if raw.baseline.is_some() && !has_change {
            return Err("a `baseline` is compared with by `min_absolute_change` or `min_relative_change`: \
                        add one of them, or remove it"
                .into());
        }
        if raw.dataset.is_some() && raw.evidence == Some(Evidence::Run) {
            return Err("only a logged model's metrics know a `dataset`: remove it, or `evidence: run`".into());
        }
        Ok(Self {
            metric: raw.metric,
            greater_is_better: raw.greater_is_better,
            threshold: raw.threshold,
            min_absolute_change: raw.min_absolute_change,
            min_relative_change: raw.min_relative_change,
            allow_missing_baseline: raw.allow_missing_baseline,
            mode: raw.mode,
            baseline: raw.baseline.map(|AtAlias(alias)| alias),
            evidence: raw.evidence.or(raw.dataset.is_some().then_some(Evidence::Model)),
            dataset: raw.dataset,
        })
    }
}

impl MetricGate {
    pub(in crate::gates) const KIND: &'static str = "MetricGate";

    /// Returns whether it compares with another version.
    pub(crate) const fn compares(&self) -> bool {
        self.min_absolute_change.is_some() || self.min_relative_change.is_some()
    }

    /// Returns the alias of the version to compare with, where it is another than the one that moves.
    pub(crate) const fn baseline(&self) -> Option<&Alias> {
        self.baseline.as_ref()
    }

    /// Returns where the metrics of a version are, or why it has none that count.
    ///
    /// # Errors
    /// When the version names no such thing.
    pub(crate) fn source(&self, version: &ModelVersion) -> Result<Source, String> {
        let (found, lacks) = match self.evidence {
            Some(Evidence::Run) => (Source::run_of(version), "no run"),
            Some(Evidence::Model) => (Source::model_of(version), "no logged model"),
            None => (Source::of(version), "neither a run nor a logged model"),
        };
        found.ok_or_else(|| format!("version {} names {lacks}", version.version))
    }
}

/// An alias as a config refers to it: `@Champion`.
struct AtAlias(Alias);

impl<'de> Deserialize<'de> for AtAlias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let alias = text.strip_prefix('@').and_then(|alias| alias.parse().ok());
        alias.map(Self).ok_or_else(|| de::Error::custom(format!("{text:?} is not a baseline: `@` and an alias")))
    }
}

impl JsonSchema for AtAlias {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AtAlias".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^@.+$" })
    }
}
