//! The services of a job: a config, and a running handle, each.

mod alerts;
mod error;
mod host;
mod logger;
mod mlflow;
mod start;
mod teardown;

use schemars::JsonSchema;
use serde::Deserialize;

pub use alerts::{Alerts, AlertsConfig};
pub use error::StartError;
pub use host::Host;
#[cfg(test)]
pub use logger::{Level, LogFormat};
pub use logger::{Logger, LoggerConfig};
pub use mlflow::MlflowConfig;
pub use start::{Pool, Services};

/// The services that jobs use. They start in the order of the fields and stop in the reverse order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServicesConfig {
    /// What a run says while it works.
    pub logger: LoggerConfig,
    /// Who is told how a job ended.
    pub alerts: AlertsConfig,
    /// Which registry the jobs work on.
    pub mlflow: MlflowConfig,
}
