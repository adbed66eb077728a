//! A program on this machine.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Template, Tools};

/// Runs a program with the result as JSON on its standard input.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandChannel {
    /// The program and its arguments, each a template. No shell sees them.
    #[schemars(length(min = 1))]
    pub command: Vec<Template>,
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

impl CommandChannel {
    pub(super) async fn send(&self, _notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        Err(SendError::lasting("not there yet"))
    }
}
