//! The services that jobs use while they run: one file for the config and the handle of each.
//!
//! [`Pool`] starts them in order (logger, alerts, processes, mlflow) and shares services with equal configs. It registers
//! each in the teardown stack, which stops everything exactly once, in reverse order.

mod alerts;
mod log_format;
mod logger;
mod mlflow;
mod mlflow_client;
mod pool;
mod process_context;
mod processes;
mod teardown;

use schemars::JsonSchema;
use serde::Deserialize;

pub use alerts::{Alerts, AlertsConfig};
#[cfg(test)]
pub use logger::{Level, LogFormat};
pub use logger::{Logger, LoggerConfig};
pub use mlflow::MlflowConfig;
pub use mlflow_client::MlflowClient;
pub use pool::{Pool, Services, StartError};
pub use process_context::ProcessContext;
pub use processes::ProcessConfig;
pub(crate) use processes::find_duplicate;

/// The services that jobs use. They start in the order of the fields and stop in the reverse order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServicesConfig {
    /// The log of a run.
    pub logger: LoggerConfig,
    /// The notifications about the ends of jobs.
    pub alerts: AlertsConfig,
    /// The programs that run beside the jobs, in the order in which they start: after `alerts` and before `mlflow`.
    pub processes: Vec<ProcessConfig>,
    /// The registry that the jobs work on.
    pub mlflow: MlflowConfig,
    /// The `mlflow` service of the whole config, where `mlflow` is that of a single job.
    #[serde(skip)]
    pub(crate) shared_mlflow: Option<Box<MlflowConfig>>,
}

impl ServicesConfig {
    /// Returns the `mlflow` service whose variables the processes get. It is the same for all jobs of a config.
    fn mlflow_of_processes(&self) -> &MlflowConfig {
        self.shared_mlflow.as_deref().unwrap_or(&self.mlflow)
    }
}
