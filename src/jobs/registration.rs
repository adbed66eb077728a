//! Registration: a model's files become a new version of a registered model.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::registry::{Alias, ModelName};

/// Creates a version of a registered model, and the model itself if it is missing.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// Where the model's files are, such as `runs:/<run id>/model` or `s3://bucket/path`.
    #[schemars(length(min = 1))]
    pub source: String,
    /// The run that made them.
    #[serde(default)]
    pub run_id: Option<String>,
    /// Tags of the new version.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What the new version is, in free text.
    #[serde(default)]
    pub description: Option<String>,
    /// An alias to point to the new version once it is ready.
    #[serde(default)]
    pub alias: Option<Alias>,
    /// Why; kept in the history of the alias and shown in notices.
    #[serde(default)]
    pub message: Option<String>,
}
