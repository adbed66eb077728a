//! The Slack channel: a message with blocks, and a plain text for notifications.
//!
//! The limits of Slack: 50 blocks, 150 characters a header, 3000 a section's text, 10 fields a section with 2000 each.

use serde_json::{Value, json};

use super::post::post_json;
use super::webhook_url::WebhookUrl;
use crate::notify::Message;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::sanitize::{escape_and_truncate, strip_invisible};

const HEADER: usize = 150;
const SECTION: usize = 3000;
const FIELD: usize = 2000;
const FIELDS: usize = 10;
/// The most fields of a message: 40 sections of them, which with the other blocks stay below the limit of 50.
const MAX_FIELDS: usize = 40 * FIELDS;

channel! {
    /// Posts to an incoming webhook of Slack.
    pub struct SlackChannel {
        /// The URL of the webhook. Anyone who knows it can post, so keep it in an environment variable.
        pub webhook_url: WebhookUrl,
    }
}

impl SlackChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        let answer = post_json(&self.webhook_url, &payload(message), context).await?;
        // The answers of a webhook, of Slack's API, and of Rocket.Chat, which accepts the same messages.
        let is_true = |name| answer.field(name) == Some(Value::Bool(true));
        let is_confirmed = answer.text() == "ok" || is_true("ok") || is_true("success");
        answer.confirm(is_confirmed, false)
    }
}

fn payload(message: &Message) -> Value {
    let Message { app_name, title, text, details, url, .. } = message;
    let mut blocks = vec![
        json!({ "type": "header", "text": plain(&format!("{app_name}: {title}"), HEADER) }),
        json!({ "type": "section", "text": plain(text, SECTION) }),
    ];
    let field = |(label, text): &(_, String)| plain(&format!("{label}: {text}"), FIELD);
    let mut fields: Vec<Value> = details.iter().take(MAX_FIELDS).map(field).collect();
    if fields.len() < details.len() {
        fields[MAX_FIELDS - 1] = plain("…", FIELD);
    }
    blocks.extend(fields.chunks(FIELDS).map(|fields| json!({ "type": "section", "fields": fields })));
    // A button would need an app that handles clicks.
    let link = url.as_ref().map(|url| format!("<{}|Open in MLflow>", link(url)));
    if let Some(link) = link.filter(|link| link.len() <= SECTION) {
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link } }));
    }
    json!({
        "text": escape(&format!("[{app_name}] {title}: {text}"), SECTION),
        "blocks": blocks,
        // Slack must not fetch and show URLs of the text.
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// Creates a text object without markup.
fn plain(text: &str, most: usize) -> Value {
    let text = escape(text, most);
    // Slack rejects an empty text.
    json!({ "type": "plain_text", "text": if text.trim().is_empty() { "-" } else { &text }, "emoji": false })
}

/// Escapes the three characters that begin mentions, links and entities.
fn escape(text: &str, most: usize) -> String {
    escape_and_truncate(&strip_invisible(text), most, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    })
}

fn link(url: &str) -> String {
    url.replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('|', "%7C")
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

    /// Fails unless Slack would accept the message.
    fn check(payload: &Value) {
        let blocks = payload["blocks"].as_array().unwrap();
        assert!((1..=50).contains(&blocks.len()));
        let fits =
            |text: &Value, most: usize| (1..=most).contains(&text["text"].as_str().unwrap().encode_utf16().count());
        for block in blocks {
            let most = if block["type"] == "header" { 150 } else { 3000 };
            assert!(block["text"].is_null() || fits(&block["text"], most), "{block:#}");
            let fields = block["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert!(fields.len() <= 10 && fields.iter().all(|field| fits(field, 2000)), "{block:#}");
        }
    }

    #[test]
    fn mentions_are_escaped_and_limits_respected() {
        for message in test_fixtures::hostile() {
            let payload = payload(&message);
            check(&payload);
            assert!(!payload.to_string().contains("<!"), "{payload:#}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_message_fits(message in test_fixtures::any_message()) {
            check(&payload(&message));
        }
    }
}
