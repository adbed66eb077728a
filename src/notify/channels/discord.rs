//! The Discord channel: an embed that mentions nobody.
//!
//! The limits of Discord: 256 characters for a title and an author, 4096 for the description, 25 fields with 256 and 1024, and
//! 6000 in total.

use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use super::post::post_json;
use super::webhook_url::WebhookUrl;
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::notify::sanitize::{escape_and_truncate, strip_invisible, truncate_utf16};
use crate::notify::{Message, Tone};

const TITLE: usize = 256;
const DESCRIPTION: usize = 4096;
const FIELDS: usize = 25;
const VALUE: usize = 1024;
const TOTAL: usize = 6000;
const LINK: usize = 2048;
/// Room for the last field `…`, and for a value of one character before it.
const RESERVED: usize = 3;

channel! {
    /// Posts to a webhook of Discord.
    pub struct DiscordChannel {
        /// The URL of the webhook. Anyone who knows it can post, so keep it in an environment variable.
        pub webhook_url: WebhookUrl,
    }
}

impl DiscordChannel {
    pub(super) async fn send(&self, message: &Message, context: &ChannelContext) -> Result<(), SendError> {
        // Without `wait`, Discord reports success before it tries to post.
        let address = self.webhook_url.with_parameter("wait", "true");
        let answer = post_json(&address, &payload(message), context).await?;
        // The answer is the posted message, or empty if the URL itself has `wait=false`.
        let is_confirmed = answer.status() == StatusCode::NO_CONTENT || answer.field("id").is_some();
        answer.confirm(is_confirmed, false)
    }
}

fn payload(message: &Message) -> Value {
    let author = non_empty(truncate_utf16(&strip_invisible(&message.app_name), TITLE));
    let title = non_empty(escape(&message.title, TITLE));
    let description = escape(&message.text, DESCRIPTION);
    let mut embed = json!({ "author": { "name": author }, "title": title, "color": color(message.tone) });
    let mut details = message.details.clone();
    match &message.url {
        Some(url) if is_linkable(url) => embed["url"] = json!(url),
        Some(url) => details.insert(0, ("Link", url.clone())),
        None => {}
    }
    let left = TOTAL - [&author, &title, &description].map(|text| length(text)).iter().sum::<usize>();
    embed["description"] = json!(description);
    embed["fields"] = fields(&details, left).into();
    json!({ "embeds": [embed], "allowed_mentions": { "parse": [] } })
}

/// Creates as many fields as fit. If some are left out, the last field is `…`.
fn fields(details: &[(&str, String)], mut left: usize) -> Vec<Value> {
    let mut fields = vec![];
    for (index, (label, text)) in details.iter().enumerate() {
        let is_last = fields.len() + 1 == FIELDS && index + 1 < details.len();
        let Some(most) = left.checked_sub(label.len() + RESERVED).filter(|_| !is_last) else {
            fields.push(json!({ "name": "…", "value": "…", "inline": false }));
            break;
        };
        let value = non_empty(escape(text, most.min(VALUE)));
        left -= label.len() + length(&value);
        fields.push(json!({ "name": label, "value": value, "inline": length(&value) <= 40 }));
    }
    fields
}

/// Returns whether Discord accepts a URL as a link. It rejects a message with a link to a host such as `mlflow:5000`.
fn is_linkable(url: &str) -> bool {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    length(url) <= LINK && host.trim_end_matches('.').contains('.') && !host.contains(['_', '['])
}

const fn color(tone: Tone) -> u32 {
    match tone {
        Tone::Good => 0x002e_7d32,
        Tone::Neutral => 0x0060_7d8b,
        Tone::Bad => 0x00c6_2828,
    }
}

/// Replaces an empty text, which Discord rejects.
fn non_empty(text: String) -> String {
    if text.trim().is_empty() { "-".to_owned() } else { text }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Escapes everything that could be markup, a mention or a link.
fn escape(text: &str, most: usize) -> String {
    escape_and_truncate(&strip_invisible(text), most, |c| match c {
        '\\' => Some("\\\\"),
        '*' => Some("\\*"),
        '_' => Some("\\_"),
        '~' => Some("\\~"),
        '`' => Some("\\`"),
        '|' => Some("\\|"),
        '>' => Some("\\>"),
        '<' => Some("\\<"),
        '[' => Some("\\["),
        ']' => Some("\\]"),
        '(' => Some("\\("),
        ')' => Some("\\)"),
        '#' => Some("\\#"),
        '-' => Some("\\-"),
        '@' => Some("\\@"),
        ':' => Some("\\:"),
        _ => None,
    })
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

    /// Fails unless Discord would accept the message.
    fn check(payload: &Value) {
        let embed = &payload["embeds"][0];
        let mut total = 0;
        let mut fits = |text: &Value, most: usize| {
            let length = text.as_str().unwrap().encode_utf16().count();
            total += length;
            assert!(length <= most, "{text}");
            length > 0
        };
        assert!(fits(&embed["title"], 256) && fits(&embed["author"]["name"], 256));
        fits(&embed["description"], 4096);
        let fields = embed["fields"].as_array().unwrap();
        assert!(fields.len() <= 25);
        assert!(fields.iter().all(|field| fits(&field["name"], 256) && fits(&field["value"], 1024)));
        assert!(total <= 6000, "{total}");
        assert_eq!(payload["allowed_mentions"], json!({ "parse": [] }));
    }

    #[test]
    fn markup_is_escaped_and_limits_respected() {
        for message in test_fixtures::hostile() {
            check(&payload(&message));
        }
        let payload = payload(&test_fixtures::with_every_text("@everyone [x](https://evil.example) **b**"));
        let shown = r"\@everyone \[x\]\(https\://evil.example\) \*\*b\*\*";
        assert_eq!(payload["embeds"][0]["title"], shown);
    }

    #[test]
    fn a_link_that_discord_rejects_becomes_text() {
        for (url, is_confirmed) in [
            ("https://mlflow.example/ml/#/models/a%20b", true),
            ("http://127.0.0.1:5000/#/models/a", true),
            ("http://mlflow:5000/#/models/a", false),
            ("http://localhost/#/models/a", false),
            ("http://my_mlflow.example/#/models/a", false),
            ("http://[::1]:5000/#/models/a", false),
        ] {
            let mut message = test_fixtures::promoted();
            message.url = Some(url.to_owned());
            let payload = payload(&message);
            let embed = &payload["embeds"][0];
            assert_eq!(
                (embed["url"] == url, embed["fields"][0]["name"] == "Link"),
                (is_confirmed, !is_confirmed),
                "{url}"
            );
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
