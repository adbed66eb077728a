//! What a server asks for when it is busy.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest wait that is taken at a server's word: no more than the waits between tries grow to. Nobody watches a run
/// that sleeps for a day.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The longest wait that is told as it is; with one a clock can be reckoned.
const LONGEST_TOLD: Duration = Duration::from_secs(366 * 24 * 3600);

/// Reads the `Retry-After` among the headers of an answer.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    read(headers.get(RETRY_AFTER)?.to_str().ok()?, SystemTime::now())
}

/// Reads a `Retry-After` header: seconds, or a date.
fn read(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let asked = match header.parse().ok().map(Duration::from_secs) {
        Some(seconds) => seconds,
        None => httpdate::parse_http_date(header).ok()?.duration_since(now).unwrap_or(Duration::ZERO),
    };
    Some(asked.min(LONGEST_TOLD))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:07 GMT").unwrap();
        let seconds = |header| read(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 7 "), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sunday, 06-Nov-94 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sun Nov  6 08:49:37 1994"), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("86400"), Some(86_400));
        assert_eq!(seconds("Mon, 07 Nov 1994 08:49:07 GMT"), Some(86_400));
        assert_eq!(seconds("18446744073709551615"), Some(LONGEST_TOLD.as_secs()));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-1"), None);
    }
}
