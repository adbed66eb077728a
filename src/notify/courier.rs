//! Delivery: tries a channel until it took a notice, and then its fallback.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use super::{ChannelConfig, Notice, SendError, Tools};
use crate::outcome::{Delivery, Notification};
use crate::shutdown::Shutdown;

/// The first wait between two tries; each is twice the one before, and some more by chance.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Brings notices to channels. Cheap to clone.
#[derive(Clone)]
pub struct Courier {
    tools: Arc<Tools>,
    timeout: Duration,
    shutdown: Shutdown,
}

impl Courier {
    /// Makes a courier that spends so long on a channel, tries and waits together.
    pub fn new(tools: Arc<Tools>, timeout: Duration, shutdown: Shutdown) -> Self {
        Self { tools, timeout, shutdown }
    }

    /// Brings a notice to a channel, or to the first of its fallbacks that takes it; returns an entry for each that
    /// was tried.
    pub async fn deliver(&self, channel: &ChannelConfig, notice: &Notice) -> Vec<Notification> {
        let mut told = vec![];
        let mut next = Some(channel);
        while let Some(channel) = next {
            let notification = self.deliver_to(channel, notice).await;
            next = channel.fallback().filter(|_| notification.status == Delivery::Failed);
            told.push(notification);
        }
        told
    }

    /// Brings a notice to a channel and to none of its fallbacks.
    pub async fn deliver_to(&self, channel: &ChannelConfig, notice: &Notice) -> Notification {
        let deadline = Instant::now() + self.timeout;
        let mut waits = ExponentialBuilder::new().with_min_delay(FIRST_WAIT).with_jitter().without_max_times().build();
        let mut attempts = 0;
        let kind = channel.kind();
        let failure = loop {
            attempts += 1;
            let error = match timeout_at(deadline, channel.send(notice, &self.tools)).await {
                Ok(Ok(())) => {
                    return Notification { channel: kind, status: Delivery::Sent, attempts, error: None };
                }
                Ok(Err(error)) => error,
                Err(_) => break format!("no delivery within {} s", self.timeout.as_secs()),
            };
            let SendError { reason, may_pass, retry_after } = error;
            let wait = retry_after.or_else(|| waits.next()).unwrap_or(FIRST_WAIT);
            if !may_pass || Instant::now() + wait >= deadline {
                break reason;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = self.shutdown.wait() => break reason,
            }
        };
        warn!(channel = kind, attempts, "the notice was not delivered to {kind}: {failure}");
        Notification { channel: kind, status: Delivery::Failed, attempts, error: Some(failure) }
    }
}
