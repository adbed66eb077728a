//! The alerts service: tells people how a job ended.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

use super::host::Host;
use crate::notify::{Channel, Notice};
use crate::outcome::{Delivery, JobResult, Notification};

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

/// A started alerts service. Cheap to clone.
#[derive(Clone)]
pub struct Alerts {
    app_name: String,
    timeout: Duration,
    channels: Vec<Channel>,
}

impl Alerts {
    pub(super) fn start(config: &AlertsConfig, host: &Host) -> Self {
        let channels = if config.enable { vec![Channel::console(host.sinks.err.clone())] } else { vec![] };
        Self { app_name: config.app_name.clone(), timeout: Duration::from_secs(config.timeout), channels }
    }

    /// Tells every channel how a job ended. A channel that fails is a warning: it can neither undo nor hide what was done.
    pub async fn notify(&self, job: &JobResult) -> Vec<Notification> {
        let notice = Notice::of(&self.app_name, job);
        let mut told = Vec::with_capacity(self.channels.len());
        for channel in &self.channels {
            told.push(self.deliver(channel, &notice).await);
        }
        told
    }

    async fn deliver(&self, channel: &Channel, notice: &Notice) -> Notification {
        let sent = tokio::time::timeout(self.timeout, channel.send(notice)).await;
        let error = match sent {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no delivery within {} s", self.timeout.as_secs())),
        };
        if let Some(error) = &error {
            warn!(channel = channel.kind(), "the notice was not delivered: {error}");
        }
        let status = if error.is_none() { Delivery::Sent } else { Delivery::Failed };
        Notification { channel: channel.kind(), status, attempts: 1, error }
    }
}
