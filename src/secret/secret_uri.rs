//! A URI whose login and query are never shown.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::redactor::register_url;
use super::secret_text::{Secret, deserialize_secret_text};
use super::secrets::REDACTED;
use super::url::may_be_login;

/// The schema keyword for the kind of text in a field.
pub const KIND_OF_TEXT: &str = "x-text";
/// The kind of a URL. It is trimmed and validated.
pub const ADDRESS: &str = "address";
/// The kind of prose, such as a message.
pub const FREE: &str = "free";

/// The URI of a registry or server, which may contain a login or a token.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUri(Secret);

impl SecretUri {
    /// Wraps a URI, and registers its secrets with the redactor.
    pub fn new(uri: impl Into<String>) -> Self {
        let uri = uri.into();
        register_url(&uri);
        Self(Secret::unregistered(uri))
    }

    /// Returns the whole URI, to connect and not to show.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the parts that are never shown: the login and the query.
    pub fn hidden_parts(&self) -> Vec<&str> {
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

/// Hides the login and the query, which may be a token. The query of a database URI is shown.
impl fmt::Display for SecretUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.expose();
        let (scheme, separator, rest) = match (uri.split_once("://"), uri.strip_prefix("//")) {
            (Some((scheme, rest)), _) => (scheme, "://", rest),
            (None, Some(rest)) => ("", "//", rest),
            (None, None) => ("", "", uri),
        };
        // A login that is not percent-encoded may contain `/` or `?`, so everything before the last `@` is hidden.
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
        deserialize_secret_text(deserializer).map(|uri| Self::new(uri.trim()))
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

/// Returns the first character in the login of an `http` or mail URL that must be percent-encoded: unencoded, it would end
/// the host within the password.
pub fn unencoded_in_login(uri: &str) -> Option<char> {
    let (scheme, rest) = uri.split_once("://")?;
    let login = &rest[..rest.rfind('@')?];
    let has_login = ["http", "https", "smtp", "smtps"].contains(&scheme) && login.contains(':') && may_be_login(login);
    login.chars().find(|letter| has_login && matches!(letter, '/' | '?' | '#'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::redact_userinfo;

    #[test]
    fn display_and_debug_hide_the_login() {
        let uri = SecretUri::new("https://me:p@ss:w@host/api");
        assert_eq!(format!("{uri} {uri:?}"), "https://***@host/api https://***@host/api");
    }

    #[test]
    fn a_login_that_is_not_percent_encoded_is_hidden() {
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
    fn a_login_after_mistyped_slashes_is_hidden() {
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
    fn a_query_is_redacted_as_a_possible_token() {
        assert_eq!(SecretUri::new("http://host/?token=hunter2").to_string(), "http://host/?***");
        assert_eq!(redact_userinfo("at http://h/x?sig=hunter2 and more"), "at http://h/x?*** and more");
        assert_eq!(redact_userinfo("(http://h/x?***), http://h/?a, it"), "(http://h/x?***), http://h/?***, it");
        let database = "sqlite:///mlflow.db?timeout=5";
        assert_eq!(SecretUri::new(database).to_string(), database);
        assert_eq!(redact_userinfo(database), database);
    }

    #[test]
    fn text_without_a_login_is_unchanged() {
        for text in ["http://host:5000", "sqlite:///mlflow.db", "a@b", "./mlruns", "http://h/p@q"] {
            assert_eq!(redact_userinfo(text), text);
        }
    }
}
