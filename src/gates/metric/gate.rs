//! The config of the gate.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::evidence::MetricSource;
use crate::outcome::GateMode;
use crate::registry::{Alias, ModelVersion};

/// Requires a metric to meet a threshold, to improve on another version, or both.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RawMetricGate")]
#[schemars(with = "RawMetricGate")]
pub struct MetricGate(pub(super) Box<RawMetricGate>);

/// Where the metric is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Evidence {
    /// The run of the version.
    Run,
    /// The logged model of the version.
    Model,
}

/// The config of the gate before it is validated.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetricGate {
    /// The key of the metric.
    #[schemars(length(min = 1))]
    pub(super) metric: String,
    /// Whether a greater value is a better one.
    pub(super) greater_is_better: bool,
    /// The worst value that passes.
    #[serde(default)]
    pub(super) threshold: Option<f64>,
    /// How much better than the baseline the value must be. With 0 it must not be worse.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub(super) min_absolute_change: Option<f64>,
    /// The same as a share of the absolute value of the baseline, from 0 to 1: `0.05` asks for 5 %. If the baseline is 0,
    /// any improvement (1e-10) is enough.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1))]
    pub(super) min_relative_change: Option<f64>,
    /// The version to compare with, as `@` and an alias; by default the current version of the alias that the job moves.
    #[serde(default)]
    baseline: Option<AliasReference>,
    /// Whether the gate passes where there is no version to compare with, as in a first promotion.
    #[serde(default)]
    pub(super) allow_missing_baseline: bool,
    /// Where the metric is read: `run` or `model`; by default from the logged model of the version if it has one, else
    /// from its run.
    #[serde(default)]
    evidence: Option<Evidence>,
    /// The dataset on which a logged model was measured; by default the latest value on any dataset.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) dataset: Option<String>,
    /// The name of the gate in reports; by default the key of the metric.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) name: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    pub(super) mode: GateMode,
}

impl TryFrom<RawMetricGate> for MetricGate {
    type Error = String;

    fn try_from(raw: RawMetricGate) -> Result<Self, String> {
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
        // Only logged models know data sets.
        let evidence = raw.evidence.or(raw.dataset.is_some().then_some(Evidence::Model));
        Ok(Self(Box::new(RawMetricGate { evidence, ..raw })))
    }
}

impl MetricGate {
    /// Returns whether it compares with another version.
    pub(super) fn compares(&self) -> bool {
        self.0.min_absolute_change.is_some() || self.0.min_relative_change.is_some()
    }

    /// Returns the alias of the version to compare with, if it is not the one that moves.
    pub(super) fn baseline(&self) -> Option<&Alias> {
        self.0.baseline.as_ref().map(|AliasReference(alias)| alias)
    }

    /// Returns where the metric of a version is read.
    ///
    /// # Errors
    /// When the version names no such source.
    pub(super) fn source(&self, version: &ModelVersion) -> Result<MetricSource, String> {
        let (source, missing) = match self.0.evidence {
            Some(Evidence::Run) => (MetricSource::run_of(version), "no run"),
            Some(Evidence::Model) => (MetricSource::model_of(version), "no logged model"),
            None => (MetricSource::from_version(version), "neither a run nor a logged model"),
        };
        source.ok_or_else(|| format!("version {} names {missing}", version.version))
    }
}

/// A reference to an alias, such as `@Champion`.
#[derive(Debug, Clone, PartialEq)]
struct AliasReference(Alias);

impl<'de> Deserialize<'de> for AliasReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let alias = text.strip_prefix('@').and_then(|alias| alias.parse().ok());
        alias.map(Self).ok_or_else(|| de::Error::custom(format!("{text:?} is not a baseline: `@` and an alias")))
    }
}

impl JsonSchema for AliasReference {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AliasReference".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^@.+$" })
    }
}
