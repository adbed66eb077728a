//! HTTP headers in a config, validated when it is read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use reqwest::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de};

use crate::secret::{Secret, Secrets, deserialize_secret_text, is_secret_name, register};

/// The headers that frame a request; another value would break it.
const RESERVED: [HeaderName; 3] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

/// The words before the secret in a header, which are none.
const SCHEMES: [&str; 5] = ["Bearer", "Basic", "Token", "Digest", "ApiKey"];

/// Headers of a request. Their values may be secrets and are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(HeaderMap);

impl Headers {
    /// Returns the headers, for the one place that sends them.
    pub(crate) fn expose(&self) -> &HeaderMap {
        &self.0
    }

    /// Adds the values and their words to the secrets that are hidden where they are repeated.
    pub(crate) fn add_to(&self, secrets: &mut Secrets) {
        let values = self.0.values().filter_map(|value| value.to_str().ok());
        values.flat_map(parts).for_each(|part| secrets.insert(part));
    }

    fn parse(given: BTreeMap<String, Text>) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        for (name, Text(value)) in given {
            // A value such as that of `Accept` is hidden only where the receiver repeats it.
            if is_secret_name(&name) {
                parts(&value).for_each(register);
            }
            let key: HeaderName = name.parse().map_err(|_| format!("`{name}` is no name of a header"))?;
            let problem = |_| format!("the value of the header `{name}` holds a character that no header can carry");
            let mut value: HeaderValue = value.parse().map_err(problem)?;
            value.set_sensitive(true);
            if RESERVED.contains(&key) {
                return Err(format!("the header `{name}` is set by the program itself"));
            }
            if headers.insert(key, value).is_some() {
                return Err(format!("the header `{name}` is there twice, for names of headers have no case"));
            }
        }
        Ok(Self(headers))
    }
}

/// The value of a header, which no error may show.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_secret_text(deserializer).map(Self)
    }
}

/// Returns a value and its words, without the names of login schemes.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let is_scheme = |word: &&str| SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    [value].into_iter().chain(value.split_whitespace()).filter(move |word| !is_scheme(word))
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(BTreeMap::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Headers {
    fn schema_name() -> Cow<'static, str> {
        "Headers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Secret>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_cannot_be_sent_is_refused_without_its_value() {
        let read = |name: &str, value: &str| Headers::parse([(name.to_owned(), Text(value.to_owned()))].into());
        assert!(read("X Y", "hunter2").unwrap_err().contains("`X Y`"));
        let error = read("X-Token", "hunter2\nX-Other: 1").unwrap_err();
        assert!(error.contains("`X-Token`") && !error.contains("hunter2"), "{error}");
        assert!(!format!("{:?}", read("X-Token", "hunter2").unwrap()).contains("hunter2"));
        assert!(read("content-length", "5").unwrap_err().contains("`content-length` is set by"));
        let twice = [("X-Token", "1"), ("x-token", "2")].map(|(name, value)| (name.to_owned(), Text(value.to_owned())));
        assert!(Headers::parse(twice.into()).unwrap_err().contains("`x-token` is there twice"));
    }
}
