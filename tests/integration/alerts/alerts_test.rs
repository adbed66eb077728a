//! `--check --alerts-test`: a test message to every channel.

use serde_json::json;

use super::{alerts, with_channels};
use crate::support::promotion::{bikes, promote};
use crate::support::receiver::{Receiver, Reply};

#[test]
fn every_channel_gets_one_test_message_and_a_line() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let url = receiver.url("/hook");
    let channels = format!(
        "[{{KIND: SlackChannel, webhook_url: '{url}', on: [failed]}}, \
          {{KIND: WebhookChannel, url: '{url}', fallback: {{KIND: ConsoleChannel}}}}]"
    );
    let run = with_channels(&fake, &channels).args(["--check", "--alerts-test"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    promotion.yaml: PromotionJob is valid
    promotion.yaml: SlackChannel delivered a test notice (1 try)
    promotion.yaml: WebhookChannel delivered a test notice (1 try)
    promotion.yaml: ConsoleChannel delivered a test notice (1 try)
    --- stderr
    [Bikes] Test Notice: This is a test of the channels in a config. No job has run.
    ");
    assert!(fake.calls().is_empty(), "the registry was asked");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    let webhook =
        requests.iter().map(crate::support::fake_mlflow::Request::json).find(|body| body["test"] == true).unwrap();
    assert_eq!((&webhook["title"], &webhook["jobs"]), (&json!("Test Notice"), &json!([])));
}

#[test]
fn a_channel_that_rejects_the_test_message_fails_the_run() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(404)]));
    let channels = format!("[{{KIND: SlackChannel, webhook_url: '{}'}}]", receiver.url("/"));
    let run = with_channels(&fake, &channels).args(["--check", "--alerts-test"]).run();
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stdout.ends_with("SlackChannel did not deliver the test notice (1 try): it answered 404 Not Found; correct it in `services.alerts`\n"), "{run}");
}

#[test]
fn a_disabled_service_notifies_nobody() {
    let run = alerts(promote(&bikes()), "enable: false").args(["--check", "--alerts-test"]).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.ends_with("promotion.yaml: no channel is told of anything\n"), "{run}");
}

#[test]
fn alerts_test_without_check_is_wrong_usage() {
    assert_eq!(promote(&bikes()).arg("--alerts-test").run().code, 2);
}
