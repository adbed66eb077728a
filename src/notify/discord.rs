//! Discord: an embed that mentions nobody.
//!
//! Its limits: 256 characters for a title and an author, 4096 for the description, 25 fields with 256 and 1024, and
//! 6000 for all of it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::post::post_json;
use super::text::{cut, cut_escaped, visible};
use super::{ChannelConfig, Ending, Notice, SendError, Tone, Tools};

const TITLE: usize = 256;
const DESCRIPTION: usize = 4096;
const FIELDS: usize = 25;
const VALUE: usize = 1024;
const TOTAL: usize = 6000;

/// Posts to a webhook of Discord.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscordChannel {
    /// The address of the webhook. Whoever knows it can post: keep it in a variable.
    pub webhook_url: Address,
    /// The endings it is told of; by default those of `services.alerts.on`.
    #[serde(default)]
    pub on: Option<Vec<Ending>>,
    /// Whether a job fails when its notice is not delivered.
    #[serde(default)]
    pub required: bool,
    /// The channel that is told instead where this one fails.
    #[serde(default)]
    pub fallback: Option<Box<ChannelConfig>>,
}

impl DiscordChannel {
    pub(super) async fn send(&self, notice: &Notice, tools: &Tools) -> Result<(), SendError> {
        post_json(&self.webhook_url, &payload(notice), tools).await.map(drop)
    }
}

fn payload(notice: &Notice) -> Value {
    let author = cut(&visible(&notice.app_name), TITLE);
    let title = escaped(&notice.title, TITLE);
    let description = escaped(&notice.message, DESCRIPTION);
    let mut left = TOTAL - [&author, &title, &description].map(|text| length(text)).iter().sum::<usize>();
    let mut fields = vec![];
    for (label, text) in notice.details.iter().take(FIELDS) {
        let Some(most) = left.checked_sub(label.len()).filter(|left| *left > 0) else { break };
        let value = escaped(text, most.min(VALUE));
        left = most - length(&value);
        fields.push(json!({ "name": label, "value": filled(&value), "inline": length(&value) <= 40 }));
    }
    let mut embed = json!({
        "author": { "name": filled(&author) },
        "title": filled(&title),
        "description": description,
        "color": color(notice.tone),
        "fields": fields,
    });
    if let Some(url) = notice.url.as_ref().filter(|url| url.len() <= 2048) {
        embed["url"] = json!(url);
    }
    json!({ "embeds": [embed], "allowed_mentions": { "parse": [] } })
}

const fn color(tone: Tone) -> u32 {
    match tone {
        Tone::Good => 0x002e_7d32,
        Tone::Neutral => 0x0060_7d8b,
        Tone::Bad => 0x00c6_2828,
    }
}

/// Returns a text that Discord takes: it refuses empty ones.
fn filled(text: &str) -> &str {
    if text.trim().is_empty() { "-" } else { text }
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Escapes all that could be markup, a mention or a link.
fn escaped(text: &str, most: usize) -> String {
    cut_escaped(&visible(text), most, |c| match c {
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

    use super::super::sample;
    use super::*;

    /// Fails unless Discord would take a message.
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
    fn an_embed_shows_all_facts() {
        insta::assert_json_snapshot!(payload(&sample::promoted()));
    }

    #[test]
    fn an_embed_shows_what_went_wrong() {
        insta::assert_json_snapshot!(payload(&sample::blocked()));
    }

    #[test]
    fn nothing_is_markup_and_every_limit_is_kept() {
        for text in [
            "",
            "\u{202e}<!channel> @everyone [x](https://evil.example) **b**",
            &"🚲&<".repeat(20_000),
            &"a b ".repeat(50_000),
        ] {
            check(&payload(&sample::saying(text)));
        }
        let payload = payload(&sample::saying("@everyone [x](https://evil.example) **b**"));
        let shown = r"\@everyone \[x\]\(https\://evil.example\) \*\*b\*\*";
        assert_eq!(payload["embeds"][0]["title"], shown);
    }

    proptest! {
        #[test]
        fn any_text_fits(text in any::<String>()) {
            check(&payload(&sample::saying(&text)));
        }
    }
}
