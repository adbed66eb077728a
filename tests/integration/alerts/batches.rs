//! One summary for a whole batch, and notifications of restored aliases.

use serde_json::json;

use super::{deliveries, delivery_row, document};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::bikes;
use crate::support::receiver::{Receiver, Reply};

/// Builds a batch that moves two aliases and then requests a missing version.
fn batch(fake: &FakeMlflow, alerts: &str) -> Runner {
    let config = format!(
        "services:\n  alerts: {{app_name: Bikes, {alerts}}}\n  mlflow: {{registry_name: bikes, http_request_max_retries: 0}}\n\
         jobs:\n  - {{KIND: PromotionJob}}\n  - {{KIND: PromotionJob, alias: Staging, version: 2}}\n  \
         - {{KIND: PromotionJob, alias: Canary, version: 9}}\n"
    );
    Runner::new().file("batch.yaml", config).args(["batch.yaml", "-o", "json"]).env("MLFLOW_TRACKING_URI", fake.uri())
}

#[test]
fn a_digest_is_one_message_for_the_whole_batch() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let alerts = format!("digest: true, channels: [{{KIND: WebhookChannel, url: '{}'}}]", receiver.url("/"));
    let run = batch(&fake, &alerts).run();
    assert_eq!((run.code, receiver.requests().len()), (1, 1), "{run}");
    let body = receiver.requests()[0].json();
    assert_eq!((&body["title"], &body["message"]), (&json!("Batch Failed"), &json!("2 promoted, 1 failed")));
    assert_eq!(body["jobs"].as_array().map(Vec::len), Some(3));
    for job in document(&run)["jobs"].as_array().unwrap() {
        assert_eq!(job["notifications"][0]["status"], "sent", "{run}");
    }
}

#[test]
fn without_a_digest_every_job_has_a_message() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let alerts = format!("channels: [{{KIND: WebhookChannel, url: '{}'}}]", receiver.url("/"));
    assert_eq!(batch(&fake, &alerts).run().code, 1);
    let statuses: Vec<_> =
        receiver.requests().iter().map(|request| request.json()["jobs"][0]["status"].take()).collect();
    assert_eq!(statuses, ["promoted", "promoted", "failed"]);
}

#[test]
fn a_failed_required_digest_fails_the_jobs() {
    let (fake, receiver) = (bikes(), Receiver::start([Reply::status(404)]));
    let channel = format!("{{KIND: WebhookChannel, url: '{}', required: true}}", receiver.url("/"));
    let run = batch(&fake, &format!("digest: true, channels: [{channel}]")).run();
    let jobs = document(&run)["jobs"].take();
    let codes: Vec<_> = jobs.as_array().unwrap().iter().map(|job| job["error"]["code"].clone()).collect();
    assert_eq!(codes, ["NOTICE_FAILED", "NOTICE_FAILED", "VERSION_NOT_FOUND"]);
    assert_eq!((deliveries(&run), run.code), (vec![delivery_row("WebhookChannel", "failed", 1)], 1), "{run}");
}

#[test]
fn a_restored_alias_has_a_message() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let alerts = format!("on: [restored], channels: [{{KIND: WebhookChannel, url: '{}'}}]", receiver.url("/"));
    let run = batch(&fake, &alerts).args(["--on-failure", "restore"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (1, Some(2)), "{run}");
    let titles: Vec<_> = receiver.requests().iter().map(|request| request.json()["title"].take()).collect();
    assert_eq!(titles, ["Promotion Job Restored"; 2]);
}

#[test]
fn a_restored_alias_is_reported_with_the_right_direction() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let alerts = format!(
        "on: [restored], message: '{{{{ alias }}}} {{{{ from }}}} to {{{{ to }}}}', \
         channels: [{{KIND: AppriseChannel, url: '{}'}}]",
        receiver.url("/")
    );
    batch(&fake, &alerts).args(["--on-failure", "restore"]).run();
    let bodies: Vec<String> =
        receiver.requests().iter().map(|request| request.json()["body"].as_str().unwrap().to_owned()).collect();
    assert!(
        bodies[0].starts_with("Staging 2 to none\nModel: bikes\nAlias: Staging\nFrom: 2\nTo: none\n"),
        "{bodies:?}"
    );
    assert!(bodies[1].starts_with("Champion 3 to 2\nModel: bikes\nAlias: Champion\nFrom: 3\nTo: 2\n"), "{bodies:?}");
}

#[test]
fn a_digest_uses_the_templates_of_the_config() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let alerts = format!(
        "digest: true, title: '{{{{ app_name }}}}: {{{{ kind }}}} {{{{ status }}}}', \
         message: '{{{{ summary }}}}{{% for one in jobs %}} {{{{ one.alias }}}} {{{{ one.status }}}}{{% endfor %}}', \
         channels: [{{KIND: WebhookChannel, url: '{}'}}]",
        receiver.url("/")
    );
    assert_eq!(batch(&fake, &alerts).run().code, 1);
    let body = receiver.requests()[0].json();
    assert_eq!(body["title"], "Bikes: Batch failed");
    assert_eq!(body["message"], "2 promoted, 1 failed Champion promoted Staging promoted Canary failed");
}

#[test]
fn a_digest_is_sent_by_a_job_whose_registry_could_be_opened_or_not() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let closed = "mlflow_service: {tracking_server_cert_path: no/such/ca.pem, tracking_uri: 'https://127.0.0.1:1'}";
    let config = format!(
        "services:\n  alerts: {{digest: true, channels: [{{KIND: WebhookChannel, url: '{}'}}]}}\n\
         jobs:\n  - {{KIND: PromotionJob, name: bikes, {closed}}}\n  - {{KIND: PromotionJob, name: bikes}}\n",
        receiver.url("/")
    );
    let runner = Runner::new().file("a.yaml", config).env("MLFLOW_TRACKING_URI", fake.uri());
    let run = runner.args(["a.yaml", "--on-failure", "continue"]).run();
    assert_eq!((run.code, receiver.requests().len()), (1, 1), "{run}");
    assert_eq!(receiver.requests()[0].json()["message"], "1 failed, 1 promoted");
}

#[test]
fn a_message_can_fit_a_job_and_a_batch() {
    let (fake, receiver) = (bikes(), Receiver::start([]));
    let words = "{% if jobs %}{{ summary }}{% else %}Version: {{ version }} @ {{ alias }}{% endif %}";
    let alerts = |digest: bool| {
        let url = receiver.url("/");
        format!("digest: {digest}, message: '{words}', channels: [{{KIND: WebhookChannel, url: '{url}'}}]")
    };
    assert_eq!(batch(&fake, &alerts(true)).run().code, 1);
    assert_eq!(batch(&fake, &alerts(false)).args(["--set", "jobs.2.version=1"]).run().code, 0);
    let messages: Vec<_> = receiver.requests().iter().map(|request| request.json()["message"].take()).collect();
    let expected = ["2 promoted, 1 failed", "Version: 3 @ Champion", "Version: 2 @ Staging", "Version: 1 @ Canary"];
    assert_eq!(messages, expected);
}

#[test]
fn a_failed_required_channel_restores_aliases_only_under_the_restore_policy() {
    for (policy, version, status) in [("stop", 3, "notice_failed"), ("restore", 2, "restored")] {
        let (fake, receiver) = (bikes(), Receiver::start([Reply::status(404)]));
        let alerts = format!("channels: [{{KIND: WebhookChannel, url: '{}', required: true}}]", receiver.url("/"));
        let run = batch(&fake, &alerts).args(["--on-failure", policy]).run();
        assert_eq!((run.code, fake.alias("bikes", "Champion")), (1, Some(version)), "{run}");
        let job = &document(&run)["jobs"][0];
        assert_eq!((&job["status"], &job["error"]["code"]), (&json!(status), &json!("NOTICE_FAILED")), "{run}");
    }
}
