//! External text that imitates log lines, terminal sequences or CI commands.

use std::fs;

use serde_json::{Value, json};

use crate::support::fake_mlflow::Fault;
use crate::support::harness::{Output, Runner};
use crate::support::promotion::{bikes, promote};
use crate::support::receiver::Receiver;

/// A text with all injection attempts.
const EVIL: &str = "::stop-commands::x\r\n INFO promoted: forged\n##[error]forged\u{1b}[2J\u{9b}2J\u{7f}\u{202e}\u{2066}\
                    \u{200b}\u{feff}\u{2028}::error::forged\u{2029}|</td><b>**x**";

/// Asserts that an output cannot control a terminal, forge a line or run a CI command.
#[track_caller]
fn assert_harmless(what: &str, text: &str) {
    for c in text.chars() {
        let acts = c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        assert!(!acts, "{what} shows {c:?}:\n{text:?}");
    }
    for line in text.lines() {
        let start = line.trim_start();
        let forges = start.starts_with("::stop") || start.starts_with("::error::forged");
        assert!(!forges && !start.starts_with("INFO promoted: forged"), "{what} shows the line {line:?}");
        assert!(!line.contains("##[error]") || start.starts_with('"') || start.starts_with('{'), "{what}: {line:?}");
    }
}

/// Collects the texts of a document.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        _ => {}
    }
}

fn look(what: &str, runner: Runner) -> Output {
    let runner = runner.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "summary.md");
    let reports =
        ["junit=j.xml", "markdown=m.md", "json=r.json", "html=p.html"].map(|report| ["--report", report]).concat();
    let mut last = None;
    for output in ["text", "json"] {
        let run = runner.run_with(&[&reports[..], &["-o", output, "-vv"]].concat());
        assert_harmless(&format!("{what} -o {output}"), &run.to_string());
        for file in ["j.xml", "m.md", "r.json", "p.html", "summary.md"] {
            let text = fs::read_to_string(runner.dir().join(file)).unwrap_or_default();
            assert_harmless(&format!("{what} {file}"), &text);
        }
        last = Some(run);
    }
    last.unwrap()
}

#[test]
fn a_server_response_cannot_forge_output() {
    for (what, fault) in [
        ("a code", Fault::error(400, EVIL, "no")),
        ("a message", Fault::error(400, "INVALID_PARAMETER_VALUE", EVIL)),
        ("a permission", Fault::error(403, "PERMISSION_DENIED", EVIL)),
        ("a text", Fault::status(500).body(EVIL)),
        ("a success", Fault::status(200).body(EVIL)),
        ("a refused login", Fault::error(401, EVIL, EVIL)),
    ] {
        let fake = bikes().fault(fault.always().on("registered-models/get"));
        let run = look(what, promote(&fake));
        assert_ne!(run.code, 0, "{what}: {run}");
        for output in ["text", "json"] {
            assert_harmless(what, &promote(&fake).args(["--doctor", "-o", output]).run().to_string());
        }
    }
}

#[test]
fn registry_contents_cannot_forge_output() {
    let fake = bikes().run("r1", &[("rmse", 1.0), (EVIL, 2.0)]);
    fake.change(|store| {
        for version in store.get("bikes").unwrap().versions.values_mut() {
            version.source = EVIL.to_owned();
            version.run_id = Some("r1".to_owned());
            version.description = Some(EVIL.to_owned());
            version.tags.insert(EVIL.to_owned(), EVIL.to_owned());
            version.tags.insert("team".to_owned(), EVIL.to_owned());
        }
    });
    let with = |extras: Value| promote(&fake).arg("--extras").arg(extras.to_string());
    let metric = json!([{ "KIND": "MetricGate", "metric": "auc", "min": 1 }]);
    look("a metric", with(json!({ "job": { "gates": metric } })));
    let tag = json!([{ "KIND": "TagGate", "key": "team", "equals": "x" }]);
    look("a tag", with(json!({ "job": { "gates": tag } })));
    look("a plan", promote(&fake).arg("--plan"));
    look("a promotion", promote(&fake));
    let status = "services: {mlflow: {registry_name: bikes}}\njob: {KIND: StatusJob, metrics: [rmse]}\n";
    let runner = Runner::new().file("s.yaml", status).arg("s.yaml").env("MLFLOW_TRACKING_URI", fake.uri());
    look("a status", runner);
}

#[test]
fn a_run_id_cannot_forge_output() {
    let fake = bikes();
    fake.change(|store| {
        for version in store.get("bikes").unwrap().versions.values_mut() {
            version.run_id = Some(EVIL.to_owned());
            version.source = format!("models:/m-{EVIL}");
        }
    });
    let gates = json!({ "job": { "gates": [{ "KIND": "MetricGate", "metric": "rmse", "min": 1 }] } });
    look("a run", promote(&fake).arg("--extras").arg(gates.to_string()));
}

#[test]
fn a_foreign_history_cannot_forge_output() {
    let entry = json!([{ "version": 2, "previous_version": 1, "time": "2026-01-01T00:00:00Z", "actor": EVIL, "message": EVIL }]);
    let fake = bikes();
    fake.change(|store| {
        let tags = &mut store.get("bikes").unwrap().tags;
        tags.insert("runner.history.Champion".to_owned(), entry.to_string());
        tags.insert(format!("runner.history.Champion.aside.{EVIL}"), EVIL.to_owned());
    });
    let job = "services: {mlflow: {registry_name: bikes}}\njob: {KIND: HistoryJob, alias: Champion}\n";
    let runner = Runner::new().file("h.yaml", job).arg("h.yaml").env("MLFLOW_TRACKING_URI", fake.uri());
    look("a history", runner);
}

#[test]
fn messages_and_channels_cannot_forge_output() {
    let fake = bikes().fault(Fault::error(400, EVIL, EVIL).always().on("registered-models/get"));
    let receiver = Receiver::start(
        (0..20).map(|_| crate::support::receiver::Reply::Answer(crate::support::fake_mlflow::Answer::text(400, EVIL))),
    );
    let url = receiver.url("/x");
    let channels = json!([
        { "KIND": "SlackChannel", "webhook_url": url }, { "KIND": "TeamsChannel", "webhook_url": url },
        { "KIND": "DiscordChannel", "webhook_url": url }, { "KIND": "AppriseChannel", "url": url },
        { "KIND": "WebhookChannel", "url": url }, { "KIND": "ConsoleChannel" },
    ]);
    let alerts = json!({ "services": { "alerts": { "channels": channels } } });
    look("channels", promote(&fake).arg("--extras").arg(alerts.to_string()));
    assert!(receiver.requests().len() >= 10);
    for request in receiver.requests() {
        let mut texts = vec![];
        collect(&serde_json::from_str(&request.body).unwrap(), &mut texts);
        texts.iter().for_each(|text| assert_harmless("a notice", text));
    }
}
