//! The redacting types: what they hold can be used, and never be read in a log, an error or a report.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};

/// What a secret looks like wherever it would be shown.
pub const REDACTED: &str = "***";

/// Holds a password, a token or an address that is a credential by itself.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text that must never be shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns whether the text is empty, which every login treats as "not given".
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
        deserializer.deserialize_any(TextVisitor).map(Self::new)
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true })
    }
}

/// Holds the address of a registry, and hides the user and password that one may carry.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUri(Secret);

impl SecretUri {
    /// Wraps an address.
    pub fn new(uri: impl Into<String>) -> Self {
        Self(Secret::new(uri))
    }

    /// Returns the whole address, credentials included, for the one place that connects.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Display for SecretUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact_userinfo(self.expose()))
    }
}

impl fmt::Debug for SecretUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for SecretUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Secret::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for SecretUri {
    fn schema_name() -> Cow<'static, str> {
        "Uri".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Replaces the `user:password@` of every URL in a text.
///
/// ```
/// let shown = runner::secret::redact_userinfo("http://me:hunter2@mlflow:5000/path");
/// assert_eq!(shown, "http://***@mlflow:5000/path");
/// ```
pub fn redact_userinfo(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        shown.push_str(before);
        // A password may itself hold an `@`: the last one before the path ends the userinfo.
        let authority = after.find(['/', '?', '#', ' ', '"', '\'', '\n']).unwrap_or(after.len());
        rest = match after[..authority].rfind('@') {
            Some(end) => {
                shown.push_str(REDACTED);
                &after[end..]
            }
            None => after,
        };
    }
    shown.push_str(rest);
    shown
}

/// Accepts text only, and never repeats what it was given instead.
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
    fn debug_and_display_never_show_what_is_held() {
        let secret = Secret::new("hunter2");
        let uri = SecretUri::new("https://me:p@ss:w@host/api");
        let shown = format!("{secret:?} {uri} {uri:?}");
        assert_eq!(shown, "*** https://***@host/api https://***@host/api");
    }

    #[test]
    fn an_error_about_a_secret_does_not_repeat_it() {
        for yaml in ["12345", "true", "2.5", "-7"] {
            let error = serde_yaml::from_str::<Secret>(yaml).unwrap_err().to_string();
            assert!(!error.contains(yaml), "{error}");
            assert!(error.contains("put the value in quotes"), "{error}");
        }
    }

    #[test]
    fn text_without_a_login_is_left_alone() {
        for text in ["http://host:5000", "sqlite:///mlflow.db", "a@b", "./mlruns", "http://h/p@q"] {
            assert_eq!(redact_userinfo(text), text);
        }
    }
}
