//! The log lines of retries: short, and one for requests that fail together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long after the log line of a retry another like it belongs to the same outage.
const SAME_OUTAGE: Duration = Duration::from_millis(200);

/// The words for the number of a try.
const ORDINALS: [&str; 11] =
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"];

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
    let word = usize::try_from(attempt - 1).ok().and_then(|index| ORDINALS.get(index));
    let ordinal = word.map_or_else(|| format!("try {attempt}"), |word| (*word).to_owned());
    let place =
        if attempt == attempts { format!("{ordinal} and last try") } else { format!("{ordinal} of {attempts} tries") };
    if seconds > 0.0 { format!("{place} in {seconds} s") } else { format!("{place} now") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_is_described_by_its_number_and_its_wait() {
        assert_eq!(describe_try(2, 3, 0.5), "second of 3 tries in 0.5 s");
        assert_eq!(describe_try(2, 8, 0.0), "second of 8 tries now");
        assert_eq!(describe_try(3, 3, 4.0), "third and last try in 4 s");
    }

    #[test]
    fn requests_that_are_made_at_once_give_one_line() {
        let last = LastRetry::default();
        let repeated =
            [(2, "a"), (2, "a"), (3, "a"), (3, "b"), (3, "b")].map(|(try_, why)| last.is_repeated(try_, why));
        assert_eq!(repeated, [false, true, false, false, true]);
    }
}
