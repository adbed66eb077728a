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
    /// Makes a courier that spends so long on a delivery: tries, waits and fallbacks together.
    pub fn new(tools: Arc<Tools>, timeout: Duration, shutdown: Shutdown) -> Self {
        Self { tools, timeout, shutdown }
    }

    /// Brings a notice to a channel, or to the first of its fallbacks that takes it; returns an entry for each that
    /// was tried. Each may take its share of the time that is left, so that the last one has its turn too.
    pub async fn deliver(&self, channel: &ChannelConfig, notice: &Notice) -> Vec<Notification> {
        let end = Instant::now() + self.timeout;
        let mut told = vec![];
        let mut next = Some(channel);
        while let Some(channel) = next {
            let turns = channel.with_fallbacks().fold(0, |turns, _| turns + 1);
            let share = end.saturating_duration_since(Instant::now()) / turns;
            let notification = self.deliver_within(share, channel, notice).await;
            next = channel.fallback().filter(|_| notification.status == Delivery::Failed);
            told.push(notification);
        }
        told
    }

    /// Brings a notice to a channel and to none of its fallbacks.
    pub async fn deliver_to(&self, channel: &ChannelConfig, notice: &Notice) -> Notification {
        self.deliver_within(self.timeout, channel, notice).await
    }

    async fn deliver_within(&self, time: Duration, channel: &ChannelConfig, notice: &Notice) -> Notification {
        let deadline = Instant::now() + time;
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
                Err(_) => break format!("no delivery within {} s", to_the_tenth(time)),
            };
            let SendError { reason, may_pass, retry_after } = error;
            // One that asks to come back at once, again and again, is not rushed.
            let wait = retry_after.or_else(|| waits.next()).unwrap_or_default().max(FIRST_WAIT);
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

/// Returns a time in seconds, as exact as anybody waits.
fn to_the_tenth(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
