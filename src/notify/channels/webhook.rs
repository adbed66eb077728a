//! The webhook channel: posts to any HTTP endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use ring::hmac;
use serde::{Deserialize, Deserializer, de};

use super::post::post;
use super::webhook_url::WebhookUrl;
use crate::http::Headers;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::{Message, Template};
use crate::secret::{Secret, Secrets};

channel! {
    /// Posts the result as JSON, or a body of your own, to any URL.
    pub struct WebhookChannel {
        /// The URL. It is treated as a secret, because it may contain one.
        pub url: WebhookUrl,
        /// Headers to send. Their values are treated as secrets.
        #[serde(default)]
        pub headers: Headers,
        /// A template of the body, such as `{"text": {{ title | tojson }} }`; by default the result as JSON.
        #[serde(default)]
        pub body: Option<Template>,
        /// The key to sign the body with, in the scheme of MLflow's own webhooks; by default it is not signed.
        #[serde(default, deserialize_with = "signing_key")]
        pub secret: Option<Secret>,
    }
}

impl WebhookChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        let body = match &self.body {
            Some(template) => message.render(template)?,
            None => message.document().to_string(),
        };
        let headers = self.headers(&message.id, &body)?;
        post(&self.url, headers, body, context, &self.secrets()).await.map(drop)
    }

    /// Returns the headers: the defaults, the config's own, and those of the delivery.
    fn headers(&self, id: &str, body: &str) -> Result<HeaderMap, SendError> {
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        headers.extend(self.headers.expose().clone());
        let timestamp = Timestamp::now().as_second().to_string();
        let signature = self.secret.as_ref().map(|secret| sign(secret, id, &timestamp, body));
        let signed = signature.as_deref().map(|signature| ("x-runner-signature", signature));
        for (name, value) in
            [("x-runner-delivery-id", id), ("x-runner-timestamp", &timestamp)].into_iter().chain(signed)
        {
            let value = value.parse().map_err(|_| SendError::permanent(format!("no header can carry `{name}`")))?;
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// Returns the secrets that a receiver may repeat.
    fn secrets(&self) -> Secrets {
        let mut secrets = self.url.secrets();
        self.headers.add_to(&mut secrets);
        secrets
    }
}

/// Deserializes the signing key. With an empty key, anybody could sign.
fn signing_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    let secret = Option::<Secret>::deserialize(deserializer)?;
    match secret.as_ref().is_some_and(Secret::is_empty) {
        true => Err(de::Error::custom("a secret to sign with cannot be empty; set it, or leave the key out")),
        false => Ok(secret),
    }
}

/// Signs a body: `v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`.
///
/// Source: MLflow 3.17.2, `mlflow/webhooks/delivery.py`.
fn sign(secret: &Secret, id: &str, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;

    #[test]
    fn the_document_is_the_result_of_the_job() {
        insta::assert_json_snapshot!(test_fixtures::promoted().document());
    }

    #[test]
    fn the_document_of_a_batch_holds_every_job() {
        let jobs = [test_fixtures::job("bikes", None), test_fixtures::job("cars", None)];
        insta::assert_json_snapshot!(test_fixtures::batch(&[&jobs[0], &jobs[1]]).document());
    }

    #[test]
    fn the_signature_matches_python() {
        let signature = sign(&Secret::new("s3cret"), "id-1", "1700000000", r#"{"a": "é"}"#);
        assert_eq!(signature, "v1,sV9/x7TFDzydUGh29xE5EcGbERbrsbNKNFkyQCL9JS8=");
    }
}
