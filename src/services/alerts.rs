//! The alerts service: sends messages about how jobs ended.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

use super::process_context::ProcessContext;
use crate::notify::{ChannelConfig, ChannelContext, Event, Message, MessageTemplates, Notifier, RunInfo, TextTemplate};
use crate::outcome::{Code, Delivery, Failure, JobResult, JobStatus, Notification};
use crate::secret::FREE;

static TITLE: LazyLock<TextTemplate> = LazyLock::new(|| TextTemplate::fixed("{{ job }} {{ ending }}"));
static MESSAGE: LazyLock<TextTemplate> = LazyLock::new(|| TextTemplate::fixed("{{ summary }}"));

/// The messages about how jobs ended: their recipients and their text.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AlertsConfig {
    /// Whether messages are sent at all.
    pub enable: bool,
    /// The name of the sender.
    #[schemars(extend("x-text" = FREE))]
    pub app_name: String,
    /// Time limit of one delivery in seconds, with all its tries and fallbacks. A channel leaves each of its fallbacks an
    /// equal share.
    #[schemars(range(min = 1, max = 3600))]
    pub timeout: u64,
    /// The events to send messages about; by default all of them. The `events` of a channel replace these.
    pub on: Option<Vec<Event>>,
    /// The template of the title.
    pub title: TextTemplate,
    /// The template of the message.
    pub message: TextTemplate,
    /// Whether a batch sends one summary instead of one message per job.
    pub digest: bool,
    /// A PEM file with the certificate authorities that channels trust instead of the public ones.
    pub ca_bundle: Option<PathBuf>,
    /// The channels; by default the desktop if a notification daemon answers, otherwise the console.
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
    notifier: Notifier,
}

impl Alerts {
    /// Starts the service. Nothing is opened or sent before the first message.
    pub(crate) fn start(config: &AlertsConfig, process: &ProcessContext) -> Self {
        let context = Arc::new(ChannelContext::new(process.streams.err.clone(), config.ca_bundle.clone()));
        let timeout = Duration::from_secs(config.timeout);
        let notifier = Notifier::new(context, timeout, process.shutdown.clone());
        Self { config: Arc::new(config.clone()), notifier }
    }

    /// Sends every channel a message about how a job ended, unless one summary is sent for the whole batch. A channel
    /// that fails is a warning: it can neither undo nor hide what the job did. Only if it is required, the job fails.
    pub async fn notify(&self, job: &mut JobResult, run: RunInfo<'_>) {
        let is_wanted = |_: &Event| self.config.enable && !self.config.digest;
        let Some(event) = Event::from_status(job.status).filter(is_wanted) else { return };
        // Boxed to keep its state out of every job's future, because most jobs of a batch send no message.
        let report = Box::pin(self.deliver(&[event], || Message::for_job(&self.templates(), job, run))).await;
        report.log(may_fail(job));
        report.add_to(job);
    }

    /// Sends every channel one message about a whole batch, if the config wants a summary. Each job comes with the
    /// address of its registry.
    pub async fn summarize(&self, jobs: &mut [(&mut JobResult, String)], actor: &str) {
        if !self.config.enable || !self.config.digest {
            return;
        }
        let events: Vec<Event> = jobs.iter().filter_map(|(job, _)| Event::from_status(job.status)).collect();
        let message = || {
            let jobs: Vec<_> = jobs.iter().map(|(job, registry)| (&**job, RunInfo { actor, registry })).collect();
            Message::for_batch(&self.templates(), &jobs)
        };
        let report = self.deliver(&events, message).await;
        report.log(jobs.iter().any(|(job, _)| may_fail(job)));
        jobs.iter_mut().for_each(|(job, _)| report.add_to(job));
    }

    /// Sends a test message to every channel and every fallback, whatever their events.
    pub async fn test(&self) -> Vec<Notification> {
        if !self.config.enable {
            return vec![];
        }
        let channels = self.channels().await;
        let all = channels.iter().flat_map(ChannelConfig::with_fallbacks);
        let message = Message::test(&self.config.app_name);
        join_all(all.map(|channel| self.notifier.deliver_to(channel, &message))).await
    }

    fn templates(&self) -> MessageTemplates<'_> {
        let AlertsConfig { app_name, title, message, .. } = &*self.config;
        MessageTemplates { app_name, title, message }
    }

    async fn channels(&self) -> Cow<'_, [ChannelConfig]> {
        match &self.config.channels {
            Some(channels) => Cow::Borrowed(channels),
            None => Cow::Owned(vec![ChannelConfig::detect().await]),
        }
    }

    fn sends(&self, channel: &ChannelConfig, event: &Event) -> bool {
        channel.events().or(self.config.on.as_deref()).is_none_or(|events| event.is_in(events))
    }

    /// Delivers a message concurrently to all channels that receive any of these events. A panic during delivery must
    /// not lose the result of the job.
    async fn deliver(&self, events: &[Event], message: impl FnOnce() -> Message) -> DeliveryReport {
        let channels = self.channels().await;
        let is_recipient = |channel: &&ChannelConfig| events.iter().any(|event| self.sends(channel, event));
        let channels: Vec<&ChannelConfig> = channels.iter().filter(is_recipient).collect();
        if channels.is_empty() {
            return DeliveryReport::default();
        }
        let delivery = async {
            let message = message();
            join_all(channels.iter().map(|channel| self.notifier.deliver(channel, &message))).await
        };
        let deliveries = AssertUnwindSafe(delivery).catch_unwind().await;
        let deliveries =
            deliveries.unwrap_or_else(|_| channels.iter().map(|channel| vec![panicked(channel)]).collect());
        DeliveryReport::new(&channels, deliveries)
    }
}

/// Returns whether a job fails where a required channel did not receive its notification.
fn may_fail(job: &JobResult) -> bool {
    job.error.is_none() && job.outcome.describe_success(job.status).is_some()
}

/// Returns the notification of a channel whose delivery panicked.
fn panicked(channel: &ChannelConfig) -> Notification {
    let error = Some("the delivery ended in a defect of this program".to_owned());
    Notification { channel: channel.kind(), status: Delivery::Failed, attempts: 1, error }
}

/// The results of delivering one message to its channels.
#[derive(Default)]
struct DeliveryReport {
    /// For each channel its delivery and those of its fallbacks.
    deliveries: Vec<Vec<Notification>>,
    /// The first failed delivery to a required channel and all of its fallbacks.
    missed: Option<Notification>,
}

impl DeliveryReport {
    fn new(channels: &[&ChannelConfig], deliveries: Vec<Vec<Notification>>) -> Self {
        let is_missed = |(channel, tried): &(&&ChannelConfig, &Vec<Notification>)| {
            channel.is_required() && tried.iter().all(|one| one.status == Delivery::Failed)
        };
        let missed = channels.iter().zip(&deliveries).find(is_missed).and_then(|(_, tried)| tried.first().cloned());
        Self { deliveries, missed }
    }

    /// Logs the failed deliveries. The reason of the one that becomes the error of a job is left to the report.
    fn log(&self, becomes_error: bool) {
        for tried in &self.deliveries {
            let instead = tried.iter().find(|one| one.status == Delivery::Sent);
            for failed in tried.iter().filter(|one| one.status == Delivery::Failed) {
                let Notification { channel, attempts, error, .. } = failed;
                let reason = error.as_deref().unwrap_or_default();
                let end = match instead {
                    _ if becomes_error && self.missed.as_ref() == Some(failed) => String::new(),
                    Some(instead) => format!(
                        ", and {} delivered it instead: {reason}; correct the channel in `services.alerts`",
                        instead.channel
                    ),
                    None => format!(": {reason}; correct the channel in `services.alerts`"),
                };
                warn!(channel, attempts, reason, "{channel}: the notice was not delivered{end}");
            }
        }
    }

    /// Adds the notifications to a job's result, and fails the job if a required channel was missed.
    fn add_to(&self, job: &mut JobResult) {
        job.notifications.extend(self.deliveries.iter().flatten().cloned());
        let Some(missed) = &self.missed else { return };
        // A failed job keeps its own error.
        let Some(done) = job.outcome.describe_success(job.status).filter(|_| may_fail(job)) else { return };
        let (channel, why) = (missed.channel, missed.error.as_deref().unwrap_or_default());
        job.error = Some(Failure {
            code: Code::NoticeFailed,
            message: format!("{done}, but the required {channel} did not receive the notice: {why}"),
            hint: Some("do not run the job again; tell people yourself, and correct the channel".to_owned()),
        });
        job.status = JobStatus::NoticeFailed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::ConsoleChannel;
    use crate::outcome::{Outcome, Rerun};
    use crate::writer::memory::Memory;

    #[tokio::test]
    async fn a_panic_while_rendering_a_message_is_a_failed_delivery() {
        let alerts = Alerts::start(&AlertsConfig::default(), &ProcessContext::in_memory(&Memory::default()));
        let event = Event::from_status(JobStatus::Unchanged).unwrap();
        let report = alerts.deliver(&[event], || unreachable!("a defect")).await;
        assert_eq!(report.deliveries.iter().flatten().map(|one| one.status).collect::<Vec<_>>(), [Delivery::Failed]);
    }

    #[test]
    fn a_failed_required_channel_keeps_the_failure_of_the_job() {
        let missed = panicked(&ChannelConfig::ConsoleChannel(ConsoleChannel::default()));
        let report = DeliveryReport { deliveries: vec![], missed: Some(missed) };
        let own = Failure { code: Code::AliasLeft, message: "not restored".to_owned(), hint: None };
        for (error, expected) in [(None, Code::NoticeFailed), (Some(own), Code::AliasLeft)] {
            let outcome = Outcome { alias: Some("Champion".to_owned()), version: Some(3), ..Outcome::default() };
            let (config, status) = (String::new(), JobStatus::Done("promoted"));
            let mut job = JobResult {
                config,
                index: 0,
                id: None,
                kind: "PromotionJob",
                status,
                seconds: 0.0,
                outcome,
                rerun: Rerun::default(),
                error,
                notifications: vec![],
            };
            report.add_to(&mut job);
            assert_eq!(job.error.map(|error| error.code), Some(expected));
        }
    }
}
