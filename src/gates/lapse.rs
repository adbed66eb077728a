//! Lengths of time as a config writes them: `30m`, `2h`, `7d`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// The units, longest first, in milliseconds.
const UNITS: [(char, i64); 5] = [('w', 7 * DAY), ('d', DAY), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];
const DAY: i64 = 86_400_000;

/// What a length of time looks like.
const WORDS: &str = "a length of time: numbers with units, such as `30m`, `2h`, `7d` or `1d12h`";

/// A length of time to the millisecond, not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lapse(i64);

impl Lapse {
    /// Makes the time between two moments in milliseconds; none where the second comes first.
    pub(super) fn between(from: i64, to: i64) -> Option<Self> {
        to.checked_sub(from).filter(|millis| *millis >= 0).map(Self)
    }

    /// Returns it in seconds.
    pub(super) const fn seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

impl FromStr for Lapse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not {WORDS}");
        let (mut rest, mut millis, mut last) = (text, 0_i64, i64::MAX);
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let mut after = rest[end..].chars();
            let unit = after.next().and_then(|unit| UNITS.iter().find(|(name, _)| *name == unit));
            let (Ok(count), Some((_, size))) = (rest[..end].parse::<i64>(), unit) else { return Err(wrong()) };
            if *size >= last {
                return Err(wrong());
            }
            last = *size;
            millis = count.checked_mul(*size).and_then(|part| millis.checked_add(part)).ok_or_else(wrong)?;
            rest = after.as_str();
        }
        if text.is_empty() { Err(wrong()) } else { Ok(Self(millis)) }
    }
}

/// Shows it to the second, rounded down.
impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut rest, mut parts) = (self.0, vec![]);
        for (name, size) in UNITS.into_iter().filter(|(name, _)| *name != 'w') {
            if rest >= size {
                parts.push(format!("{}{name}", rest / size));
                rest %= size;
            }
        }
        f.write_str(&if parts.is_empty() { "0s".to_owned() } else { parts.join(" ") })
    }
}

impl<'de> Deserialize<'de> for Lapse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

/// Reads a text, and says of anything else what the text must look like.
struct Text;

impl de::Visitor<'_> for Text {
    type Value = Lapse;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(WORDS)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Lapse, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for Lapse {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Lapse".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "minLength": 2 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lapse_is_numbers_with_units() {
        let of = |text: &str| text.parse::<Lapse>().map(|lapse| lapse.0);
        assert_eq!(of("30m"), Ok(1_800_000));
        assert_eq!(of("1w2d3h4m5s"), Ok(9 * DAY + 3 * 3_600_000 + 4 * 60_000 + 5_000));
        assert_eq!(of("0s"), Ok(0));
        for bad in ["", "5", "h", "-1h", "+1h", "1.5h", "1 h", "2H", "3y", "1h1d", "1h1h", "1d ", "99999999999999d"] {
            let told = of(bad).unwrap_err();
            assert!(told.contains(&format!("{bad:?}")), "{told}");
        }
    }

    #[test]
    fn a_lapse_is_shown_to_the_second() {
        let shown = |millis| Lapse(millis).to_string();
        assert_eq!(shown(999), "0s");
        assert_eq!(shown(90_061_999), "1d 1h 1m 1s");
        assert_eq!(shown(14 * DAY + 1_000), "14d 1s");
        assert_eq!(Lapse::between(2, 1), None);
        assert_eq!(Lapse::between(i64::MIN, i64::MAX), None);
    }
}
