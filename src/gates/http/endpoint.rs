//! The address of an endpoint.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de};

use super::answer::MOST_TOLD;
use crate::redact::Secrets;
use crate::secret::SecretUri;
use crate::text::ForeignText;

/// An `http` or `https` address, shown without its login and its query, which may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    url: Url,
    shown: SecretUri,
}

impl Endpoint {
    fn parse(text: &SecretUri) -> Result<Self, &'static str> {
        let url: Url = text.expose().parse().map_err(|_| "this is no address; write `https://host/path`")?;
        match url.scheme() {
            "http" | "https" => Ok(Self { shown: SecretUri::new(url.as_str()), url }),
            _ => Err("the address of an endpoint begins with `https://` or `http://`"),
        }
    }

    /// Returns the address, for the one place that connects.
    pub(crate) fn expose(&self) -> Url {
        self.url.clone()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns where a redirect leads, as it may be shown.
    pub(super) fn join(&self, location: &str, secrets: &Secrets) -> String {
        let Ok(url) = self.url.join(location) else { return "nowhere".to_owned() };
        ForeignText::new(SecretUri::new(url).to_string()).hide(secrets).cut(MOST_TOLD).to_string()
    }

    /// Adds the parts that an endpoint may repeat and that must not be shown, as they are written and as they are meant.
    pub(super) fn add_to(&self, secrets: &mut Secrets) {
        let query = self.url.query().unwrap_or_default();
        let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
        let parts: Vec<&str> =
            [self.url.username(), self.url.password().unwrap_or_default(), query].into_iter().chain(values).collect();
        parts.iter().for_each(|part| secrets.insert(part));
        parts.iter().for_each(|part| secrets.insert(&percent_decode_str(part).decode_utf8_lossy()));
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&SecretUri::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Endpoint {
    fn schema_name() -> Cow<'static, str> {
        SecretUri::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SecretUri::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_taken_and_none_is_repeated() {
        for bad in ["hunter2", "ftp://hunter2/x", "https://", "http://h:hunter2/", "http://me:hunt/er2@h"] {
            let error = Endpoint::parse(&SecretUri::new(bad)).unwrap_err();
            assert!(!error.contains("hunt"), "{error}");
        }
    }

    #[test]
    fn neither_a_login_nor_a_query_is_shown() {
        let endpoint = Endpoint::parse(&SecretUri::new("https://me:hunter%2F2@host:1/ping?key=hunter3")).unwrap();
        assert_eq!(endpoint.to_string(), "https://***@host:1/ping?***");
        assert_eq!(endpoint.join("/login?next=x", &Secrets::default()), "https://***@host:1/login?***");
        assert_eq!(endpoint.join("http://me:x@other/", &Secrets::default()), "http://***@other/");
        let mut secrets = Secrets::default();
        endpoint.add_to(&mut secrets);
        for secret in ["hunter/2", "hunter%2F2", "hunter3"] {
            assert!(secrets.contains(secret), "{secret}");
        }
        assert!(!format!("{endpoint:?}").contains("hunter3"), "{endpoint:?}");
    }
}
