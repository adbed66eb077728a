//! The log lines of retries: short, and one for requests that fail together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long after the log line of a retry another like it belongs to the same outage.
const SAME_OUTAGE: Duration = Duration::from_millis(200);

/// The last retry that was logged: when, which try, and why.
#[derive(Debug, Default)]
pub(super) struct LastRetry(Mutex<Option<(Instant, u64, String)>>);

impl LastRetry {
    /// Returns whether another request has just logged the same, and remembers it if not.
    pub(super) fn is_repeated(&self, attempt: u64, summary: &str) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |(at, number, text): &(Instant, u64, String)| {
            at.elapsed() < SAME_OUTAGE && *number == attempt && text == summary
        };
        let is_repeated = last.as_ref().is_some_and(is_same);
        if !is_repeated {
            *last = Some((Instant::now(), attempt, summary.to_owned()));
        }
        is_repeated
    }
}

/// Describes the next try and the wait before it.
pub(super) fn describe_try(attempt: u64, attempts: u64, seconds: f64) -> String {
    let wait = if seconds > 0.0 { format!("in {seconds} s") } else { "now".to_owned() };
    format!("trying again {wait} (try {attempt} of {attempts})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_is_described_by_its_number_and_its_wait() {
        assert_eq!(describe_try(2, 3, 0.5), "trying again in 0.5 s (try 2 of 3)");
        assert_eq!(describe_try(2, 8, 0.0), "trying again now (try 2 of 8)");
        assert_eq!(describe_try(3, 3, 4.0), "trying again in 4 s (try 3 of 3)");
    }

    #[test]
    fn requests_that_are_made_at_once_give_one_line() {
        let last = LastRetry::default();
        let repeated =
            [(2, "a"), (2, "a"), (3, "a"), (3, "b"), (3, "b")].map(|(try_, why)| last.is_repeated(try_, why));
        assert_eq!(repeated, [false, true, false, false, true]);
    }
}
