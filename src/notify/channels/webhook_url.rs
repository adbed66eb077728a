//! The URL that a channel posts to.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::secret::{ADDRESS, KIND_OF_TEXT, Secret, Secrets};

/// The minimum length of a part of a URL that is redacted by itself, in characters.
const MIN_PART_LENGTH: usize = 4;

/// An `http` or `https` URL. Anyone who knows it can post, so it is never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Secret);

impl WebhookUrl {
    fn parse(secret: Secret) -> Result<Self, &'static str> {
        let url: Url = secret.expose().parse().map_err(|_| "this is no address; write `https://host/path`")?;
        match url.scheme() {
            "http" | "https" => Ok(Self(Secret::new(url))),
            _ => Err("an address to post to begins with `https://` or `http://`"),
        }
    }

    /// Returns the URL, to connect and not to show.
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns this URL with a query parameter added, unless it has one of that name.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let Ok(mut url) = Url::parse(self.expose()) else { return self.clone() };
        if !url.query_pairs().any(|(known, _)| known == name) {
            url.query_pairs_mut().append_pair(name, value);
        }
        Self(Secret::new(url))
    }

    /// Returns the URL and its parts, encoded and decoded. A receiver may repeat any of them.
    pub(super) fn secrets(&self) -> Secrets {
        let mut parts = vec![self.expose().to_owned()];
        if let Ok(url) = Url::parse(self.expose()) {
            let split = |text: &str| text.split(['/', '&', '=', '?', '#']).map(str::to_owned).collect::<Vec<_>>();
            parts.extend([url.path().to_owned(), url.username().to_owned()]);
            parts.extend([url.password(), url.query(), url.host_str()].into_iter().flatten().map(str::to_owned));
            parts.extend([url.path(), url.query().unwrap_or_default()].into_iter().flat_map(split));
        }
        let decoded = parts.iter().map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
        // Short parts, such as `api`, may occur in any answer.
        let parts = parts.iter().cloned().chain(decoded).filter(|part| part.chars().count() >= MIN_PART_LENGTH);
        Secrets::new(parts)
    }
}

impl<'de> Deserialize<'de> for WebhookUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Secret::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for WebhookUrl {
    fn schema_name() -> Cow<'static, str> {
        "WebhookUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "writeOnly": true, KIND_OF_TEXT: ADDRESS })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Scope;

    #[test]
    fn only_http_urls_are_accepted_and_no_error_repeats_one() {
        for bad in ["hunter2", "ftp://hunter2/x", "https://", "http://h:hunter2/"] {
            let error = WebhookUrl::parse(Secret::new(bad)).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(WebhookUrl::parse(Secret::new(" https://h/x\n")).is_ok());
    }

    #[test]
    fn a_parameter_is_added_once() {
        let with = |url: &str| {
            let address = WebhookUrl::parse(Secret::new(url)).unwrap();
            address.with_parameter("wait", "true").expose().to_owned()
        };
        assert_eq!(with("https://h/x"), "https://h/x?wait=true");
        assert_eq!(with("https://h/x?thread_id=1"), "https://h/x?thread_id=1&wait=true");
        assert_eq!(with("https://h/x?wait=false"), "https://h/x?wait=false");
    }

    #[test]
    fn every_part_of_a_url_is_redacted() {
        let address = WebhookUrl::parse(Secret::new("https://me11:pw%2F1@host.example/T000/B%20x1?sig=S1gn")).unwrap();
        let answer = "https://me11:pw%2F1@host.example/T000/B%20x1?sig=S1gn B x1 pw/1 /T000/ S1gn host.example fine";
        let shown = address.secrets().hide(answer, Scope::Value);
        for part in ["me11", "pw/1", "T000", "B x1", "S1gn", "host"] {
            assert!(!shown.contains(part), "{part}: {shown}");
        }
        assert!(shown.ends_with("fine"), "{shown}");
    }
}
