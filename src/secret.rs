//! The redacting types: what they hold can be used, and never be read in a log, an error or a report.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};

use crate::redact::{self, may_be_login, names_secret};
pub use crate::redact::{REDACTED, redact_message, redact_userinfo};

/// The word of the schema that says what kind of text a field holds.
pub(crate) const KIND_OF_TEXT: &str = "x-text";
/// The kind of an address: trimmed, and refused where it cannot be one.
pub(crate) const ADDRESS: &str = "address";
/// The kind of what people write to people.
pub(crate) const FREE: &str = "free";

/// Holds a password, a token or an address that is a credential by itself.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text that must never be shown, and lets the redactor know it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        redact::register(&text);
        Self::unregistered(text)
    }

    /// Wraps a setting, which the redactor is to know where its name says that it is a secret. Others, such as a region,
    /// are not shown by this type, and not hidden where a text names them.
    pub fn named(name: &str, text: impl Into<String>) -> Self {
        if names_secret(name) { Self::new(text) } else { Self::unregistered(text.into()) }
    }

    /// Wraps a text that is a secret only as a part of others, such as the name of a user.
    pub(crate) fn unregistered(text: String) -> Self {
        Self(SecretString::from(text))
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
        secret_text(deserializer).map(Self::new)
    }
}

/// Reads a text that no error may repeat.
pub(crate) fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
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

/// Holds the address of a registry, and hides the user and password that one may carry.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUri(Secret);

impl SecretUri {
    /// Wraps an address, and lets the redactor know its login.
    pub fn new(uri: impl Into<String>) -> Self {
        let uri = uri.into();
        redact::register_address(&uri);
        Self(Secret::unregistered(uri))
    }

    /// Returns the whole address, credentials included, for the one place that connects.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the parts of the address that are never shown: its login, and its query.
    pub(crate) fn hidden_parts(&self) -> Vec<&str> {
        let uri = self.expose();
        let is_database = uri.starts_with("sqlite://");
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let at = rest.rfind('@').filter(|at| may_be_login(&rest[..*at]));
        let (login, rest) = at.map_or(("", rest), |at| (&rest[..at], &rest[at + 1..]));
        let password = login.split_once(':').map_or("", |(_, password)| password);
        let query = rest.find(['?', '#']).filter(|_| !is_database).map_or("", |at| &rest[at + 1..]);
        [login, password, query].into_iter().filter(|part| !part.is_empty()).collect()
    }
}

/// Shows an address without its login and, but for a database's, without its query, which may be a token.
impl fmt::Display for SecretUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.expose();
        let (scheme, separator, rest) = match (uri.split_once("://"), uri.strip_prefix("//")) {
            (Some((scheme, rest)), _) => (scheme, "://", rest),
            (None, Some(rest)) => ("", "//", rest),
            (None, None) => ("", "", uri),
        };
        // In a login that was not percent-encoded, a `/` or `?` ends nothing: whatever is before the last `@` goes.
        let rest = match rest.rfind('@') {
            Some(at) if may_be_login(&rest[..at]) => format!("{REDACTED}{}", &rest[at..]),
            _ => rest.to_owned(),
        };
        match rest.find(['?', '#']).filter(|_| scheme != "sqlite") {
            Some(query) => write!(f, "{scheme}{separator}{}{REDACTED}", &rest[..=query]),
            None => write!(f, "{scheme}{separator}{rest}"),
        }
    }
}

impl fmt::Debug for SecretUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for SecretUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        secret_text(deserializer).map(|uri| Self::new(uri.trim()))
    }
}

impl JsonSchema for SecretUri {
    fn schema_name() -> Cow<'static, str> {
        "Uri".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", KIND_OF_TEXT: ADDRESS })
    }
}

/// Returns a letter of the login in an `http` or mail address that ends a host, so that the password goes on behind it.
pub(crate) fn unencoded_in_login(uri: &str) -> Option<char> {
    let (scheme, rest) = uri.split_once("://")?;
    let login = &rest[..rest.rfind('@')?];
    let has_login = ["http", "https", "smtp", "smtps"].contains(&scheme) && login.contains(':') && may_be_login(login);
    login.chars().find(|letter| has_login && matches!(letter, '/' | '?' | '#'))
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
    fn a_login_that_was_not_encoded_is_hidden_as_well() {
        for password in ["p/w", "p#w", "p?w", "p@w", "p w", "p:w", "p'w", "'p'"] {
            let uri = format!("http://me:{password}@host:5000/api");
            assert_eq!(SecretUri::new(&uri).to_string(), "http://***@host:5000/api", "{uri}");
            if password != "p w" {
                assert_eq!(redact_userinfo(&format!("at {uri}")), "at http://***@host:5000/api", "{uri}");
            }
        }
        let quoted = "'http://me:it's@host', 'file://you:pw@h/x'.";
        assert_eq!(redact_userinfo(quoted), "'http://***@host', 'file://***@h/x'.");
        let prose = "such as `smtps://mail:465`; a login goes before the host, as `user@`";
        assert_eq!(redact_userinfo(prose), prose);
        assert_eq!(SecretUri::new("me:hunter2@host:5000").to_string(), "***@host:5000");
        assert_eq!(SecretUri::new("//me:hunter2@host/x").to_string(), "//***@host/x");
    }

    #[test]
    fn a_login_in_an_address_with_a_slip_is_hidden_as_well() {
        for slip in ["http:///", "http:/", "http:", "https:", "http:\\\\", "http:////"] {
            for text in [
                redact_userinfo(&format!("at {slip}me:hunter2@host/x")),
                SecretUri::new(format!("{slip}me:hunter2@host/x")).to_string(),
            ] {
                assert!(!text.contains("hunter2") && text.ends_with("@host/x"), "{text}");
            }
        }
        let both = redact_userinfo("http:me:hunter2@h and http://me:hunter2@h");
        assert_eq!(both, "http:***@h and http://***@h");
        for text in ["http: no@address:here", "file:///srv/a@b", "sqlite:////srv/a@b.db", "http: http://h/p@q"] {
            assert_eq!(redact_userinfo(text), text);
        }
    }

    #[test]
    fn a_query_may_be_a_token() {
        assert_eq!(SecretUri::new("http://host/?token=hunter2").to_string(), "http://host/?***");
        assert_eq!(redact_userinfo("at http://h/x?sig=hunter2 and more"), "at http://h/x?*** and more");
        assert_eq!(redact_userinfo("(http://h/x?***), http://h/?a, it"), "(http://h/x?***), http://h/?***, it");
        let database = "sqlite:///mlflow.db?timeout=5";
        assert_eq!(SecretUri::new(database).to_string(), database);
        assert_eq!(redact_userinfo(database), database);
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
