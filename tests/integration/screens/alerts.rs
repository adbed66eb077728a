//! Notifications that do not arrive.

use super::stage::{Screen, aliases, assert_screen, release};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::bikes;
use crate::support::receiver::{Receiver, Reply};

/// Makes a promotion that notifies a channel.
fn notifying(fake: &FakeMlflow, channel: &str) -> Runner {
    let alerts = format!("services:\n  alerts:\n    app_name: Bikes\n    channels: [{channel}]\n");
    release(fake, "{ KIND: PromotionJob }").file("alerts.yaml", alerts).args(["--base", "alerts.yaml"])
}

#[test]
fn a_webhook_answers_404() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(404, "no_service")]));
    let runner = notifying(&fake, &format!("{{ KIND: SlackChannel, webhook_url: '{}' }}", receiver.url("/hook")));
    let screen = Screen::of(&runner);
    assert_screen!("The alias moved, and the Slack webhook does not exist.", aliases(&fake), screen);
}

#[test]
fn a_required_webhook_answers_404() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(404, "no_service")]));
    let channel = format!("{{ KIND: SlackChannel, webhook_url: '{}', required: true }}", receiver.url("/hook"));
    let screen = Screen::of(&notifying(&fake, &channel));
    assert_screen!("The alias moved, and the channel that must be notified does not exist.", aliases(&fake), screen);
}

#[test]
fn a_required_webhook_answers_500_until_the_time_is_over() {
    let failing = (0..20).map(|_| Reply::saying(500, "internal error"));
    let (fake, receiver) = (bikes(), Receiver::start(failing));
    let channel = format!("{{ KIND: WebhookChannel, url: '{}', required: true }}", receiver.url("/hook"));
    let screen = Screen::of(&notifying(&fake, &channel).args(["--set", "services.alerts.timeout=2"]));
    assert_screen!(
        "The alias moved, and the channel that must be notified answers 500 to every try.",
        aliases(&fake),
        screen
    );
}

#[test]
fn the_job_fails_and_the_notice_too() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(404, "no_service")]));
    let channel = format!("{{ KIND: SlackChannel, webhook_url: '{}', required: true }}", receiver.url("/hook"));
    let screen = Screen::of(&notifying(&fake, &channel).args(["--set", "job.version=9"]));
    assert_screen!(
        "The version does not exist, and the channel that must be notified does not either.",
        aliases(&fake),
        screen
    );
}

#[test]
fn a_fallback_is_used() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(404, "no_service")]));
    let channel = format!(
        "{{ KIND: SlackChannel, webhook_url: '{}', fallback: {{ KIND: ConsoleChannel }} }}",
        receiver.url("/hook")
    );
    let screen = Screen::of(&notifying(&fake, &channel));
    assert_screen!("The Slack webhook does not exist, and the console is notified instead.", aliases(&fake), screen);
}

#[test]
fn a_test_notice_is_refused() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(404, "no_service")]));
    let runner = notifying(&fake, &format!("{{ KIND: SlackChannel, webhook_url: '{}' }}", receiver.url("/hook")));
    let screen = Screen::of(&runner.args(["--check", "--alerts-test"]));
    assert_screen!("A test of the channels; the Slack webhook does not exist.", aliases(&fake), screen);
}
