//! Apprise API: one server in front of a hundred services.

use reqwest::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::post::post_json;
use super::text::visible;
use super::{ChannelConfig, Ending, Notice, SendError, Tone, Tools};

/// Posts to a server of the Apprise API.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppriseChannel {
    /// The address, such as `http://apprise:8000/notify/key`. Kept secret, for its key is one.
    pub url: Address,
    /// Which of the services behind the key are told; by default all.
    #[serde(default)]
    pub tags: Vec<String>,
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

impl AppriseChannel {
    pub(super) async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        let answer = post_json(&self.url, &self.payload(notice), tools).await?;
        if answer.status() == StatusCode::NO_CONTENT {
            // Its word for a key that nothing is configured under.
            return Err(SendError::lasting("nothing is configured under its key"));
        }
        // Its other words are translated, or a log; only a failure has a field of its own.
        let has_error = answer.field("error").is_some_and(|error| error.as_str().is_some_and(|text| !text.is_empty()));
        let is_taken = answer.status() == StatusCode::OK && !answer.is_page() && !has_error;
        answer.taken_if(is_taken, false)
    }

    fn payload(&self, notice: &Notice) -> Value {
        let kind = match notice.tone {
            Tone::Good => "success",
            Tone::Neutral => "info",
            Tone::Bad => "failure",
        };
        let mut body = vec![notice.message.clone()];
        body.extend(notice.details.iter().map(|(label, text)| format!("{label}: {text}")));
        body.extend(notice.url.clone());
        let mut payload = json!({
            "title": visible(&format!("[{}] {}", notice.app_name, notice.title)),
            "body": visible(&body.join("\n")),
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
    use super::super::sample;
    use super::*;

    #[test]
    fn the_payload_is_the_one_that_the_api_documents() {
        let channel: AppriseChannel = serde_yaml::from_str("{url: http://h/notify/k, tags: [ops]}").unwrap();
        insta::assert_json_snapshot!(channel.payload(&sample::promoted()));
        insta::assert_json_snapshot!(channel.payload(&sample::blocked()));
    }
}
