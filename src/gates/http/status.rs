//! The statuses that are expected of a response.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One status, or several of which any is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExpectedStatus(Vec<u16>);

impl ExpectedStatus {
    pub(super) fn includes(&self, status: u16) -> bool {
        self.0.contains(&status)
    }
}

impl Default for ExpectedStatus {
    fn default() -> Self {
        Self(vec![200])
    }
}

impl fmt::Display for ExpectedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&statuses.join(" or "))
    }
}

impl<'de> Deserialize<'de> for ExpectedStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusVisitor)
    }
}

/// Used only for the default value in the schema.
impl Serialize for ExpectedStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl JsonSchema for ExpectedStatus {
    fn schema_name() -> Cow<'static, str> {
        "ExpectedStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "array"],
            "minimum": 100,
            "maximum": 599,
            "minItems": 1,
            "items": { "type": "integer", "minimum": 100, "maximum": 599 }
        })
    }
}

struct StatusVisitor;

impl StatusVisitor {
    fn parse<E: de::Error>(number: u64) -> Result<u16, E> {
        let status = u16::try_from(number).ok().filter(|status| (100..=599).contains(status));
        status.ok_or_else(|| E::custom(format!("{number} is no status; statuses go from 100 to 599")))
    }
}

impl<'de> de::Visitor<'de> for StatusVisitor {
    type Value = ExpectedStatus;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status such as 200, or a list of them")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<ExpectedStatus, E> {
        Ok(ExpectedStatus(vec![Self::parse(number)?]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<ExpectedStatus, E> {
        self.visit_u64(u64::try_from(number).unwrap_or_default())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<ExpectedStatus, A::Error> {
        let mut statuses = vec![];
        while let Some(number) = list.next_element()? {
            statuses.push(Self::parse(number)?);
        }
        match statuses.is_empty() {
            true => Err(de::Error::custom("a list of statuses needs at least one")),
            false => Ok(ExpectedStatus(statuses)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_or_a_list_of_statuses_is_parsed() {
        let parse = |yaml: &str| serde_yaml::from_str::<ExpectedStatus>(yaml).map(|statuses| statuses.to_string());
        assert_eq!(parse("204").unwrap(), "204");
        assert_eq!(parse("[200, 204]").unwrap(), "200 or 204");
        for bad in ["[]", "0", "99", "600", "-1", "20000000", "[200, 6]", "ok", "2.5", "true"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
