//! Names of models, aliases, versions and workspaces, validated by MLflow's rules when they are parsed.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::escape_line;

/// The longest alias that MLflow stores, in characters.
const MAX_ALIAS: usize = 255;

/// The workspace that always exists. It contains everything from before MLflow had workspaces.
const DEFAULT_WORKSPACE: &str = "default";

/// A name that MLflow would refuse, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(String);

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

/// The name of a workspace, which divides one MLflow server or database since MLflow 3.10: 2 to 63 lower-case letters, digits and hyphens, with no hyphen at either end.
///
/// ```
/// use runner::registry::Workspace;
/// assert!("team-a".parse::<Workspace>().is_ok());
/// assert!("Team_A".parse::<Workspace>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace(String);

impl ModelName {
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

    /// Creates a version from a number between 1 and [`Version::MAX`].
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

impl Workspace {
    pub(super) fn is_default(&self) -> bool {
        self.0 == DEFAULT_WORKSPACE
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self(DEFAULT_WORKSPACE.to_owned())
    }
}

impl FromStr for Workspace {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (2..=63).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('-') && !name.ends_with('-') {
            return Ok(Self(name.to_owned()));
        }
        Err(InvalidName(format!(
            "{name:?} is no name of a workspace; one has 2 to 63 lower-case letters, digits and hyphens, with no hyphen at \
             either end"
        )))
    }
}

impl fmt::Display for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Implements what a config needs of a type that is parsed from a text.
macro_rules! impl_config_text {
    ($type:ident, $schema:tt) => {
        impl $type {
            /// Returns the text exactly as the registry has it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

impl_config_text!(ModelName, { "type": "string", "pattern": r"\S" });
impl_config_text!(Alias, { "type": "string", "minLength": 1, "maxLength": MAX_ALIAS });
impl_config_text!(Workspace, { "type": "string", "pattern": "^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$" });

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

    #[test]
    fn workspaces_follow_the_rules_of_mlflow() {
        let longest = "a".repeat(63);
        for name in ["default", "a1", "team-a", "0-0", &longest] {
            assert_eq!(name.parse::<Workspace>().unwrap().as_str(), name);
        }
        let longer = "a".repeat(64);
        for name in ["", "a", "-a", "a-", "Team", "a_b", "a b", "é-é", "a'b", &longer] {
            assert!(name.parse::<Workspace>().is_err(), "{name}");
        }
    }
}
