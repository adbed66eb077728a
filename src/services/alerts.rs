//! The alerts service: tells people how a job ended.

use schemars::JsonSchema;
use serde::Deserialize;

/// Whether people are told how a job ended, and under which name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsConfig {
    /// Whether notices are sent at all.
    pub enable: bool,
    /// The name notices are sent under.
    pub app_name: String,
    /// How long a delivery may take, in seconds.
    #[schemars(range(min = 1))]
    pub timeout: u64,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self { enable: true, app_name: "Runner".to_owned(), timeout: 10 }
    }
}
