//! Messages about jobs, delivered to every kind of channel.

use serde_json::{Value, json};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};
use crate::support::promotion::promote;

mod alerts_test;
mod batches;
mod channels;
#[cfg(unix)]
mod command_channel;
mod delivery_failures;
mod email;
#[cfg(unix)]
mod process_listing;
mod secrets;
mod teams_card;
mod templates;
mod webhook_signature;

/// Creates a run that promotes bikes and has these channels, in YAML.
fn with_channels(fake: &FakeMlflow, channels: &str) -> Runner {
    alerts(promote(fake), &format!("channels: {channels}"))
}

/// Sets fields of the alerts service, in YAML.
fn alerts(runner: Runner, fields: &str) -> Runner {
    runner.arg("--extras").arg(format!("services: {{alerts: {{{fields}}}}}"))
}

/// Parses the document that a run with `--output json` printed.
fn document(run: &Output) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// Returns the channel, status and attempts of each notification of the first job.
fn deliveries(run: &Output) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let notifications = document(run)["jobs"][0]["notifications"].take();
    let row = |one: &Value| (text(&one["channel"]), text(&one["status"]), one["attempts"].as_u64().unwrap());
    notifications.as_array().unwrap().iter().map(row).collect()
}

/// Returns the single notification of a successful run.
fn notification(run: &Output) -> Value {
    assert_eq!(run.code, 0, "{run}");
    document(run)["jobs"][0]["notifications"][0].take()
}

#[track_caller]
fn assert_sent(run: &Output) {
    let mut notification = notification(run);
    notification.as_object_mut().unwrap().remove("channel");
    assert_eq!(notification, json!({ "status": "sent", "attempts": 1 }), "{run}");
}

/// Returns the error of the single notification of a run after one attempt. The log holds the same error.
#[track_caller]
fn delivery_error(run: &Output) -> String {
    let notification = notification(run);
    assert_eq!((&notification["status"], &notification["attempts"]), (&json!("failed"), &json!(1)), "{run}");
    let error = notification["error"].as_str().unwrap().to_owned();
    assert!(run.stderr.contains(&error), "{run}");
    error
}

fn delivery_row(channel: &str, status: &str, attempts: u64) -> (String, String, u64) {
    (channel.to_owned(), status.to_owned(), attempts)
}
