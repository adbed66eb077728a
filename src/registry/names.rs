//! Names of models, aliases and versions, validated by MLflow's rules when they are parsed.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::escape_line;

/// The longest alias that MLflow stores, in characters.
const MAX_ALIAS: usize = 255;

/// A name that MLflow would refuse, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(String);

impl InvalidName {
    pub(super) const fn new(why: String) -> Self {
        Self(why)
    }
}

/// The name of a registered model.
///
/// MLflow refuses blank names. Newer releases also refuse `/` and `:`, but old registries contain such names, so they are
/// accepted here. `Display` escapes control characters, so that a name cannot forge a log line.
///
/// ```
/// use runner::registry::ModelName;
/// assert!("bikes".parse::<ModelName>().is_ok());
/// assert!("  ".parse::<ModelName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct ModelName(String);

/// The name of an alias: letters, digits, `_` and `-`, at most 255 characters, neither `latest` nor `v` and a number.
///
/// ```
/// use runner::registry::Alias;
/// assert!("Champion".parse::<Alias>().is_ok());
/// assert!("v3".parse::<Alias>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Alias(String);

/// The number of a model version, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Version(u64);

impl ModelName {
    /// Returns the name exactly as the registry has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares names without regard to case, because Unity Catalog and MLflow on MySQL do.
    pub(super) fn eq_ignore_case(&self, other: &Self) -> bool {
        self == other || self.0.to_lowercase() == other.0.to_lowercase()
    }
}

impl FromStr for ModelName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        if name.trim().is_empty() {
            return Err(InvalidName("the name of a registered model cannot be blank".into()));
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape_line(&self.0))
    }
}

impl Alias {
    /// Returns the alias exactly as the registry has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Alias {
    type Err = InvalidName;

    fn from_str(alias: &str) -> Result<Self, InvalidName> {
        if alias.is_empty() {
            return Err(InvalidName("an alias cannot be empty".into()));
        }
        if alias.chars().count() > MAX_ALIAS {
            return Err(InvalidName(format!("an alias has at most {MAX_ALIAS} characters")));
        }
        if let Some(bad) = alias.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-'))) {
            return Err(InvalidName(format!(
                "the alias {alias:?} holds {bad:?}; an alias is made of letters, digits, `_` and `-`"
            )));
        }
        if is_reserved(alias) {
            return Err(InvalidName(format!(
                "the alias {alias:?} is reserved by MLflow: `latest` and `v` with a number name versions"
            )));
        }
        Ok(Self(alias.to_owned()))
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Version {
    /// The highest number that every registry can store.
    pub const MAX: u64 = i64::MAX as u64;

    /// Makes a version from a number between 1 and [`Version::MAX`].
    pub const fn new(number: u64) -> Option<Self> {
        match number {
            1..=Self::MAX => Some(Self(number)),
            _ => None,
        }
    }

    /// Returns the number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl FromStr for Version {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse().ok().and_then(Self::new))
            .flatten()
            .ok_or_else(|| InvalidName(format!("{text:?} is no version: a version is a whole number from 1")))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ModelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Alias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for ModelName {
    fn schema_name() -> Cow<'static, str> {
        "ModelName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"\S" })
    }
}

impl JsonSchema for Alias {
    fn schema_name() -> Cow<'static, str> {
        "Alias".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX_ALIAS })
    }
}

// `is_numeric` matches Unicode digits, as `\d` does in MLflow's pattern.
fn is_reserved(alias: &str) -> bool {
    let mut rest = alias.chars();
    let starts_with_v = matches!(rest.next(), Some('v' | 'V'));
    let digits = rest.as_str();
    alias.to_lowercase() == "latest" || (starts_with_v && !digits.is_empty() && digits.chars().all(char::is_numeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_follow_the_rules_of_mlflow() {
        let longest = "a".repeat(255);
        for good in
            ["a", "Ab-5_", "test-alias", "lates", "v123_temp", "123", "123v", "v", "-x", "_", "é", "日本", &longest]
        {
            assert!(good.parse::<Alias>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(256);
        let bad = [
            "", ".", "/", "a b", "/a", "a/", ":", "\\", "$dgs", "nl\n", "latest", "LATEST", "Latest", "v123", "V1",
            "v٣", &too_long,
        ];
        for bad in bad {
            assert!(bad.parse::<Alias>().is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_are_whole_numbers_from_one() {
        assert_eq!("3".parse(), Ok(Version(3)));
        for bad in ["0", "-1", "+1", "2.5", "abc", "", " 2", "99999999999999999999", "9223372036854775808"] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let name: ModelName = "bikes\n2026 INFO promoted".parse().unwrap();
        assert_eq!(name.to_string(), "bikes\\n2026 INFO promoted");
        assert_eq!(name.as_str(), "bikes\n2026 INFO promoted");
    }
}
