//! The URL of an url.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de};

use super::response::MAX_QUOTE;
use crate::secret::{SecretUri, Secrets};
use crate::text::ForeignText;

/// An `http` or `https` URL, shown without its login and its query, which may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct EndpointUrl {
    url: Url,
    redacted: SecretUri,
}

impl EndpointUrl {
    fn parse(text: &SecretUri) -> Result<Self, &'static str> {
        let url: Url = text.expose().parse().map_err(|_| "this is no address; write `https://host/path`")?;
        match url.scheme() {
            "http" | "https" => Ok(Self { redacted: SecretUri::new(url.as_str()), url }),
            _ => Err("the address of an endpoint begins with `https://` or `http://`"),
        }
    }

    /// Returns the URL with its login, for the request.
    pub(super) fn expose(&self) -> Url {
        self.url.clone()
    }

    /// Returns the host, with the port unless it is the default of the scheme.
    pub(super) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns the target of a redirect without secrets.
    pub(super) fn redirect_target(&self, location: &str, secrets: &Secrets) -> String {
        let Ok(url) = self.url.join(location) else { return "nowhere".to_owned() };
        ForeignText::new(SecretUri::new(url).to_string()).hide(secrets).cut(MAX_QUOTE).to_string()
    }

    /// Adds the secret parts of the URL, encoded as in the config and decoded.
    pub(super) fn add_to(&self, secrets: &mut Secrets) {
        let query = self.url.query().unwrap_or_default();
        let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
        let parts: Vec<&str> =
            [self.url.username(), self.url.password().unwrap_or_default(), query].into_iter().chain(values).collect();
        parts.iter().for_each(|part| secrets.insert(part));
        parts.iter().for_each(|part| secrets.insert(&percent_decode_str(part).decode_utf8_lossy()));
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.redacted.fmt(f)
    }
}

impl fmt::Debug for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for EndpointUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&SecretUri::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for EndpointUrl {
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
    fn only_http_urls_are_accepted_and_errors_do_not_repeat_them() {
        for bad in ["hunter2", "ftp://hunter2/x", "https://", "http://h:hunter2/", "http://me:hunt/er2@h"] {
            let error = EndpointUrl::parse(&SecretUri::new(bad)).unwrap_err();
            assert!(!error.contains("hunt"), "{error}");
        }
    }

    #[test]
    fn login_and_query_are_hidden() {
        let url = EndpointUrl::parse(&SecretUri::new("https://me:hunter%2F2@host:1/ping?key=hunter3")).unwrap();
        assert_eq!(url.to_string(), "https://***@host:1/ping?***");
        assert_eq!(url.redirect_target("/login?next=x", &Secrets::default()), "https://***@host:1/login?***");
        assert_eq!(url.redirect_target("http://me:x@other/", &Secrets::default()), "http://***@other/");
        let mut secrets = Secrets::default();
        url.add_to(&mut secrets);
        for secret in ["hunter/2", "hunter%2F2", "hunter3"] {
            assert!(secrets.contains(secret), "{secret}");
        }
        assert!(!format!("{url:?}").contains("hunter3"), "{url:?}");
    }
}
