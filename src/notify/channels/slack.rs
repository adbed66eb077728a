//! Slack: a message with blocks, and a plain text for notifications.
//!
//! Its limits: 50 blocks, 150 characters a header, 3000 a section's text, 10 fields a section with 2000 each.

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
/// How many fields a message holds at most, in 40 sections; with the other blocks it stays below 50.
const MOST_FIELDS: usize = 40 * FIELDS;

channel! {
    /// Posts to an incoming webhook of Slack.
    pub struct SlackChannel {
        /// The address of the webhook. Whoever knows it can post: keep it in a variable.
        pub webhook_url: WebhookUrl,
    }
}

impl SlackChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        let answer = post_json(&self.webhook_url, &payload(message), context).await?;
        // The word of a webhook, the field of Slack's API, and that of Rocket.Chat, which takes the same messages.
        let is_true = |name| answer.field(name) == Some(Value::Bool(true));
        let is_taken = answer.text() == "ok" || is_true("ok") || is_true("success");
        answer.taken_if(is_taken, false)
    }
}

fn payload(message: &Message) -> Value {
    let Message { app_name, title, text, details, url, .. } = message;
    let mut blocks = vec![
        json!({ "type": "header", "text": plain(&format!("{app_name}: {title}"), HEADER) }),
        json!({ "type": "section", "text": plain(text, SECTION) }),
    ];
    let field = |(label, text): &(_, String)| plain(&format!("{label}: {text}"), FIELD);
    let mut fields: Vec<Value> = details.iter().take(MOST_FIELDS).map(field).collect();
    if fields.len() < details.len() {
        fields[MOST_FIELDS - 1] = plain("…", FIELD);
    }
    blocks.extend(fields.chunks(FIELDS).map(|fields| json!({ "type": "section", "fields": fields })));
    // A button would ask for an app that answers clicks.
    let link = url.as_ref().map(|url| format!("<{}|Open in MLflow>", link(url)));
    if let Some(link) = link.filter(|link| link.len() <= SECTION) {
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": link } }));
    }
    json!({
        "text": escaped(&format!("[{app_name}] {title}: {text}"), SECTION),
        "blocks": blocks,
        // No address in a text is fetched and shown.
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// Makes a text in which nothing is markup.
fn plain(text: &str, most: usize) -> Value {
    let text = escaped(text, most);
    // Slack refuses an empty text.
    json!({ "type": "plain_text", "text": if text.trim().is_empty() { "-" } else { &text }, "emoji": false })
}

/// Escapes the three characters that begin mentions, links and entities.
fn escaped(text: &str, most: usize) -> String {
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

    /// Fails unless Slack would take a message.
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
    fn a_message_sums_up_a_batch() {
        insta::assert_json_snapshot!(payload(&test_fixtures::half_failed()));
    }

    #[test]
    fn a_message_is_clearly_a_test() {
        insta::assert_json_snapshot!(payload(&test_fixtures::test()));
    }

    #[test]
    fn a_message_shows_all_facts() {
        insta::assert_json_snapshot!(payload(&test_fixtures::promoted()));
    }

    #[test]
    fn a_block_shows_what_went_wrong() {
        insta::assert_json_snapshot!(payload(&test_fixtures::blocked()));
    }

    #[test]
    fn nobody_is_pinged_and_every_limit_is_kept() {
        for text in [
            "",
            "\u{202e}<!channel> @everyone [x](https://evil.example) **b**",
            &"🚲&<".repeat(20_000),
            &"a b ".repeat(50_000),
        ] {
            let payload = payload(&test_fixtures::saying(text));
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
