//! Apprise API: one server in front of a hundred services.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Tools};
use crate::secret::Secret;

/// Posts to a server of the Apprise API.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppriseChannel {
    /// The address, such as `http://apprise:8000/notify/key`. Kept secret, for its key is one.
    pub url: Secret,
    /// Which of the services behind the key are told; by default all.
    #[serde(default)]
    pub tags: Vec<String>,
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

impl AppriseChannel {
    pub(super) async fn send(&self, _notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        Err(SendError::lasting("not there yet"))
    }
}
