//! The `Retry-After` header of a response.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest wait that a server may ask for: the longest wait between retries. A job must not sleep for a day.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The longest wait that is reported. It is bounded so that it can be added to a time.
const LONGEST_REPORTED: Duration = Duration::from_secs(366 * 24 * 3600);

/// Reads the header of a response.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    parse(headers.get(RETRY_AFTER)?.to_str().ok()?, SystemTime::now())
}

/// Parses the header: seconds, or a date.
fn parse(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let wait = match header.parse().ok().map(Duration::from_secs) {
        Some(seconds) => seconds,
        None => httpdate::parse_http_date(header).ok()?.duration_since(now).unwrap_or(Duration::ZERO),
    };
    Some(wait.min(LONGEST_REPORTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_parsed_in_both_forms_and_bounded() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:07 GMT").unwrap();
        let seconds = |header| parse(header, now).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 7 "), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sunday, 06-Nov-94 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sun Nov  6 08:49:37 1994"), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("86400"), Some(86_400));
        assert_eq!(seconds("Mon, 07 Nov 1994 08:49:07 GMT"), Some(86_400));
        assert_eq!(seconds("18446744073709551615"), Some(LONGEST_REPORTED.as_secs()));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-1"), None);
    }
}
