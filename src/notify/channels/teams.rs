//! The Microsoft Teams channel: an adaptive card, which is what the webhooks of workflows accept.
//!
//! A message is limited to 28 KB. All texts are runs of rich text, which has no markup. A mention would need an entity.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::post::post_json;
use super::webhook_url::WebhookUrl;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::sanitize::{strip_invisible, truncate_utf16};
use crate::notify::{Message, Tone};

/// The size limit of a message in bytes, with some room for what a workflow adds.
const MAX_SIZE: usize = 27 * 1024;
const TITLE: usize = 300;
const TEXT: usize = 3000;
/// The text of a connector whose message Teams did not accept.
const FAILED: &str = "delivery failed";
/// The text before the status with which Teams answered the connector.
const TEAMS_STATUS: &str = "returned HTTP error ";

channel! {
    /// Posts to a workflow webhook of Microsoft Teams.
    pub struct TeamsChannel {
        /// The URL of the workflow's webhook. Anyone who knows it can post, so keep it in an environment variable.
        pub webhook_url: WebhookUrl,
    }
}

impl TeamsChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        let answer = post_json(&self.webhook_url, &payload(message), context).await?;
        let is_accepted =
            answer.status() == StatusCode::ACCEPTED && !answer.is_page() && !answer.text().contains(FAILED);
        // Connectors, the older kind of webhook, answer `1`, and report failures with the same status.
        let is_confirmed = is_accepted || answer.text() == "1";
        let is_busy = ["429", "500", "502", "503", "504"]
            .iter()
            .any(|status| answer.text().contains(&format!("{TEAMS_STATUS}{status}")));
        answer.confirm(is_confirmed, is_busy)
    }
}

/// Creates the card with as many details as fit.
fn payload(message: &Message) -> Value {
    let mut details = message.details.len();
    let mut text = TEXT;
    loop {
        let payload = card(message, details, text);
        if payload.to_string().len() <= MAX_SIZE {
            return payload;
        }
        // First fewer details, then shorter texts, so that a card is always sent.
        if details > 0 { details /= 2 } else { text /= 2 }
    }
}

fn card(message: &Message, details: usize, most: usize) -> Value {
    let color = match message.tone {
        Tone::Good => "Good",
        Tone::Neutral => "Default",
        Tone::Bad => "Attention",
    };
    let title = truncate_utf16(&strip_invisible(&format!("{}: {}", message.app_name, message.title)), TITLE);
    let heading = json!({ "type": "TextRun", "text": title, "weight": "Bolder", "size": "Large", "color": color });
    let mut body = vec![rich(&[heading]), rich(&[run(&message.text, most)])];
    for (label, text) in &message.details[..details] {
        let label = json!({ "type": "TextRun", "text": format!("{label}: "), "weight": "Bolder" });
        body.push(rich(&[label, run(text, most)]));
    }
    if details < message.details.len() {
        body.push(rich(&[run("…", most)]));
    }
    let mut content = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": { "width": "full" },
        "body": body,
    });
    if let Some(url) = message.url.as_ref().filter(|url| url.len() <= TEXT) {
        content["actions"] = json!([{ "type": "Action.OpenUrl", "title": "Open in MLflow", "url": url }]);
    }
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": content,
    });
    json!({ "type": "message", "attachments": [attachment] })
}

fn rich(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str, most: usize) -> Value {
    json!({ "type": "TextRun", "text": truncate_utf16(&strip_invisible(text), most) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notify::test_fixtures;

    #[test]
    fn every_kind_of_message_has_its_payload() {
        for (name, message) in test_fixtures::all_kinds() {
            insta::assert_json_snapshot!(name, payload(&message));
        }
    }

    /// Fails unless Teams would accept the message, and all of it is plain text.
    fn check(payload: &Value) {
        assert!(payload.to_string().len() <= 28 * 1024);
        let body = payload["attachments"][0]["content"]["body"].as_array().unwrap();
        assert!(body.len() >= 2 && body.iter().all(|block| block["type"] == "RichTextBlock"), "{payload:#}");
        let runs = body.iter().flat_map(|block| block["inlines"].as_array().unwrap());
        assert!(runs.into_iter().all(|run| run["type"] == "TextRun" && run["text"].is_string()), "{payload:#}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_message_fits(message in test_fixtures::any_message()) {
            check(&payload(&message));
        }
    }

    #[test]
    fn a_card_of_any_texts_fits_and_is_plain_text() {
        for message in test_fixtures::hostile() {
            check(&payload(&message));
        }
    }
}
