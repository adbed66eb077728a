//! Variables for the environment of a program, as a config writes them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::secret::{Secret, deserialize_secret_text};

/// Variables by their names. Their values may be secrets and are never shown; a value whose name is that of a secret is
/// hidden wherever it is repeated.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, Secret>);

impl Variables {
    /// Returns the names with the values, for the environment of a program.
    pub fn expose(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()))
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// The value of a variable, which no error may show.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_secret_text(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = BTreeMap::<String, Text>::deserialize(deserializer)?;
        let mut variables = BTreeMap::new();
        for (name, Text(value)) in given {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(de::Error::custom("a variable has a name, without `=` and NUL"));
            }
            if value.contains('\0') {
                return Err(de::Error::custom(format!("the value of `{name}` holds a NUL character")));
            }
            let value = Secret::from_setting(&name, value);
            variables.insert(name, value);
        }
        Ok(Self(variables))
    }
}

impl JsonSchema for Variables {
    fn schema_name() -> Cow<'static, str> {
        "Variables".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_text_and_has_a_name() {
        let read = serde_yaml::from_str::<Variables>;
        let set = read("{SEED: '1', API_TOKEN: hunter22}").unwrap();
        assert_eq!(format!("{set:?}"), r#"["API_TOKEN", "SEED"]"#);
        assert_eq!(set.expose().next(), Some(("API_TOKEN".to_owned(), "hunter22".to_owned())));
        for bad in ["{'': x}", "{'a=b': x}", "{a: \"\\0\"}", "{a: 1}"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
