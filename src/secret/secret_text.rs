//! A text that is never shown.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};

use super::redactor::register;
use super::secret_names::is_secret_name;
use super::secrets::REDACTED;

/// A password, a token or a URL that is a credential by itself.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text, and registers it with the redactor.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        register(&text);
        Self::unregistered(text)
    }

    /// Wraps the value of a setting, and registers it if the name says that it is a secret. Others, such as a region, are
    /// hidden by this type only, and stay visible in other texts.
    pub fn from_setting(name: &str, text: impl Into<String>) -> Self {
        if is_secret_name(name) { Self::new(text) } else { Self::unregistered(text.into()) }
    }

    /// Wraps a text that other texts may show, such as the name of a user.
    pub fn unregistered(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// Returns the text, to be sent and not shown.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns whether the text is empty. Every login treats that as "not given".
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_secret_text(deserializer).map(Self::new)
    }
}

/// Deserializes a text that no error may repeat.
pub fn deserialize_secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(TextVisitor)
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

/// Accepts only text, and never repeats another value in an error.
struct TextVisitor;

impl TextVisitor {
    fn refuse<E: de::Error>() -> E {
        E::custom("expected text; put the value in quotes")
    }
}

impl<'de> de::Visitor<'de> for TextVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<String, E> {
        Err(Self::refuse())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<String, E> {
        Err(Self::refuse())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<String, E> {
        Err(Self::refuse())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<String, E> {
        Err(Self::refuse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_text() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "***");
    }

    #[test]
    fn an_error_about_a_secret_does_not_repeat_it() {
        for yaml in ["12345", "true", "2.5", "-7"] {
            let error = serde_yaml::from_str::<Secret>(yaml).unwrap_err().to_string();
            assert!(!error.contains(yaml), "{error}");
            assert!(error.contains("put the value in quotes"), "{error}");
        }
    }
}
