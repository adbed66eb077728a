//! When to try again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ConstantBuilder, ExponentialBuilder};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::options::Retry;

/// The longest wait between two tries, without jitter. MLflow's own.
const LONGEST_BACKOFF: Duration = Duration::from_secs(120);

/// The longest wait that a server may ask for; nobody watches a run that sleeps for a day.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(600);

/// Returns the wait before each retry: none, then `factor * 2^n` and up to `jitter` more.
pub(super) fn waits(retry: &Retry) -> impl Iterator<Item = Duration> + Send + use<> {
    let growing = ExponentialBuilder::new()
        .with_min_delay(retry.backoff_factor.saturating_mul(2).min(LONGEST_BACKOFF))
        .with_max_delay(LONGEST_BACKOFF)
        .without_max_times()
        .build();
    let least = retry.jitter;
    // What the builder calls jitter lies between the delay and twice the delay.
    let jitters = ConstantBuilder::new().with_delay(least).with_jitter().without_max_times().build();
    let jittered = growing.zip(jitters).map(move |(wait, jitter)| wait.saturating_add(jitter.saturating_sub(least)));
    std::iter::once(Duration::ZERO).chain(jittered).take(usize::try_from(retry.max_retries).unwrap_or(usize::MAX))
}

/// Reads a `Retry-After` header: seconds, or a date.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    let asked = match header.parse().ok().map(Duration::from_secs) {
        Some(seconds) => seconds,
        None => {
            let date = rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
            Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO)
        }
    };
    Some(asked.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mlflow_defaults() -> Retry {
        Retry {
            max_retries: 7,
            backoff_factor: Duration::from_secs(2),
            jitter: Duration::ZERO,
            respect_retry_after: true,
        }
    }

    #[test]
    fn the_waits_are_those_of_mlflow() {
        let seconds: Vec<u64> = waits(&mlflow_defaults()).map(|wait| wait.as_secs()).collect();
        assert_eq!(seconds, [0, 4, 8, 16, 32, 64, 120]);
    }

    #[test]
    fn a_factor_of_zero_and_no_retries_are_taken_at_their_word() {
        let eager = Retry { backoff_factor: Duration::ZERO, ..mlflow_defaults() };
        assert_eq!(waits(&eager).sum::<Duration>(), Duration::ZERO);
        let once = Retry { max_retries: 0, ..mlflow_defaults() };
        assert_eq!(waits(&once).count(), 0);
    }

    #[test]
    fn jitter_adds_to_every_wait_but_the_first() {
        let jitter = Duration::from_secs(1);
        let jittered = Retry { jitter, ..mlflow_defaults() };
        for (least, wait) in waits(&mlflow_defaults()).zip(waits(&jittered)).skip(1) {
            assert!((least..=least + jitter).contains(&wait), "{wait:?}");
        }
        assert_eq!(waits(&jittered).next(), Some(Duration::ZERO));
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        let seconds = |header| retry_after(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 7 "), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("86400"), Some(600));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-1"), None);
    }
}
