//! Slack: a message with blocks.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Tools};
use crate::secret::Secret;

/// Posts to an incoming webhook of Slack.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlackChannel {
    /// The address of the webhook. Whoever knows it can post: keep it in a variable.
    pub webhook_url: Secret,
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

impl SlackChannel {
    pub(super) async fn send(&self, _notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        Err(SendError::lasting("not there yet"))
    }
}
