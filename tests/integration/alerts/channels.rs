//! The payload of each service, within its published limits.

use serde_json::{Value, json};

use super::{alerts, deliveries, delivery_row, document, with_channels};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::promotion::{bikes, job, promote};
use crate::support::receiver::{Receiver, Reply};

/// Markup and mentions of all services.
const HOSTILE: &str = "<!channel> <@U1> @everyone <at>all</at> [click](https://evil.example) **b** `c` \u{202e}";

/// Promotes with long, hostile texts, and returns the request to each service.
fn hostile() -> (Value, Value, Value) {
    let receiver = Receiver::start([]);
    let name = format!("{HOSTILE}\n{}", "🚲".repeat(200));
    let fake = FakeMlflow::start().model(&name, |model| model.version(1).version(2).alias("Champion", 1));
    let channel = |kind: &str, path: &str| format!("{{KIND: {kind}, webhook_url: '{}'}}", receiver.url(path));
    let channels = [channel("SlackChannel", "/s"), channel("TeamsChannel", "/t"), channel("DiscordChannel", "/d")];
    let runner = with_channels(&fake, &format!("[{}]", channels.join(", ")));
    let runner = alerts(runner, r#"title: "{{ model }}", message: "{{ why }} {{ why }}""#);
    let why = format!("{HOSTILE} {}", "&<>".repeat(10_000));
    let runner = job(runner, &[&format!("message={why}")]).env("RUNNER__JOB__NAME", name);
    let run = runner.run();
    assert_eq!(run.code, 0, "{run}");
    let got = |path: &str| receiver.requests().into_iter().find(|request| request.path == path).unwrap().json();
    (got("/s"), got("/t"), got("/d"))
}

fn length(text: &Value) -> usize {
    text.as_str().unwrap().encode_utf16().count()
}

#[test]
fn long_and_hostile_texts_stay_within_the_limits_of_every_service() {
    let (slack, teams, discord) = hostile();
    let blocks = slack["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50 && length(&blocks[0]["text"]["text"]) <= 150);
    for block in &blocks[1..] {
        assert!(block["text"].is_null() || length(&block["text"]["text"]) <= 3000);
        for field in block["fields"].as_array().into_iter().flatten() {
            assert_eq!(field["type"], "plain_text", "{field}");
            assert!(length(&field["text"]) <= 2000);
        }
    }
    let text = slack["text"].as_str().unwrap();
    assert!(!text.contains('<') && text.contains("&lt;!channel&gt;") && text.ends_with('…'), "{text}");

    assert!(teams.to_string().len() <= 28 * 1024);
    assert!(teams["attachments"][0]["content"]["msteams"]["entities"].is_null(), "a mention: {teams}");
    for block in teams["attachments"][0]["content"]["body"].as_array().unwrap() {
        assert_eq!(block["type"], "RichTextBlock", "a text with markup: {block}");
    }

    assert_eq!(discord["allowed_mentions"], json!({ "parse": [] }));
    let embed = &discord["embeds"][0];
    let title = embed["title"].as_str().unwrap();
    assert!(title.starts_with(r"\<!channel\> \<\@U1\> \@everyone"), "{title}");
    assert!(length(&embed["title"]) <= 256 && length(&embed["description"]) <= 4096);
    let fields = embed["fields"].as_array().unwrap();
    let total: usize = fields.iter().map(|field| length(&field["name"]) + length(&field["value"])).sum();
    let total = total + length(&embed["title"]) + length(&embed["description"]) + length(&embed["author"]["name"]);
    assert!(total <= 6000 && fields.len() <= 25, "{total}");
}

#[test]
fn the_webhook_gets_the_documented_result() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let channels =
        format!("[{{KIND: WebhookChannel, url: '{}', headers: {{X-Team: bikes}}}}]", receiver.url("/hook?a=b"));
    let run = job(with_channels(&fake, &channels), &["message=weekly"]).run();
    assert_eq!(run.code, 0, "{run}");
    let requests = receiver.requests();
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook"));
    assert_eq!(request.query, [("a".to_owned(), "b".to_owned())]);
    assert_eq!((request.header("content-type"), request.header("x-team")), (Some("application/json"), Some("bikes")));
    assert_eq!((request.header("x-runner-signature"), requests.len()), (None, 1));
    let body = request.json();
    assert_eq!((&body["title"], &body["actor"]), (&json!("Promotion Job Finished"), &json!("ada")));
    assert_eq!(body["url"], json!(format!("{}/#/models/bikes/versions/3", fake.uri())));
    let job = &body["jobs"][0];
    assert_eq!((&job["status"], &job["outcome"]["message"]), (&json!("promoted"), &json!("weekly")));
}

#[test]
fn the_webhook_sends_a_configured_body() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let body = r#"{"text": {{ title | tojson }}, "to": {{ to }}}"#;
    let channels = format!(
        "[{{KIND: WebhookChannel, url: '{}', body: '{body}', headers: {{content-type: text/x}}}}]",
        receiver.url("/")
    );
    let run = with_channels(&fake, &channels).run();
    assert_eq!(run.code, 0, "{run}");
    let request = &receiver.requests()[0];
    assert_eq!(request.body, r#"{"text": "Promotion Job Finished", "to": 3}"#);
    assert_eq!(request.header("content-type"), Some("text/x"));
}

#[test]
fn an_unknown_apprise_key_is_a_failure() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(204)]));
    let channels = format!("[{{KIND: AppriseChannel, url: '{}', tags: [ops]}}]", receiver.url("/notify/key"));
    let run = with_channels(&fake, &channels).args(["-o", "json"]).run();
    assert_eq!((run.code, deliveries(&run)), (0, vec![delivery_row("AppriseChannel", "failed", 1)]), "{run}");
    assert!(run.stderr.contains("nothing is configured under its key"), "{run}");
    assert_eq!(receiver.requests()[0].json()["tag"], json!(["ops"]));
}

/// Notifies a service with a scripted response; returns whether delivery succeeded, and the error if not.
fn deliver(kind: &str, status: u16, response: &str) -> Result<(), String> {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(status, response)]));
    let key = if matches!(kind, "AppriseChannel" | "WebhookChannel") { "url" } else { "webhook_url" };
    let channels = format!("[{{KIND: {kind}, {key}: '{}'}}]", receiver.url("/hunter2hunter2"));
    let run = with_channels(&fake, &channels).args(["-o", "json"]).run();
    assert!(run.code == 0 && !run.to_string().contains("hunter2"), "{run}");
    match &document(&run)["jobs"][0]["notifications"][0] {
        sent if sent["status"] == "sent" => Ok(()),
        failed => Err(failed["error"].as_str().unwrap().to_owned()),
    }
}

const PAGE: &str = "\n<!DOCTYPE html><html><title>Log in</title></html>";

#[test]
fn each_service_has_its_own_success_response() {
    for (kind, status, response) in [
        ("SlackChannel", 200, "ok\n"),
        ("SlackChannel", 200, r#"{"ok": true, "ts": "1"}"#),
        ("SlackChannel", 200, r#"{"success": true}"#),
        ("TeamsChannel", 202, ""),
        ("TeamsChannel", 200, "1"),
        ("DiscordChannel", 200, r#"{"id": "123", "type": 0}"#),
        ("DiscordChannel", 204, ""),
        ("AppriseChannel", 200, "Notification(s) sent."),
        ("AppriseChannel", 200, r#"{"error": null, "details": []}"#),
        ("AppriseChannel", 200, r#"<ul class="logs"><li>sent</li></ul>"#),
        ("WebhookChannel", 200, PAGE),
        ("WebhookChannel", 299, r#"{"ok": false}"#),
    ] {
        assert_eq!(deliver(kind, status, response), Ok(()), "{kind} {status} {response}");
    }
}

#[test]
fn a_response_without_the_success_mark_of_the_service_is_a_failure() {
    let failed = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413";
    let refused = r#"{"ok": false, "error": "no_service hunter2hunter2"}"#;
    for (kind, status, response, shown) in [
        ("SlackChannel", 200, refused, r#""error": "no_service ***""#),
        ("SlackChannel", 200, "", ": nothing"),
        ("SlackChannel", 204, "", ": nothing"),
        ("SlackChannel", 200, "not ok", ": not ok"),
        ("SlackChannel", 200, PAGE, ": a page for a browser"),
        ("TeamsChannel", 200, failed, failed),
        ("TeamsChannel", 202, failed, failed),
        ("TeamsChannel", 202, PAGE, ": a page for a browser"),
        ("TeamsChannel", 200, PAGE, ": a page for a browser"),
        ("DiscordChannel", 200, PAGE, ": a page for a browser"),
        ("DiscordChannel", 200, r#"{"message": "Unknown Webhook", "code": 10015}"#, "Unknown Webhook"),
        ("AppriseChannel", 200, PAGE, ": a page for a browser"),
        ("AppriseChannel", 200, r#"{"error": "One could not be sent"}"#, "One could not be sent"),
    ] {
        let error = deliver(kind, status, response).expect_err(response);
        let words = "but not as the service does that took a notice";
        assert!(error.contains(shown) && error.contains(words), "{kind} {status} {response}: {error}");
    }
}

#[test]
fn a_busy_teams_connector_is_retried() {
    let busy =
        "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId";
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(200, busy), Reply::saying(200, "1")]));
    let channels = format!("[{{KIND: TeamsChannel, webhook_url: '{}'}}]", receiver.url("/"));
    let run = with_channels(&fake, &channels).args(["-o", "json"]).run();
    assert_eq!(deliveries(&run), [delivery_row("TeamsChannel", "sent", 2)], "{run}");
}

#[test]
fn an_endless_response_is_a_failure_and_does_not_block() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::Endless]));
    let channels = format!("[{{KIND: SlackChannel, webhook_url: '{}'}}]", receiver.url("/"));
    let run = with_channels(&fake, &channels).args(["-o", "json"]).run();
    assert_eq!(deliveries(&run), [delivery_row("SlackChannel", "failed", 1)], "{run}");
}

#[test]
fn a_channel_receives_only_its_events() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let channel = |path: &str, on: &str| format!("{{KIND: SlackChannel, webhook_url: '{}'{on}}}", receiver.url(path));
    let channels =
        [channel("/all", ""), channel("/failed", ", on: [failed]"), channel("/done", ", on: [promoted, unchanged]")];
    let channels = format!("[{}]", channels.join(", "));
    let paths = || {
        let mut paths: Vec<String> = receiver.requests().into_iter().map(|request| request.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(with_channels(&fake, &channels).run().code, 0);
    assert_eq!(paths(), ["/all", "/done"]);
    assert_eq!(alerts(with_channels(&fake, &channels), "on: [failed]").run().code, 0);
    assert_eq!(paths(), ["/all", "/done", "/done"], "the second run changed nothing");
    assert_eq!(job(with_channels(&fake, &channels), &["version=9"]).run().code, 1);
    assert_eq!(paths(), ["/all", "/all", "/done", "/done", "/failed"]);
}

#[test]
fn plans_and_disabled_services_send_no_notification() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let channels = format!("[{{KIND: SlackChannel, webhook_url: '{}'}}]", receiver.url("/"));
    assert_eq!(with_channels(&fake, &channels).arg("--plan").run().code, 0);
    assert_eq!(with_channels(&fake, &channels).arg("--check").run().code, 0);
    assert_eq!(alerts(with_channels(&fake, &channels), "enable: false").run().code, 0);
    assert_eq!(receiver.requests().len(), 0);
}

#[test]
fn without_channels_a_message_is_a_line_on_standard_error() {
    let run = promote(&bikes()).run();
    assert!(run.stderr.ends_with("[Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3\n"), "{run}");
}
