//! `--alerts-test`: a notice to every channel before anything depends on it.

use std::fmt::Write as _;

use crate::config::JobSpec;
use crate::exit::Exit;
use crate::outcome::{Delivery, Notification};
use crate::publish::print;
use crate::services::{Alerts, Host};
use crate::shutdown::Shutdown;
use crate::sink::Sinks;

/// Sends a test notice to every channel of every config and prints a line each; fails where one did not arrive.
pub(crate) async fn test_alerts(specs: &[JobSpec], sinks: &Sinks) -> Exit {
    // Nothing has to be finished when a signal comes: it ends the process as it ends any other.
    let host = Host::plain(sinks.clone(), Shutdown::never());
    let (mut text, mut exit) = (String::new(), Exit::Ok);
    let mut tested = vec![];
    for spec in specs {
        if tested.contains(&&spec.services.alerts) {
            continue;
        }
        tested.push(&spec.services.alerts);
        let told = Alerts::start(&spec.services.alerts, &host).test().await;
        if told.is_empty() {
            let _ = writeln!(text, "{}: no channel is told of anything", spec.config);
        }
        for notification in &told {
            let _ = writeln!(text, "{}: {}", spec.config, line(notification));
            if notification.status == Delivery::Failed {
                exit = Exit::Failed;
            }
        }
    }
    print(exit, &text, sinks)
}

fn line(told: &Notification) -> String {
    let tries = if told.attempts == 1 { "1 try".to_owned() } else { format!("{} tries", told.attempts) };
    match &told.error {
        None => format!("{} took a test notice after {tries}", told.channel),
        Some(error) => format!("{} took no test notice after {tries}: {error}", told.channel),
    }
}
