//! Any receiver of HTTP requests.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChannelConfig, Ending, Notice, SendError, Template, Tools};
use crate::secret::Secret;

/// Posts the result as JSON, or a body of your own, to any address.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// The address. Kept secret, for it may be one.
    pub url: Secret,
    /// Headers to send, each kept secret.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// A template of the body, such as `{"text": {{ title | tojson }}}`; by default the result as JSON.
    #[serde(default)]
    pub body: Option<Template>,
    /// What the body is signed with, in the scheme of MLflow's own webhooks; unsigned without it.
    #[serde(default)]
    pub secret: Option<Secret>,
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

impl WebhookChannel {
    pub(super) async fn send(&self, _notice: &Notice, _tools: &Tools) -> Result<(), SendError> {
        Err(SendError::lasting("not there yet"))
    }
}
