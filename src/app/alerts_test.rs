//! `--alerts-test`: sends a test notification to every channel.

use std::fmt::Write as _;

use super::output::print;
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::outcome::{Delivery, Notification};
use crate::services::{Alerts, ProcessContext};
use crate::shutdown::Shutdown;
use crate::writer::Streams;

/// Sends a test notification to every channel of every config and prints one line for each. Fails if one fails.
pub(super) async fn run(specs: &[JobSpec], streams: &Streams) -> Exit {
    // There is nothing to finish, so a signal ends the process at once.
    let process = ProcessContext::plain(streams.clone(), Shutdown::never());
    let (mut text, mut exit) = (String::new(), Exit::Ok);
    let mut tested = vec![];
    for spec in specs {
        if tested.contains(&&spec.services.alerts) {
            continue;
        }
        tested.push(&spec.services.alerts);
        let notifications = Alerts::start(&spec.services.alerts, &process).test().await;
        if notifications.is_empty() {
            let _ = writeln!(text, "{}: no channel is told of anything", spec.config);
        }
        for notification in &notifications {
            let _ = writeln!(text, "{}: {}", spec.config, describe(notification));
            if notification.status == Delivery::Failed {
                exit = Exit::Failed;
            }
        }
    }
    print(exit, &text, streams)
}

fn describe(notification: &Notification) -> String {
    let tries =
        if notification.attempts == 1 { "1 try".to_owned() } else { format!("{} tries", notification.attempts) };
    match &notification.error {
        None => format!("{} delivered a test notice ({tries})", notification.channel),
        Some(error) => format!(
            "{} did not deliver the test notice ({tries}): {error}; correct it in `services.alerts`",
            notification.channel
        ),
    }
}
