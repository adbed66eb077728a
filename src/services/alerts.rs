//! The alerts service: tells people how a job ended.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Deserialize;

use super::host::Host;
use crate::notify::{About, ChannelConfig, Courier, Ending, Notice, Texts, Tools, Words};
use crate::outcome::{Code, Delivery, Failure, JobResult, JobStatus, Notification};
use crate::secret::FREE;

static TITLE: LazyLock<Words> = LazyLock::new(|| Words::fixed("{{ job }} {{ ending }}"));
static MESSAGE: LazyLock<Words> = LazyLock::new(|| Words::fixed("{{ summary }}"));

/// Who is told how a job ended, and in which words.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsConfig {
    /// Whether notices are sent at all.
    pub enable: bool,
    /// The name notices are sent under.
    #[schemars(extend("x-text" = FREE))]
    pub app_name: String,
    /// How long a delivery may take in all, in seconds. A channel leaves each of its fallbacks an equal share.
    #[schemars(range(min = 1, max = 3600))]
    pub timeout: u64,
    /// The endings that people are told of; by default every one. A channel's own `events` counts instead.
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
        // Boxed: most jobs of a batch tell nobody, and would hold its state as well.
        let told = Box::pin(self.deliver(&[ending], || Notice::of(&self.texts(), job, about))).await;
        told.note(job);
    }

    /// Tells every channel how a whole batch ended, where one summary is wanted. Each job comes with the address of its
    /// registry.
    pub async fn summarize(&self, jobs: &mut [(&mut JobResult, String)], actor: &str) {
        if !self.config.enable || !self.config.digest {
            return;
        }
        let endings: Vec<Ending> = jobs.iter().filter_map(|(job, _)| Ending::of(job.status)).collect();
        let notice = || {
            let jobs: Vec<_> = jobs.iter().map(|(job, registry)| (&**job, About { actor, registry })).collect();
            Notice::of_batch(&self.texts(), &jobs)
        };
        let told = self.deliver(&endings, notice).await;
        jobs.iter_mut().for_each(|(job, _)| told.note(job));
    }

    /// Sends one test notice to every channel, fallbacks included, whatever the endings they are told of.
    pub async fn test(&self) -> Vec<Notification> {
        if !self.config.enable {
            return vec![];
        }
        let channels = self.channels().await;
        let all = channels.iter().flat_map(ChannelConfig::with_fallbacks);
        let notice = Notice::test(&self.config.app_name);
        join_all(all.map(|channel| self.courier.deliver_to(channel, &notice))).await
    }

    fn texts(&self) -> Texts<'_> {
        let AlertsConfig { app_name, title, message, .. } = &*self.config;
        Texts { app_name, title, message }
    }

    async fn channels(&self) -> Cow<'_, [ChannelConfig]> {
        match &self.config.channels {
            Some(channels) => Cow::Borrowed(channels),
            None => Cow::Owned(vec![ChannelConfig::standard().await]),
        }
    }

    fn tells(&self, channel: &ChannelConfig, ending: &Ending) -> bool {
        channel.on().or(self.config.on.as_deref()).is_none_or(|endings| endings.contains(ending))
    }

    /// Brings a notice to the channels that are told of any of these endings, side by side. A defect in the telling must
    /// not lose what is told of.
    async fn deliver(&self, endings: &[Ending], notice: impl FnOnce() -> Notice) -> Told {
        let channels = self.channels().await;
        let is_told = |channel: &&ChannelConfig| endings.iter().any(|ending| self.tells(channel, ending));
        let channels: Vec<&ChannelConfig> = channels.iter().filter(is_told).collect();
        if channels.is_empty() {
            return Told::default();
        }
        let telling = async {
            let notice = notice();
            join_all(channels.iter().map(|channel| self.courier.deliver(channel, &notice))).await
        };
        let deliveries = AssertUnwindSafe(telling).catch_unwind().await;
        let deliveries = deliveries.unwrap_or_else(|_| channels.iter().map(|channel| vec![lost(channel)]).collect());
        Told::of(&channels, deliveries)
    }
}

/// Says that a channel was not told, because of a defect that ended the telling.
fn lost(channel: &ChannelConfig) -> Notification {
    let error = Some("the telling ended in a defect of this program".to_owned());
    Notification { channel: channel.kind(), status: Delivery::Failed, attempts: 1, error }
}

/// Who was told, and who had to be and was not.
#[derive(Default)]
struct Told {
    notifications: Vec<Notification>,
    missed: Option<Notification>,
}

impl Told {
    fn of(channels: &[&ChannelConfig], deliveries: Vec<Vec<Notification>>) -> Self {
        let is_missed = |(channel, told): &(&&ChannelConfig, &Vec<Notification>)| {
            channel.is_required() && told.iter().all(|one| one.status == Delivery::Failed)
        };
        let missed = channels.iter().zip(&deliveries).find(is_missed).and_then(|(_, told)| told.first().cloned());
        Self { notifications: deliveries.concat(), missed }
    }

    /// Writes down who was told of a job, and fails one that is done but for that.
    fn note(&self, job: &mut JobResult) {
        job.notifications.extend(self.notifications.iter().cloned());
        let Some(missed) = &self.missed else { return };
        // A job that has a failure of its own keeps it.
        let Some(done) = job.outcome.describe_success(job.status).filter(|_| job.error.is_none()) else { return };
        let (channel, why) = (missed.channel, missed.error.as_deref().unwrap_or_default());
        job.error = Some(Failure {
            code: Code::NoticeFailed,
            message: format!("{done}, but the required {channel} was not told: {why}"),
            hint: Some("what was done need not be done again; tell people yourself, and mend the channel".to_owned()),
        });
        job.status = JobStatus::Failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::ConsoleChannel;
    use crate::outcome::{Outcome, Rerun};
    use crate::sink::memory::Memory;

    #[tokio::test]
    async fn a_defect_in_the_telling_loses_nothing() {
        let alerts = Alerts::start(&AlertsConfig::default(), &Host::in_memory(&Memory::default()));
        let told = alerts.deliver(&[Ending::of(JobStatus::Unchanged).unwrap()], || unreachable!("a defect")).await;
        assert_eq!(told.notifications.iter().map(|told| told.status).collect::<Vec<_>>(), [Delivery::Failed]);
    }

    #[test]
    fn a_required_channel_that_was_not_told_hides_no_failure_of_the_job() {
        let missed = lost(&ChannelConfig::ConsoleChannel(ConsoleChannel::default()));
        let told = Told { notifications: vec![], missed: Some(missed) };
        let own = Failure { code: Code::AliasLeft, message: "not restored".to_owned(), hint: None };
        for (error, expected) in [(None, Code::NoticeFailed), (Some(own), Code::AliasLeft)] {
            let outcome = Outcome { alias: Some("Champion".to_owned()), version: Some(3), ..Outcome::default() };
            let (config, status) = (String::new(), JobStatus::Done("promoted"));
            let mut job = JobResult {
                config,
                index: 0,
                kind: "PromotionJob",
                status,
                seconds: 0.0,
                outcome,
                rerun: Rerun::default(),
                error,
                notifications: vec![],
            };
            told.note(&mut job);
            assert_eq!(job.error.map(|error| error.code), Some(expected));
        }
    }
}
