//! Which statuses are right.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One status, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statuses(Vec<u16>);

impl Statuses {
    pub(super) fn hold(&self, status: u16) -> bool {
        self.0.contains(&status)
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![200])
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&statuses.join(" or "))
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMore)
    }
}

/// Only to show the default in the schema.
impl Serialize for Statuses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [only] => only.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
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

struct OneOrMore;

impl OneOrMore {
    fn status<E: de::Error>(number: u64) -> Result<u16, E> {
        let status = u16::try_from(number).ok().filter(|status| (100..=599).contains(status));
        status.ok_or_else(|| E::custom(format!("{number} is no status; statuses go from 100 to 599")))
    }
}

impl<'de> de::Visitor<'de> for OneOrMore {
    type Value = Statuses;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status such as 200, or a list of them")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Statuses, E> {
        Ok(Statuses(vec![Self::status(number)?]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Statuses, E> {
        self.visit_u64(u64::try_from(number).unwrap_or_default())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Statuses, A::Error> {
        let mut statuses = vec![];
        while let Some(number) = list.next_element()? {
            statuses.push(Self::status(number)?);
        }
        match statuses.is_empty() {
            true => Err(de::Error::custom("a list of statuses needs at least one")),
            false => Ok(Statuses(statuses)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_or_a_list_of_them_is_read() {
        let read = |yaml: &str| serde_yaml::from_str::<Statuses>(yaml).map(|statuses| statuses.to_string());
        assert_eq!(read("204").unwrap(), "204");
        assert_eq!(read("[200, 204]").unwrap(), "200 or 204");
        for bad in ["[]", "0", "99", "600", "-1", "20000000", "[200, 6]", "ok", "2.5", "true"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
