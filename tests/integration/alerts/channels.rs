//! What each service gets, against its published limits.

use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::{alerts, row, telling, told};
use crate::fake_mlflow::FakeMlflow;
use crate::promotion::{bikes, job, promote};

/// Markup and mentions in the languages of all services.
const HOSTILE: &str = "<!channel> <@U1> @everyone <at>all</at> [click](https://evil.example) **b** `c` \u{202e}";

/// Promotes with every text hostile and long, and returns what each service got.
fn hostile() -> (Value, Value, Value) {
    let receiver = Receiver::start([]);
    let name = format!("{HOSTILE}\n{}", "🚲".repeat(200));
    let fake = FakeMlflow::start().model(&name, |model| model.version(1).version(2).alias("Champion", 1));
    let channel = |kind: &str, path: &str| format!("{{KIND: {kind}, webhook_url: '{}'}}", receiver.url(path));
    let channels = [channel("SlackChannel", "/s"), channel("TeamsChannel", "/t"), channel("DiscordChannel", "/d")];
    let runner = telling(&fake, &format!("[{}]", channels.join(", ")));
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
fn every_service_gets_what_it_takes_however_long_and_hostile_the_texts_are() {
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
    let run = job(telling(&fake, &channels), &["message=weekly"]).run();
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
fn the_webhook_sends_a_body_of_the_configs_own() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let body = r#"{"text": {{ title | tojson }}, "to": {{ to }}}"#;
    let channels = format!(
        "[{{KIND: WebhookChannel, url: '{}', body: '{body}', headers: {{content-type: text/x}}}}]",
        receiver.url("/")
    );
    let run = telling(&fake, &channels).run();
    assert_eq!(run.code, 0, "{run}");
    let request = &receiver.requests()[0];
    assert_eq!(request.body, r#"{"text": "Promotion Job Finished", "to": 3}"#);
    assert_eq!(request.header("content-type"), Some("text/x"));
}

#[test]
fn a_key_that_apprise_does_not_know_is_a_failure() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(204)]));
    let channels = format!("[{{KIND: AppriseChannel, url: '{}', tags: [ops]}}]", receiver.url("/notify/key"));
    let run = telling(&fake, &channels).args(["-o", "json"]).run();
    assert_eq!((run.code, told(&run)), (0, vec![row("AppriseChannel", "failed", 1)]), "{run}");
    assert!(run.stderr.contains("nothing is configured under its key"), "{run}");
    assert_eq!(receiver.requests()[0].json()["tag"], json!(["ops"]));
}

#[test]
fn a_channel_is_told_only_of_its_endings() {
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
    assert_eq!(telling(&fake, &channels).run().code, 0);
    assert_eq!(paths(), ["/all", "/done"]);
    assert_eq!(alerts(telling(&fake, &channels), "on: [failed]").run().code, 0);
    assert_eq!(paths(), ["/all", "/done", "/done"], "the second run changed nothing");
    assert_eq!(job(telling(&fake, &channels), &["version=9"]).run().code, 1);
    assert_eq!(paths(), ["/all", "/all", "/done", "/done", "/failed"]);
}

#[test]
fn a_plan_and_a_service_that_is_off_tell_nobody() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let channels = format!("[{{KIND: SlackChannel, webhook_url: '{}'}}]", receiver.url("/"));
    assert_eq!(telling(&fake, &channels).arg("--plan").run().code, 0);
    assert_eq!(telling(&fake, &channels).arg("--check").run().code, 0);
    assert_eq!(alerts(telling(&fake, &channels), "enable: false").run().code, 0);
    assert_eq!(receiver.requests().len(), 0);
}

#[test]
fn without_channels_a_notice_is_the_line_of_the_python_template() {
    let run = promote(&bikes()).run();
    assert!(run.stderr.ends_with("[Bikes] Promotion Job Finished: Version: 3 @ Champion\n"), "{run}");
}
