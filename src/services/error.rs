//! Why a service did not start.

use std::io;

use crate::outcome::{Code, Failure};
use crate::registry;

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The log file cannot be opened.
    #[error("the service logger did not start: the log file {path} cannot be opened: {source}")]
    LogFile {
        /// Its path, as in the config.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// The registry's address or its options cannot be used.
    #[error("the service mlflow did not start: {0}")]
    Mlflow(#[from] registry::Error),
}

impl From<&StartError> for Failure {
    fn from(error: &StartError) -> Self {
        let hint = match error {
            StartError::LogFile { .. } => {
                Some("make its folder, or set `services.logger.sink` to `stderr` or another path".to_owned())
            }
            StartError::Mlflow(error) => Self::from(error).hint,
        };
        Self { code: Code::ServiceFailed, message: error.to_string(), hint }
    }
}
