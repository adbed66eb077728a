//! Lengths of time in a config, such as `30m`, `2h` or `7d`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::{RoundMode, SignedDuration, Span, SpanRelativeTo, SpanRound, Timestamp, Unit};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

const EXPECTED: &str = "a length of time: numbers with units, such as `30m`, `2h`, `7d` or `1d12h`";

/// A length of time that is not negative. A day has 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConfigDuration(SignedDuration);

impl ConfigDuration {
    /// Returns the time between two moments; `None` where the second comes first.
    pub(super) fn between(from: Timestamp, to: Timestamp) -> Option<Self> {
        let duration = to.duration_since(from);
        (!duration.is_negative()).then_some(Self(duration))
    }

    pub(super) const fn as_secs_f64(self) -> f64 {
        self.0.as_millis() as f64 / 1_000.0
    }
}

impl FromStr for ConfigDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = SpanRelativeTo::days_are_24_hours();
        let duration = has_only_units(text).then(|| text.parse::<Span>().ok()?.to_duration(day).ok()).flatten();
        duration.map(Self).ok_or_else(|| format!("{text:?} is not {EXPECTED}"))
    }
}

/// Returns whether a text holds only digits and one-letter units, of all the forms that jiff reads.
fn has_only_units(text: &str) -> bool {
    let is_unit = |c: u8| b"wdhms".contains(&c);
    let has_long_unit = text.as_bytes().windows(2).any(|pair| is_unit(pair[0]) && is_unit(pair[1]));
    text.bytes().all(|c| c.is_ascii_digit() || is_unit(c)) && !has_long_unit
}

/// Shows the duration in days, hours, minutes and seconds, rounded down.
impl fmt::Display for ConfigDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SpanRound::new().largest(Unit::Day).smallest(Unit::Second).mode(RoundMode::Trunc);
        let span = Span::try_from(self.0).and_then(|span| span.round(whole.days_are_24_hours()));
        write!(f, "{:#}", span.map_err(|_| fmt::Error)?)
    }
}

impl<'de> Deserialize<'de> for ConfigDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DurationVisitor)
    }
}

struct DurationVisitor;

impl de::Visitor<'_> for DurationVisitor {
    type Value = ConfigDuration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ConfigDuration, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for ConfigDuration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "minLength": 2 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_numbers_with_units_from_large_to_small() {
        let seconds = |text: &str| text.parse::<ConfigDuration>().map(|duration| duration.0.as_secs());
        assert_eq!(seconds("30m"), Ok(1_800));
        assert_eq!(seconds("1w2d3h4m5s"), Ok(9 * 86_400 + 3 * 3_600 + 4 * 60 + 5));
        assert_eq!(seconds("0s"), Ok(0));
        assert_eq!(seconds("007d"), Ok(7 * 86_400));
        for bad in ["", "5", "h", "-1h", "+1h", "1.5h", "1 h", "2H", "3y", "1h1d", "1h1h", "1d ", "99999999999999d"] {
            let error = seconds(bad).unwrap_err();
            assert!(error.contains(&format!("{bad:?}")), "{error}");
        }
        for other_form_of_jiff in ["5ms", "1mo", "2hours", "1h 5m", "1h,5m", "1h ago", "P1D", "PT1h", "1d12:00:00"] {
            assert!(seconds(other_form_of_jiff).is_err(), "{other_form_of_jiff}");
        }
    }

    #[test]
    fn a_duration_is_shown_to_the_second() {
        let shown = |millis| ConfigDuration(SignedDuration::from_millis(millis)).to_string();
        assert_eq!(shown(999), "0s");
        assert_eq!(shown(90_061_999), "1d 1h 1m 1s");
        assert_eq!(shown(14 * 86_400_000 + 1_000), "14d 1s");
    }

    #[test]
    fn the_time_to_an_earlier_moment_is_no_duration() {
        assert_eq!(ConfigDuration::between(Timestamp::UNIX_EPOCH, Timestamp::MIN), None);
        assert!(ConfigDuration::between(Timestamp::MIN, Timestamp::MAX).is_some());
    }
}
