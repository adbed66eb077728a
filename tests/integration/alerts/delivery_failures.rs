//! Delivery to services that are busy, broken, silent or unreachable.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{alerts, deliveries, delivery_row, document, with_channels};
use crate::support::harness::Output;
use crate::support::promotion::bikes;
use crate::support::receiver::{Receiver, Reply};
use crate::support::tls_server::TlsServer;

/// Promotes and notifies Slack at a URL.
fn slack_at(url: &str) -> Output {
    let fake = bikes();
    let run =
        with_channels(&fake, &format!("[{{KIND: SlackChannel, webhook_url: '{url}'}}]")).args(["-o", "json"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
    run
}

fn slack(receiver: &Receiver) -> Output {
    slack_at(&receiver.url("/hook"))
}

fn error(run: &Output) -> String {
    document(run)["jobs"][0]["notifications"][0]["error"].as_str().unwrap().to_owned()
}

#[test]
fn transient_errors_are_retried() {
    for reply in [Reply::status(500), Reply::status(503), Reply::status(429), Reply::Reset, Reply::busy("0")] {
        let receiver = Receiver::start([reply]);
        let run = slack(&receiver);
        assert_eq!(deliveries(&run), [delivery_row("SlackChannel", "sent", 2)], "{run}");
        assert!(!run.stderr.contains("WARN"), "{run}");
    }
}

#[test]
fn retry_after_is_respected() {
    let receiver = Receiver::start([Reply::busy("2")]);
    let began = Instant::now();
    assert_eq!(deliveries(&slack(&receiver)), [delivery_row("SlackChannel", "sent", 2)]);
    assert!(began.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_retry_after_beyond_the_deadline_fails_at_once() {
    let receiver = Receiver::start([Reply::busy("3600")]);
    let began = Instant::now();
    let run = slack(&receiver);
    assert_eq!(deliveries(&run), [delivery_row("SlackChannel", "failed", 1)], "{run}");
    assert_eq!(error(&run), "it answered 429 Too Many Requests");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn permanent_errors_are_not_retried_and_logged_once() {
    for (status, said) in [(400, "400 Bad Request"), (403, "403 Forbidden"), (404, "404 Not Found"), (302, "302 Found")]
    {
        let receiver = Receiver::start([Reply::saying(status, "no_service")]);
        let run = slack(&receiver);
        assert_eq!(deliveries(&run), [delivery_row("SlackChannel", "failed", 1)], "{run}");
        assert_eq!(error(&run), format!("it answered {said}: no_service"));
        assert_eq!(run.stderr.matches("WARN").count(), 1, "{run}");
        assert!(run.stderr.contains("SlackChannel") && !run.stderr.contains(&receiver.url("")), "{run}");
    }
}

#[test]
fn a_silent_service_fails_at_the_timeout() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::Hang]));
    let runner = with_channels(&fake, &format!("[{{KIND: SlackChannel, webhook_url: '{}'}}]", receiver.url("/")));
    let began = Instant::now();
    let run = alerts(runner, "timeout: 1").args(["-o", "json"]).run();
    assert_eq!((run.code, deliveries(&run)), (0, vec![delivery_row("SlackChannel", "failed", 1)]), "{run}");
    assert_eq!(error(&run), "no delivery within 1 s");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_unreachable_service_is_retried_until_the_timeout() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let fake = bikes();
    let runner = with_channels(&fake, &format!("[{{KIND: SlackChannel, webhook_url: 'http://127.0.0.1:{port}/x'}}]"));
    let run = alerts(runner, "timeout: 1").args(["-o", "json"]).run();
    assert_eq!((run.code, error(&run).as_str()), (0, "connection refused"), "{run}");
    assert!(deliveries(&run)[0].2 >= 2, "{run}");
}

#[test]
fn an_untrusted_service_receives_nothing() {
    let guarded = TlsServer::self_signed_for("localhost");
    let url = format!("{}/hook", guarded.fake.uri()).replace("127.0.0.1", "localhost");
    let run = slack_at(&url);
    assert_eq!(deliveries(&run), [delivery_row("SlackChannel", "failed", 1)], "{run}");
    assert!(error(&run).contains("certificate") && guarded.fake.requests().is_empty(), "{run}");
    let fake = bikes();
    let runner = with_channels(&fake, &format!("[{{KIND: SlackChannel, webhook_url: '{url}'}}]"));
    let bundle = guarded.bundle.path().display();
    let run = alerts(runner, &format!("ca_bundle: '{bundle}'")).args(["-o", "json"]).run();
    assert!(error(&run).starts_with("it answered 404"), "{run}");
    assert_eq!(guarded.fake.take_complaints().len(), 1);
}

#[test]
fn the_fallback_is_used_only_if_the_channel_fails() {
    for (first, expected) in [
        (404, vec![delivery_row("SlackChannel", "failed", 1), delivery_row("WebhookChannel", "sent", 1)]),
        (200, vec![delivery_row("SlackChannel", "sent", 1)]),
    ] {
        let (fake, receiver) = (bikes(), Receiver::start([Reply::saying(first, "ok")]));
        let channels = format!(
            "[{{KIND: SlackChannel, webhook_url: '{0}', required: true, fallback: {{KIND: WebhookChannel, url: '{0}'}}}}]",
            receiver.url("/")
        );
        let run = with_channels(&fake, &channels).args(["-o", "json"]).run();
        assert_eq!((run.code, deliveries(&run)), (0, expected), "{run}");
    }
}

#[test]
fn a_fallback_is_tried_before_the_timeout() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::Hang, Reply::status(200)]));
    let channels = format!(
        "[{{KIND: SlackChannel, webhook_url: '{0}', fallback: {{KIND: WebhookChannel, url: '{0}'}}}}]",
        receiver.url("/")
    );
    let began = Instant::now();
    let run = alerts(with_channels(&fake, &channels), "timeout: 3").args(["-o", "json"]).run();
    assert_eq!((run.code, error(&run).as_str()), (0, "no delivery within 1.5 s"), "{run}");
    assert_eq!(
        deliveries(&run),
        [delivery_row("SlackChannel", "failed", 1), delivery_row("WebhookChannel", "sent", 1)],
        "{run}"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn all_fallbacks_share_the_timeout() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::Hang, Reply::Hang, Reply::Hang]));
    let fallback = |rest: &str| format!("{{KIND: WebhookChannel, url: '{}'{rest}}}", receiver.url("/"));
    let channels = fallback(&format!(", fallback: {}", fallback(&format!(", fallback: {}", fallback("")))));
    let run = alerts(with_channels(&fake, &format!("[{channels}]")), "timeout: 3").args(["-o", "json"]).run();
    let errors: Vec<_> = document(&run)["jobs"][0]["notifications"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 3, "{run}");
    assert!(errors.iter().all(|told| told["error"] == "no delivery within 1 s"), "{run}");
}

#[test]
fn a_retry_after_of_zero_keeps_the_minimum_delay() {
    let (fake, receiver) = (bikes(), Receiver::start((0..1000).map(|_| Reply::busy("0"))));
    let runner = with_channels(&fake, &format!("[{{KIND: SlackChannel, webhook_url: '{}'}}]", receiver.url("/")));
    let run = alerts(runner, "timeout: 1").args(["-o", "json"]).run();
    let (_, status, attempts) = deliveries(&run).remove(0);
    assert!(status == "failed" && (2..=4).contains(&attempts), "{attempts} tries: {run}");
}

#[test]
fn an_unknown_host_is_reported_without_its_name() {
    let fake = bikes();
    let channels = "[{KIND: SlackChannel, webhook_url: 'http://hunter2.invalid/x'}, \
                     {KIND: EmailChannel, smtp_url: 'smtp://hunter2.invalid', from: a@b.example, to: [c@d.example]}]";
    let run = alerts(with_channels(&fake, channels), "timeout: 2").args(["-o", "json"]).run();
    assert_eq!(run.code, 0, "{run}");
    for told in document(&run)["jobs"][0]["notifications"].as_array().unwrap() {
        // If the name resolution is slow, its timeout is reported.
        let error = told["error"].as_str().unwrap();
        assert!(error.contains("failed to lookup address") || error == "no delivery within 2 s", "{run}");
    }
    assert!(!run.to_string().contains("hunter2"), "{run}");
}

#[test]
fn an_overflowing_timeout_is_refused_before_the_start() {
    let fake = bikes();
    let run = alerts(with_channels(&fake, "[{KIND: ConsoleChannel}]"), "timeout: 18446744073709551615").run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (2, Some(2)), "{run}");
    assert!(run.stderr.contains("expected a whole number from 1 to 3600"), "{run}");
}

#[test]
fn a_job_whose_registry_cannot_be_opened_has_a_message() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let runner = with_channels(&fake, &format!("[{{KIND: WebhookChannel, url: '{}'}}]", receiver.url("/")));
    let run = runner
        .env("MLFLOW_TRACKING_URI", "https://me:hunter2@127.0.0.1:1")
        .env("MLFLOW_TRACKING_SERVER_CERT_PATH", "no/such/ca.pem")
        .args(["-o", "json"])
        .run();
    assert_eq!((run.code, deliveries(&run)), (1, vec![delivery_row("WebhookChannel", "sent", 1)]), "{run}");
    let body = receiver.requests()[0].json();
    assert_eq!(
        (&body["title"], &body["jobs"][0]["error"]["code"]),
        (&json!("Promotion Job Failed"), &json!("SERVICE_FAILED"))
    );
    assert!(!receiver.requests()[0].body.contains("hunter2"));
}

#[test]
fn a_failed_required_channel_fails_a_job_that_is_reported_as_applied() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(404)]));
    let channels = format!("[{{KIND: SlackChannel, webhook_url: '{}', required: true}}]", receiver.url("/"));
    let run = with_channels(&fake, &channels).args(["-o", "json"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (1, Some(3)), "{run}");
    let job = &document(&run)["jobs"][0];
    assert_eq!((&job["status"], &job["outcome"]["version"]), (&json!("notice_failed"), &json!(3)), "{run}");
    assert_eq!(job["error"]["code"], "NOTICE_FAILED");
    let said = "bikes@Champion was moved to version 3, but the required SlackChannel did not receive the notice: it \
                answered 404 Not Found";
    assert_eq!(job["error"]["message"], said);
}

#[test]
fn channels_are_notified_concurrently() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::Together(3), Reply::Together(3)]));
    let channel = format!("{{KIND: SlackChannel, webhook_url: '{}'}}", receiver.url("/"));
    let run = with_channels(&fake, &format!("[{channel}, {channel}, {channel}]")).args(["-o", "json"]).run();
    assert_eq!((run.code, deliveries(&run)), (0, vec![delivery_row("SlackChannel", "sent", 1); 3]), "{run}");
}
