//! The selector of a version in a config.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::registry::{Alias, Expect, InvalidName, Version};

/// A version of a model as a config names it.
///
/// ```
/// use runner::jobs::VersionSelector;
/// assert_eq!("latest".parse(), Ok(VersionSelector::Latest));
/// assert!(matches!("@Challenger".parse(), Ok(VersionSelector::Alias(_))));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VersionSelector {
    /// The version with the highest number.
    #[default]
    Latest,
    /// The version with this number.
    Exact(Version),
    /// The version that this alias points to.
    Alias(Alias),
}

impl FromStr for VersionSelector {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text.strip_prefix('@') {
            Some(alias) => alias.parse().map(Self::Alias),
            None if text == "latest" => Ok(Self::Latest),
            None => text.parse().map(Self::Exact),
        }
    }
}

impl fmt::Display for VersionSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Exact(version) => version.fmt(f),
            Self::Alias(alias) => write!(f, "@{alias}"),
        }
    }
}

impl<'de> Deserialize<'de> for VersionSelector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = "a version: a whole number from 1, `latest`, or `@` and an alias";
        deserializer.deserialize_any(NumberOrText { words }).map(|found| match found {
            Found::Nothing => Ok(Self::Latest),
            Found::Number(version) => Ok(Self::Exact(version)),
            Found::Text(text) => parse(&text, words),
        })?
    }
}

/// Shows the default in the schema.
impl Serialize for VersionSelector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for VersionSelector {
    fn schema_name() -> Cow<'static, str> {
        "VersionSelector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string", "null"],
            "minimum": 1,
            "pattern": r"^(latest|[0-9]+|@.+)$"
        })
    }
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = "a version: a whole number from 1, or `none`";
        match deserializer.deserialize_any(NumberOrText { words })? {
            Found::Number(version) => Ok(Self::At(version)),
            Found::Text(text) if text == "none" => Ok(Self::Absent),
            Found::Text(text) => parse(&text, words).map(Self::At),
            Found::Nothing => Err(de::Error::custom(format!("nothing is not {words}"))),
        }
    }
}

impl JsonSchema for Expect {
    fn schema_name() -> Cow<'static, str> {
        "Expect".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^(none|[0-9]+)$" })
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = "a version: a whole number from 1";
        match deserializer.deserialize_any(NumberOrText { words })? {
            Found::Number(version) => Ok(version),
            Found::Text(text) => parse(&text, words),
            Found::Nothing => Err(de::Error::custom(format!("nothing is not {words}"))),
        }
    }
}

impl JsonSchema for Version {
    fn schema_name() -> Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+$" })
    }
}

fn parse<T: FromStr, E: de::Error>(text: &str, words: &str) -> Result<T, E> {
    text.parse().map_err(|_| E::custom(format!("{text:?} is not {words}")))
}

/// The value of a field that accepts a version or a word.
enum Found {
    Nothing,
    Number(Version),
    Text(String),
}

struct NumberOrText {
    words: &'static str,
}

impl<'de> de::Visitor<'de> for NumberOrText {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }

    fn visit_none<E: de::Error>(self) -> Result<Found, E> {
        Ok(Found::Nothing)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Found, E> {
        Ok(Found::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Found, E> {
        Version::new(number).map(Found::Number).ok_or_else(|| E::custom(format!("{number} is not {}", self.words)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Found, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::custom(format!("{number} is not {}", self.words))),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Found, E> {
        let whole = if number.fract() == 0.0 && (1.0..1e15).contains(&number) {
            format!("; write `{number}`")
        } else {
            String::new()
        };
        Err(E::custom(format!("{number:?} is not {}{whole}", self.words)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Found, E> {
        Ok(Found::Text(text.to_owned()))
    }
}
