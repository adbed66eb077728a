//! JSON, with repeated keys refused.

use std::fmt;

use figment::value::{Dict, Empty, Tag, Value};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::json_positions::positions;
use super::problem::{Fault, MOST_SHOWN, Place};

const REPEATED: &str = "a repeated key";

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Value, Vec<Fault>> {
    serde_json::from_str::<Strict>(text).map(|strict| strict.0).map_err(|error| {
        let told = error.to_string();
        if told.starts_with(REPEATED) {
            let repeated = positions(text).repeated_keys(MOST_SHOWN);
            if !repeated.is_empty() {
                return repeated;
            }
        }
        let place = Place::Spot { line: error.line().max(1), column: error.column().saturating_sub(1) };
        let told = told.split(" at line ").next().unwrap_or_default();
        vec![Fault::new(place, format!("this is not JSON: {told}"))]
    })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Empty(Tag::Default, Empty::Unit))
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut dict = Dict::new();
        while let Some(key) = entries.next_key::<String>()? {
            if dict.contains_key(&key) {
                return Err(de::Error::custom(format_args!("{REPEATED}: {key:?}")));
            }
            let Strict(value) = entries.next_value()?;
            dict.insert(key, value);
        }
        Ok(dict.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_refused_at_every_depth() {
        let faults = parse(r#"{"a": [{"b": 1, "b": 2}], "c": 1, "c": 2}"#).unwrap_err();
        assert_eq!(faults.len(), 2, "{faults:?}");
    }

    #[test]
    fn a_syntax_error_has_a_place() {
        let fault = parse("{\n  \"a\": }").unwrap_err().remove(0);
        assert_eq!(fault.place, Place::Spot { line: 2, column: 7 });
        assert!(!fault.message.contains("line"), "{}", fault.message);
    }
}
