//! The console: a line on standard error.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Tools};

/// Writes a line to standard error, in the form of the Python template.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsoleChannel {
    /// The endings it is told of; by default those of `services.alerts.on`.
    #[serde(default)]
    pub on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub fallback: Option<Box<ChannelConfig>>,
}

impl ConsoleChannel {
    pub(super) async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        let Notice { app_name, title, message, .. } = notice;
        tools.console().write(&format!("[{app_name}] {title}: {message}\n"));
        match tools.console().failure() {
            None => Ok(()),
            Some(error) => Err(SendError::lasting(format!("standard error cannot be written: {error}"))),
        }
    }
}
