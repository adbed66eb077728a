//! A notice on the desktop.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Tools};

/// Shows a notice on the desktop of whoever runs it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DesktopChannel {
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

impl DesktopChannel {
    /// Returns whether a notification daemon answers here.
    pub(super) async fn answers() -> bool {
        false
    }

    pub(super) async fn send(&self, _notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        Err(SendError::lasting("not there yet"))
    }
}
