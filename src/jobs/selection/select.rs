//! The config of the search for the best version.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::sort_key::SortKey;
use crate::registry::Filter;

/// Selects the best of the `READY` versions that a filter finds; of equal ones the newest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Raw")]
#[schemars(with = "Raw")]
pub struct Select {
    pub(super) filter: Option<Filter>,
    pub(super) order_by: Vec<SortKey>,
}

/// The fields of the config, before they are validated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The condition on the version, in MLflow's grammar: comparisons of `version_number`, `run_id`, `source_path` and
    /// `tags.<key>` joined by `AND`.
    #[serde(default)]
    filter: Option<Filter>,
    /// The keys that rank the versions, most important first: a text such as `metrics.rmse ASC` (the lowest first), or a
    /// list of such texts. Default: the newest version is the best.
    #[serde(default, deserialize_with = "one_or_many")]
    #[schemars(schema_with = "keys")]
    order_by: Vec<SortKey>,
}

impl TryFrom<Raw> for Select {
    type Error = &'static str;

    fn try_from(Raw { filter, order_by }: Raw) -> Result<Self, &'static str> {
        if filter.is_none() && order_by.is_empty() {
            return Err("`select` needs a `filter`, an `order_by` or both; to take the latest version, leave it out");
        }
        let repeats = |at: usize| order_by[..at].iter().any(|one| one.key == order_by[at].key);
        if (0..order_by.len()).any(repeats) {
            return Err("`order_by` names a key twice");
        }
        Ok(Self { filter, order_by })
    }
}

impl<'de> Deserialize<'de> for SortKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

fn keys(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1, "default": [] })
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SortKey>, D::Error> {
    deserializer.deserialize_any(OneOrMany)
}

struct OneOrMany;

impl<'de> de::Visitor<'de> for OneOrMany {
    type Value = Vec<SortKey>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text such as `metrics.rmse ASC`, or a list of such")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<SortKey>, E> {
        Ok(vec![text.parse().map_err(E::custom)?])
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<SortKey>, A::Error> {
        let mut orders = vec![];
        while let Some(order) = list.next_element()? {
            orders.push(order);
        }
        Ok(orders)
    }
}
