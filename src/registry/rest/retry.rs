//! When to try again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ConstantBuilder, ExponentialBuilder};

use super::options::Retry;

/// The longest wait between two tries, without jitter. MLflow's own.
const LONGEST_BACKOFF: Duration = Duration::from_secs(120);

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
}
