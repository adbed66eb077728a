//! The period for which a certificate is valid.

use std::time::Duration;

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// How long before its end a certificate is reported.
const SOON: Duration = Duration::from_secs(14 * 24 * 3600);

/// The period for which a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// Reads the period from a certificate in DER; returns none if it cannot be read.
    pub(crate) fn from_der(certificate: &[u8]) -> Option<Self> {
        let validity = *Certificate::from_der(certificate).ok()?.tbs_certificate().validity();
        let at = |since_epoch: Duration| Timestamp::from_second(i64::try_from(since_epoch.as_secs()).ok()?).ok();
        Some(Self {
            from: at(validity.not_before.to_unix_duration())?,
            until: at(validity.not_after.to_unix_duration())?,
        })
    }

    /// Returns whether the certificate has expired.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.until < now
    }

    /// Returns whether the period has not begun.
    pub(crate) fn is_not_yet_valid(&self, now: Timestamp) -> bool {
        now < self.from
    }

    /// Returns whether the certificate has expired, or will within two weeks.
    pub(crate) fn ends_soon(&self, now: Timestamp) -> bool {
        self.until.duration_since(now).unsigned_abs() < SOON || self.has_expired(now)
    }

    /// Describes the period, to follow "the certificate".
    pub(crate) fn describe(&self, now: Timestamp) -> String {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        let days = self.until.duration_since(now).as_hours() / 24;
        if self.has_expired(now) {
            format!("expired on {} ({} days ago)", day(self.until), -days)
        } else if self.is_not_yet_valid(now) {
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
    fn a_validity_is_described_in_days() {
        for (now, expected, soon) in [
            ("2025-12-31T00:00:00Z", "holds only from 2026-01-01 on, until 2026-04-01", false),
            ("2026-01-01T00:00:00Z", "holds until 2026-04-01 (90 days)", false),
            ("2026-03-18T00:00:01Z", "holds until 2026-04-01 (13 days)", true),
            ("2026-04-03T01:00:00Z", "expired on 2026-04-01 (2 days ago)", true),
        ] {
            let now = now.parse().unwrap();
            assert_eq!((validity().describe(now).as_str(), validity().ends_soon(now)), (expected, soon));
        }
    }

    #[test]
    fn other_bytes_have_no_validity() {
        assert_eq!(Validity::from_der(b"hello"), None);
    }

    #[test]
    fn the_validity_of_a_certificate_is_read() {
        let mut params = rcgen::CertificateParams::new(vec!["host".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 4, 1);
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        assert_eq!(Validity::from_der(certificate.der()), Some(validity()));
    }
}
