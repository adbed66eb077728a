//! Notices on their way to the services where teams live.

use serde_json::Value;

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

/// Makes a run that is to promote bikes and to tell these channels, in YAML.
fn telling(fake: &FakeMlflow, channels: &str) -> Runner {
    alerts(promote(fake), &format!("channels: {channels}"))
}

/// Sets fields of the alerts service, in YAML.
fn alerts(runner: Runner, fields: &str) -> Runner {
    runner.arg("--extras").arg(format!("services: {{alerts: {{{fields}}}}}"))
}

/// Reads the document that a run with `--output json` printed.
fn document(run: &Output) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"))
}

/// Returns who was told of the first job: channel, status and attempts of each.
fn deliveries(run: &Output) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let notifications = document(run)["jobs"][0]["notifications"].take();
    let row = |one: &Value| (text(&one["channel"]), text(&one["status"]), one["attempts"].as_u64().unwrap());
    notifications.as_array().unwrap().iter().map(row).collect()
}

fn row(channel: &str, status: &str, attempts: u64) -> (String, String, u64) {
    (channel.to_owned(), status.to_owned(), attempts)
}
