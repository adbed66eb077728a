//! Promotion: an alias of a registered model moves to a version, and with it what production serves.

use schemars::JsonSchema;
use serde::Deserialize;

use super::VersionSelector;
use crate::registry::{Alias, Expect, ModelName};

/// Moves an alias of a registered model to a version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionJob {
    /// The registered model; by default `services.mlflow.registry_name`.
    pub name: ModelName,
    /// The alias to move.
    #[serde(default = "champion")]
    pub alias: Alias,
    /// The version to move it to: a number, `latest` (the highest number), or `@` and an alias that points to it.
    #[serde(default)]
    pub version: VersionSelector,
    /// Why; kept in the history and shown in notices.
    #[serde(default)]
    pub message: Option<String>,
    /// The version the alias must point to now, or `none` if it must not exist; otherwise the job is blocked.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether the move is kept in the alias's history, a tag of the registered model.
    #[serde(default = "yes")]
    pub record: bool,
}

#[expect(clippy::expect_used, reason = "the name is fixed, and a test reads it")]
fn champion() -> Alias {
    "Champion".parse().expect("a valid alias")
}

const fn yes() -> bool {
    true
}
