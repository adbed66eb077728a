//! Any receiver of HTTP requests.

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::address::Address;
use super::post::post;
use super::signature::sign;
use super::{ChannelConfig, Ending, Notice, SendError, Template, Tools};
use crate::http::Headers;
use crate::redact::Secrets;
use crate::secret::Secret;

/// Posts the result as JSON, or a body of your own, to any address.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChannel {
    /// The address. Kept secret, for it may be one.
    pub url: Address,
    /// Headers to send, each kept secret.
    #[serde(default)]
    pub headers: Headers,
    /// A template of the body, such as `{"text": {{ title | tojson }} }`; by default the result as JSON.
    #[serde(default)]
    pub body: Option<Template>,
    /// What the body is signed with, in the scheme of MLflow's own webhooks; unsigned without it.
    #[serde(default, deserialize_with = "signing")]
    pub secret: Option<Secret>,
    /// The endings it is told of; by default those of `services.alerts.events`.
    #[serde(default)]
    pub on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub fallback: Option<Box<ChannelConfig>>,
}

impl WebhookChannel {
    pub(super) async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        let body = match &self.body {
            Some(template) => notice.fill(template)?,
            None => notice.document().to_string(),
        };
        let headers = self.headers(&notice.id, &body)?;
        post(&self.url, headers, body, tools, &self.secrets()).await.map(drop)
    }

    /// Makes the headers: ours, and the config's own over them.
    fn headers(&self, id: &str, body: &str) -> Result<HeaderMap, SendError> {
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        headers.extend(self.headers.expose().clone());
        let timestamp = Timestamp::now().as_second().to_string();
        let signature = self.secret.as_ref().map(|secret| sign(secret, id, &timestamp, body));
        let signed = signature.as_deref().map(|signature| ("x-runner-signature", signature));
        for (name, value) in
            [("x-runner-delivery-id", id), ("x-runner-timestamp", &timestamp)].into_iter().chain(signed)
        {
            let value = value.parse().map_err(|_| SendError::lasting(format!("no header can carry `{name}`")))?;
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// Returns what a receiver may repeat of what it was sent, and must not be shown.
    fn secrets(&self) -> Secrets {
        let mut secrets = self.url.secrets();
        self.headers.add_to(&mut secrets);
        secrets
    }
}

/// Reads what bodies are signed with. With an empty one, anybody could sign.
fn signing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    let secret = Option::<Secret>::deserialize(deserializer)?;
    match secret.as_ref().is_some_and(Secret::is_empty) {
        true => Err(de::Error::custom("a secret to sign with cannot be empty; set it, or leave the key out")),
        false => Ok(secret),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn the_document_is_the_result_of_the_job() {
        insta::assert_json_snapshot!(sample::promoted().document());
    }

    #[test]
    fn the_document_of_a_batch_holds_every_job() {
        let jobs = [sample::job("bikes", None), sample::job("cars", None)];
        insta::assert_json_snapshot!(sample::batch(&[&jobs[0], &jobs[1]]).document());
    }
}
