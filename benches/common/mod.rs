//! What both benchmarks count with.

use std::time::Duration;

/// Returns the time in the middle of some, the later of two.
pub(crate) fn middle(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Returns how many times as long as the other one took.
pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
