//! The alerts service: tells people how a job ended.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Deserialize;

use super::host::Host;
use crate::notify::{About, ChannelConfig, Courier, Ending, Notice, Tools, Words};
use crate::outcome::{JobResult, Notification};

static TITLE: LazyLock<Words> = LazyLock::new(|| Words::fixed("{{ job }} {{ ending }}"));
static MESSAGE: LazyLock<Words> = LazyLock::new(|| Words::fixed("{{ summary }}"));

/// Who is told how a job ended, and in which words.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsConfig {
    /// Whether notices are sent at all.
    pub enable: bool,
    /// The name notices are sent under.
    pub app_name: String,
    /// How long a delivery may take in all, in seconds.
    #[schemars(range(min = 1))]
    pub timeout: u64,
    /// The endings that people are told of; by default every one. A channel's own `on` counts instead.
    pub on: Option<Vec<Ending>>,
    /// The template of a notice's title.
    pub title: Words,
    /// The template of a notice's message.
    pub message: Words,
    /// Whether a batch sends one summary instead of a notice per job.
    pub digest: bool,
    /// A PEM file with the certificate authorities that channels trust instead of the public ones.
    pub ca_bundle: Option<PathBuf>,
    /// The channels; by default the desktop where a notification daemon answers, else the console.
    pub channels: Option<Vec<ChannelConfig>>,
}

impl Default for AlertsConfig {
    fn default() -> Self {
        Self {
            enable: true,
            app_name: "Runner".to_owned(),
            timeout: 10,
            on: None,
            title: TITLE.clone(),
            message: MESSAGE.clone(),
            digest: false,
            ca_bundle: None,
            channels: None,
        }
    }
}

/// A started alerts service. Cheap to clone.
#[derive(Clone)]
pub struct Alerts {
    config: Arc<AlertsConfig>,
    courier: Courier,
}

impl Alerts {
    pub(super) fn start(config: &AlertsConfig, host: &Host) -> Self {
        let tools = Arc::new(Tools::new(host.sinks.err.clone(), config.ca_bundle.clone()));
        let timeout = Duration::from_secs(config.timeout);
        let courier = Courier::new(tools, timeout, host.shutdown.clone());
        Self { config: Arc::new(config.clone()), courier }
    }

    /// Tells every channel how a job ended, side by side. A channel that fails is a warning: it can neither undo nor
    /// hide what was done.
    pub async fn notify(&self, job: &JobResult, about: About<'_>) -> Vec<Notification> {
        let Some(ending) = Ending::of(job.status).filter(|_| self.config.enable) else { return vec![] };
        let standard;
        let channels = match &self.config.channels {
            Some(channels) => channels,
            None => {
                standard = vec![ChannelConfig::standard().await];
                &standard
            }
        };
        let told: Vec<&ChannelConfig> = channels.iter().filter(|channel| self.tells(channel, ending)).collect();
        if told.is_empty() {
            return vec![];
        }
        let AlertsConfig { app_name, title, message, .. } = &*self.config;
        let notice = Notice::of(app_name, title, message, job, about);
        join_all(told.into_iter().map(|channel| self.courier.deliver(channel, &notice))).await.concat()
    }

    fn tells(&self, channel: &ChannelConfig, ending: Ending) -> bool {
        channel.on().or(self.config.on.as_deref()).is_none_or(|endings| endings.contains(&ending))
    }
}
