//! Delivers messages: retries a channel until it accepts a message, then uses its fallback.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::{Instant, timeout_at};

use super::channel_context::{ChannelContext, SendError};
use super::channels::ChannelConfig;
use super::message::Message;
use crate::outcome::{Delivery, Notification};
use crate::shutdown::Shutdown;

/// The first wait between two tries. Each wait is twice the one before, plus a random part.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Delivers messages to channels. Cheap to clone.
#[derive(Clone)]
pub struct Notifier {
    context: Arc<ChannelContext>,
    timeout: Duration,
    shutdown: Shutdown,
}

impl Notifier {
    /// Creates a notifier. The timeout is for one delivery: all its tries, waits and fallbacks together.
    pub fn new(context: Arc<ChannelContext>, timeout: Duration, shutdown: Shutdown) -> Self {
        Self { context, timeout, shutdown }
    }

    /// Delivers a message to a channel, or to the first of its fallbacks that accepts it. Returns one entry for each
    /// channel that was tried. The remaining time is divided equally among the channels that are left, so that the last
    /// fallback gets its share.
    pub async fn deliver(&self, channel: &ChannelConfig, message: &Message) -> Vec<Notification> {
        let end = Instant::now() + self.timeout;
        let mut notifications = vec![];
        let mut next = Some(channel);
        while let Some(channel) = next {
            let turns = channel.with_fallbacks().fold(0, |turns, _| turns + 1);
            let share = end.saturating_duration_since(Instant::now()) / turns;
            let notification = self.deliver_within(share, channel, message).await;
            next = channel.fallback().filter(|_| notification.status == Delivery::Failed);
            notifications.push(notification);
        }
        notifications
    }

    /// Delivers a message to a channel without its fallbacks.
    pub async fn deliver_to(&self, channel: &ChannelConfig, message: &Message) -> Notification {
        self.deliver_within(self.timeout, channel, message).await
    }

    async fn deliver_within(&self, time: Duration, channel: &ChannelConfig, message: &Message) -> Notification {
        let deadline = Instant::now() + time;
        let mut waits = ExponentialBuilder::new().with_min_delay(FIRST_WAIT).with_jitter().without_max_times().build();
        let mut attempts = 0;
        let kind = channel.kind();
        let failure = loop {
            attempts += 1;
            let error = match timeout_at(deadline, channel.send(message, &self.context)).await {
                Ok(Ok(())) => {
                    return Notification { channel: kind, status: Delivery::Sent, attempts, error: None };
                }
                Ok(Err(error)) => error,
                Err(_) => break format!("no delivery within {} s", round_to_tenths(time)),
            };
            let SendError { reason, is_retryable, retry_after } = error;
            // A service may repeatedly ask for a retry without a wait.
            let wait = retry_after.or_else(|| waits.next()).unwrap_or_default().max(FIRST_WAIT);
            if !is_retryable || Instant::now() + wait >= deadline {
                break reason;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = self.shutdown.wait() => break reason,
            }
        };
        Notification { channel: kind, status: Delivery::Failed, attempts, error: Some(failure) }
    }
}

fn round_to_tenths(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
