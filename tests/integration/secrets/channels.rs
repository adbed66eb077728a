//! Secrets that endpoints, channels and programs repeat.

use serde_json::{Value, json};

use super::{PLAIN, USER, Watched, assert_hidden, repeated};
use crate::support::fake_mlflow::{Answer, FakeMlflow};
use crate::support::harness::Runner;
use crate::support::promotion::{bikes, promote};
use crate::support::receiver::{Receiver, Reply};

/// A secret with characters that documents escape, for a header or a URL.
const TOKEN: &str = "s3c'r/t\"<&>+%";

fn saying(status: u16, text: &str) -> Reply {
    Reply::Answer(Answer::text(status, text))
}

/// Responses that repeat a secret.
fn echo_replies(secret: &str) -> Vec<(&'static str, Reply)> {
    let said = repeated(secret);
    let far = |at: usize| format!("{}{secret}", "x".repeat(at - secret.chars().count() / 2));
    let redirect = |status| {
        let location = format!("/login?next={PLAIN}&x={}", said.replace(['\n', '"', '<', '>', ' ', '\''], ""));
        Reply::Answer(Answer { status, headers: vec![("Location", location)], body: String::new() })
    };
    vec![
        ("a text", saying(400, &said)),
        ("a long text", saying(400, &far(200))),
        ("a JSON", saying(400, &json!({ "error": said, "detail": [far(180)] }).to_string())),
        ("a page", saying(404, &format!("<html>{said}"))),
        ("a redirect", redirect(302)),
    ]
}

fn with(runner: Runner, extras: &Value) -> Runner {
    runner.arg("--extras").arg(extras.to_string())
}

#[test]
fn secrets_repeated_by_an_endpoint_are_redacted() {
    let encoded = percent_encoding::utf8_percent_encode(TOKEN, percent_encoding::NON_ALPHANUMERIC).to_string();
    let values = |secret: &str| saying(200, &json!({ "a": repeated(secret), "b": secret }).to_string());
    for (name, url, fields) in [
        ("a query", format!("/ping?sig={encoded}"), json!({})),
        ("a login", format!("//{USER}:{encoded}@"), json!({})),
        ("a header", "/ping".to_owned(), json!({ "headers": { "Authorization": format!("Bearer {TOKEN}") } })),
        ("another header", "/ping".to_owned(), json!({ "headers": { "X-Any": TOKEN } })),
        ("a body", "/ping".to_owned(), json!({ "method": "POST", "body": { "a": [TOKEN] } })),
    ] {
        let compared = json!([{ "pointer": "/a", "equals": "x" }, { "pointer": "/b", "equals": TOKEN }]);
        let all = echo_replies(TOKEN).into_iter().map(|(way, reply)| (way, reply, json!([])));
        for (way, reply, json) in all.chain([("a value", values(TOKEN), compared)]) {
            let receiver = Receiver::start([reply, saying(500, &repeated(TOKEN))]);
            let url = match url.strip_prefix("//") {
                Some(login) => receiver.url("/ping").replace("http://", &format!("http://{login}")),
                None => receiver.url(&url),
            };
            let mut gate = json!({ "KIND": "HttpGate", "url": url, "timeout": 20, "json": json });
            gate.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let fake = bikes();
            let runner = with(promote(&fake), &json!({ "job": { "gates": [gate] } }));
            let run = Watched::new(TOKEN, runner).run(&format!("{name}, {way}"));
            assert_eq!(run.code, 3, "{name}, {way}: {run}");
            assert_eq!(receiver.requests().len(), 2, "{name}, {way}: {run}");
        }
    }
}

#[test]
fn a_short_secret_repeated_by_an_endpoint_is_redacted_as_a_whole_value() {
    let answer = json!({ "pin": 42, "code": "42", "rows": 142 }).to_string();
    let receiver = Receiver::start([saying(200, &answer), saying(500, "pin=42 of \"42\" in 142 rows")]);
    let check = |pointer: &str| json!({ "pointer": pointer, "equals": "x" });
    let url = receiver.url("/ping?pin=42");
    let gate = json!({ "KIND": "HttpGate", "url": url, "json": [check("/pin"), check("/code"), check("/rows")] });
    let run = |fake: &FakeMlflow| {
        let run = with(promote(fake), &json!({ "job": { "gates": [gate] } })).args(["-o", "json"]).run();
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        document["jobs"][0]["outcome"]["gates"][0].clone()
    };
    let verdict = run(&bikes());
    let reason = verdict["reason"].as_str().unwrap();
    assert!(
        reason.contains("/pin is ***,") && reason.contains("/code is \"***\",") && reason.contains("is 142,"),
        "{reason}"
    );
    assert_eq!(verdict["candidate"]["value"], json!("***"));
    let reason = run(&bikes())["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with(": *** of \"***\" in 142 rows"), "{reason}");
}

/// Every kind of HTTP channel, with a secret in its URL or headers.
fn channels(receiver: &Receiver) -> Vec<Value> {
    let url = receiver.url(&format!("/services/T00000000/{PLAIN}"));
    vec![
        json!({ "KIND": "SlackChannel", "webhook_url": url }),
        json!({ "KIND": "TeamsChannel", "webhook_url": url }),
        json!({ "KIND": "DiscordChannel", "webhook_url": url }),
        json!({ "KIND": "AppriseChannel", "url": url }),
        json!({ "KIND": "WebhookChannel", "url": receiver.url("/x"), "headers": { "X-Token": PLAIN } }),
        json!({ "KIND": "WebhookChannel", "url": receiver.url("/x"), "secret": PLAIN }),
    ]
}

#[test]
fn secrets_repeated_by_a_channel_are_redacted() {
    for at in 0..channels(&Receiver::start([])).len() {
        for (way, _) in echo_replies(PLAIN) {
            let reply = || echo_replies(PLAIN).into_iter().find(|(known, _)| *known == way).unwrap().1;
            let receiver = Receiver::start([reply(), reply(), reply(), reply()]);
            let channel = channels(&receiver).swap_remove(at);
            let what = format!("{}, {way}", channel["KIND"]);
            let fake = bikes();
            let alerts = json!({ "services": { "alerts": { "channels": [channel] } } });
            let runner = with(promote(&fake), &alerts);
            Watched::new(PLAIN, runner).run(&what);
            assert!(!receiver.requests().is_empty(), "{what}");
        }
    }
}

#[test]
fn a_quoted_registry_response_has_no_login() {
    use crate::support::fake_mlflow::Fault;
    let said = repeated(PLAIN);
    let far = format!("{}{PLAIN}", "x".repeat(495));
    for message in [said.as_str(), &far] {
        let fake = bikes().fault(Fault::error(400, &said, message).always().on("registered-models/get"));
        let receiver = Receiver::start([]);
        let channels: Vec<Value> = channels(&receiver).into_iter().take(4).collect();
        let hook = json!({ "KIND": "WebhookChannel", "url": receiver.url("/x") });
        let channels: Vec<Value> = channels.into_iter().chain([hook]).collect();
        let alerts = json!({ "services": { "alerts": { "channels": channels } } });
        let runner = with(promote(&fake), &alerts).env("MLFLOW_TRACKING_TOKEN", PLAIN);
        Watched::new(PLAIN, runner).run("notices");
        assert!(receiver.requests().len() >= 5);
        for request in receiver.requests() {
            assert_hidden(PLAIN, "a notice", &request.body);
        }
    }
}

#[cfg(unix)]
#[test]
fn secrets_repeated_by_a_program_are_redacted() {
    let said = repeated(PLAIN).replace('\'', "'\\''");
    let far = format!("{PLAIN}{}", "x".repeat(396));
    let script = format!("printf '%s\\n%s\\n' '{said}' '{far}' >&2; cat >&2; exit 1");
    let command = json!(["sh", "-c", script]);
    let fake = bikes();
    let extras = json!({
        "services": { "alerts": { "channels": [{ "KIND": "CommandChannel", "command": command }] } },
        "job": { "gates": [{ "KIND": "CommandGate", "command": command }] },
    });
    let runner = with(promote(&fake), &extras).env("MLFLOW_TRACKING_TOKEN", PLAIN);
    let run = Watched::new(PLAIN, runner).run("a program");
    assert_eq!(run.code, 3, "{run}");
}

#[test]
fn values_interpolated_into_filters_and_gates_are_redacted() {
    let fake = bikes();
    let extras = json!({ "job": {
        "select": { "filter": "tags.team = '${env:TEAM}'" },
    } });
    let runner = with(promote(&fake), &extras).env("TEAM", PLAIN);
    let run = Watched::new(PLAIN, runner).run("a filter");
    assert!(run.to_string().contains("tags.team = '***'"), "{run}");
    let gates = json!([
        { "KIND": "TagGate", "key": "team", "equals": "${env:TEAM}" },
        { "KIND": "TagGate", "key": "team", "one_of": ["${env:TEAM}"] },
        { "KIND": "TagGate", "key": "team", "matches": "${env:TEAM}.*" },
    ]);
    let runner = with(promote(&fake), &json!({ "job": { "gates": gates } })).env("TEAM", PLAIN);
    let run = Watched::new(PLAIN, runner).run("a gate");
    assert_eq!(run.code, 3, "{run}");
    let bad = json!({ "job": { "select": { "filter": "tags.team == '${env:TEAM}'" } } });
    let runner = with(promote(&fake), &bad).env("TEAM", PLAIN);
    assert_eq!(Watched::new(PLAIN, runner).run("a bad filter").code, 2);
}
