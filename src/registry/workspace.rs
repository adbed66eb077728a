//! Workspaces, which divide one MLflow server or database since MLflow 3.10.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::names::InvalidName;

/// The workspace that always exists. It contains everything from before MLflow had workspaces.
const DEFAULT: &str = "default";

/// The name of a workspace: 2 to 63 lower-case letters, digits and hyphens, with no hyphen at either end.
///
/// ```
/// use runner::registry::Workspace;
/// assert!("team-a".parse::<Workspace>().is_ok());
/// assert!("Team_A".parse::<Workspace>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace(String);

impl Workspace {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl FromStr for Workspace {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (2..=63).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('-') && !name.ends_with('-') {
            return Ok(Self(name.to_owned()));
        }
        Err(InvalidName::new(format!(
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

impl<'de> Deserialize<'de> for Workspace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Workspace {
    fn schema_name() -> Cow<'static, str> {
        "Workspace".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9][-a-z0-9]{0,61}[a-z0-9]$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_mlflow() {
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
