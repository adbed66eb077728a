//! The Apprise API: a server that forwards messages to many services.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::post::post_json;
use super::webhook_url::WebhookUrl;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::sanitize::strip_invisible;
use crate::notify::{Message, Tone};

channel! {
    /// Posts to a server of the Apprise API.
    pub struct AppriseChannel {
        /// The URL, such as `http://apprise:8000/notify/key`. It is a secret, because the key is part of it.
        pub url: WebhookUrl,
        /// The tags of the services to notify, of those configured under the key; by default all.
        #[serde(default)]
        pub tags: Vec<String>,
    }
}

impl AppriseChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        let answer = post_json(&self.url, &self.payload(message), context).await?;
        if answer.status() == StatusCode::NO_CONTENT {
            // The server answers this for a key without services.
            return Err(SendError::permanent("nothing is configured under its key"));
        }
        // The rest of the body is translated text, or a log. Only a failure sets `error`.
        let has_error = answer.field("error").is_some_and(|error| error.as_str().is_some_and(|text| !text.is_empty()));
        let is_confirmed = answer.status() == StatusCode::OK && !answer.is_page() && !has_error;
        answer.confirm(is_confirmed, false)
    }

    fn payload(&self, message: &Message) -> Value {
        let kind = match message.tone {
            Tone::Good => "success",
            Tone::Neutral => "info",
            Tone::Bad => "failure",
        };
        let mut body = vec![message.text.clone()];
        body.extend(message.details.iter().map(|(label, text)| format!("{label}: {text}")));
        body.extend(message.url.clone());
        let mut payload = json!({
            "title": strip_invisible(&format!("[{}] {}", message.app_name, message.title)),
            "body": strip_invisible(&body.join("\n")),
            "type": kind,
            "format": "text",
        });
        if !self.tags.is_empty() {
            payload["tag"] = json!(self.tags);
        }
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;

    #[test]
    fn the_payload_matches_the_documented_api() {
        let channel: AppriseChannel = serde_yaml::from_str("{url: http://h/notify/k, tags: [ops]}").unwrap();
        insta::assert_json_snapshot!(channel.payload(&test_fixtures::promoted()));
        insta::assert_json_snapshot!(channel.payload(&test_fixtures::blocked()));
    }
}
