//! How long a certificate holds.

use std::time::Duration;

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// How long before its end a certificate is worth a word.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// From when until when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// Reads it out of a certificate in DER; none where it cannot be read.
    pub(crate) fn of(certificate: &[u8]) -> Option<Self> {
        let validity = *Certificate::from_der(certificate).ok()?.tbs_certificate().validity();
        let at = |since_epoch: Duration| Timestamp::from_second(i64::try_from(since_epoch.as_secs()).ok()?).ok();
        Some(Self {
            from: at(validity.not_before.to_unix_duration())?,
            until: at(validity.not_after.to_unix_duration())?,
        })
    }

    /// Returns whether it is over.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.until < now
    }

    /// Returns whether it has not begun.
    pub(crate) fn is_ahead(&self, now: Timestamp) -> bool {
        now < self.from
    }

    /// Returns whether it ends within days.
    pub(crate) fn ends_soon(&self, now: Timestamp) -> bool {
        self.until.duration_since(now).unsigned_abs() < SOON || self.is_over(now)
    }

    /// Says it in words, fit to follow "the certificate".
    pub(crate) fn told(&self, now: Timestamp) -> String {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        let days = self.until.duration_since(now).as_hours() / 24;
        if self.is_over(now) {
            format!("expired on {} ({} days ago)", day(self.until), -days)
        } else if self.is_ahead(now) {
            format!("holds only from {} on, until {}", day(self.from), day(self.until))
        } else {
            format!("holds until {} ({days} days)", day(self.until))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity() -> Validity {
        Validity { from: "2026-01-01T00:00:00Z".parse().unwrap(), until: "2026-04-01T00:00:00Z".parse().unwrap() }
    }

    #[test]
    fn a_certificate_is_told_by_its_days() {
        for (now, told, soon) in [
            ("2025-12-31T00:00:00Z", "holds only from 2026-01-01 on, until 2026-04-01", false),
            ("2026-01-01T00:00:00Z", "holds until 2026-04-01 (90 days)", false),
            ("2026-03-18T00:00:01Z", "holds until 2026-04-01 (13 days)", true),
            ("2026-04-03T01:00:00Z", "expired on 2026-04-01 (2 days ago)", true),
        ] {
            let now = now.parse().unwrap();
            assert_eq!((validity().told(now).as_str(), validity().ends_soon(now)), (told, soon));
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_dates() {
        assert_eq!(Validity::of(b"hello"), None);
    }

    #[test]
    fn the_dates_of_a_certificate_are_read() {
        let mut params = rcgen::CertificateParams::new(vec!["host".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        assert_eq!(Validity::of(certificate.der()), Some(validity()));
    }
}
