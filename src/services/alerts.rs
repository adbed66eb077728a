//! The alerts service: tells people how a job ended.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Deserialize;

use super::host::Host;
use crate::notify::{About, ChannelConfig, Courier, Ending, Notice, Tools, Words};
use crate::outcome::{Code, Delivery, Failure, JobResult, JobStatus, Notification, Outcome};

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
    /// Starts the service. Nothing is opened or sent before there is something to tell.
    pub(crate) fn start(config: &AlertsConfig, host: &Host) -> Self {
        let tools = Arc::new(Tools::new(host.sinks.err.clone(), config.ca_bundle.clone()));
        let timeout = Duration::from_secs(config.timeout);
        let courier = Courier::new(tools, timeout, host.shutdown.clone());
        Self { config: Arc::new(config.clone()), courier }
    }

    /// Tells every channel how a job ended, unless one summary is sent for the whole batch. A channel that fails is a
    /// warning: it can neither undo nor hide what was done. Only where it is required, the job fails.
    pub async fn tell(&self, job: &mut JobResult, about: About<'_>) {
        let Some(ending) = Ending::of(job.status).filter(|_| self.config.enable && !self.config.digest) else { return };
        let channels = self.channels().await;
        let told: Vec<&ChannelConfig> = channels.iter().filter(|channel| self.tells(channel, ending)).collect();
        if told.is_empty() {
            return;
        }
        let AlertsConfig { app_name, title, message, .. } = &*self.config;
        let notice = Notice::of(app_name, title, message, job, about);
        let told = self.deliver(&told, &notice).await;
        told.note(job);
    }

    /// Tells every channel how a whole batch ended, where one summary is wanted.
    pub async fn summarize(&self, jobs: &mut [&mut JobResult], about: About<'_>) {
        let endings: Vec<Ending> = jobs.iter().filter_map(|job| Ending::of(job.status)).collect();
        if !self.config.enable || !self.config.digest {
            return;
        }
        let channels = self.channels().await;
        let any = |channel: &&ChannelConfig| endings.iter().any(|ending| self.tells(channel, *ending));
        let told: Vec<&ChannelConfig> = channels.iter().filter(any).collect();
        if told.is_empty() {
            return;
        }
        let results: Vec<&JobResult> = jobs.iter().map(|job| &**job).collect();
        let notice = Notice::of_batch(&self.config.app_name, &results, about);
        let told = self.deliver(&told, &notice).await;
        jobs.iter_mut().for_each(|job| told.note(job));
    }

    /// Sends one test notice to every channel, fallbacks included, whatever the endings they are told of.
    pub async fn test(&self) -> Vec<Notification> {
        if !self.config.enable {
            return vec![];
        }
        let channels = self.channels().await;
        let all =
            channels.iter().flat_map(|channel| std::iter::successors(Some(channel), |channel| channel.fallback()));
        let notice = Notice::test(&self.config.app_name);
        join_all(all.map(|channel| self.courier.deliver_to(channel, &notice))).await
    }

    async fn channels(&self) -> Cow<'_, [ChannelConfig]> {
        match &self.config.channels {
            Some(channels) => Cow::Borrowed(channels),
            None => Cow::Owned(vec![ChannelConfig::standard().await]),
        }
    }

    fn tells(&self, channel: &ChannelConfig, ending: Ending) -> bool {
        channel.on().or(self.config.on.as_deref()).is_none_or(|endings| endings.contains(&ending))
    }

    /// Brings a notice to channels side by side.
    async fn deliver(&self, channels: &[&ChannelConfig], notice: &Notice) -> Told {
        let deliveries = join_all(channels.iter().map(|channel| self.courier.deliver(channel, notice))).await;
        let is_missed = |(channel, told): &(&&ChannelConfig, &Vec<Notification>)| {
            channel.is_required() && told.iter().all(|one| one.status == Delivery::Failed)
        };
        let missed = channels.iter().zip(&deliveries).find(is_missed).and_then(|(_, told)| told.first().cloned());
        Told { notifications: deliveries.concat(), missed }
    }
}

/// Who was told, and who had to be and was not.
struct Told {
    notifications: Vec<Notification>,
    missed: Option<Notification>,
}

impl Told {
    /// Writes down who was told of a job, and fails one that is done but for that.
    fn note(&self, job: &mut JobResult) {
        job.notifications.extend(self.notifications.iter().cloned());
        let Some(missed) = &self.missed else { return };
        let Some(done) = done(job) else { return };
        let (channel, why) = (missed.channel, missed.error.as_deref().unwrap_or_default());
        job.error = Some(Failure {
            code: Code::NoticeFailed,
            message: format!("{done}, but the required {channel} was not told: {why}"),
            hint: Some("what was done need not be done again; tell people yourself, and mend the channel".to_owned()),
        });
        job.status = JobStatus::Failed;
    }
}

/// Says what a job did; none where it did not do what it was asked.
fn done(job: &JobResult) -> Option<String> {
    let Outcome { name, alias, version, .. } = &job.outcome;
    let version = (*version)?;
    let alias = alias.as_ref().map(|alias| format!("{name}@{alias}"));
    match (job.status, alias) {
        (JobStatus::Promoted | JobStatus::Registered | JobStatus::RolledBack, Some(alias)) => {
            Some(format!("{alias} was moved to version {version}"))
        }
        (JobStatus::Registered, None) => Some(format!("version {version} of {name} was created")),
        (JobStatus::Unchanged, Some(alias)) => Some(format!("{alias} is at version {version} as asked")),
        _ => None,
    }
}
