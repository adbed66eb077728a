//! No plan holds a secret, wherever one is written.

use serde_json::json;

use crate::fake_mlflow::FakeMlflow;
use crate::harness::Runner;
use crate::promotion::bikes;

/// Where a secret can stand, and the key that the plan leaves out; none where the plan can refer to it.
const PLACES: [(&str, Option<&str>); 19] = [
    ("{services: {mlflow: {tracking_password: hunter2}}}", Some("services.mlflow.tracking_password")),
    ("{services: {mlflow: {tracking_token: hunter2}}}", Some("services.mlflow.tracking_token")),
    ("{services: {mlflow: {tracking_token: '${env:NONE,hunter2}'}}}", Some("services.mlflow.tracking_token")),
    ("{services: {mlflow: {tracking_token: 'x${env:SECRET}hunter2'}}}", Some("services.mlflow.tracking_token")),
    ("{services: {mlflow: {tracking_token: '${env:SECRET}'}}}", None),
    ("{services: {mlflow: {tracking_token: '${file:secret}'}}}", None),
    ("{services: {mlflow: {tracking_uri: 'http://me:hunter2@URI'}}}", Some("services.mlflow.tracking_uri")),
    ("{services: {mlflow: {registry_uri: '${env:NONE,http://me:hunter2@URI}'}}}", Some("services.mlflow.registry_uri")),
    ("{services: {mlflow: {tracking_uri: 'http://me:${env:SECRET}@URI'}}}", Some("services.mlflow.tracking_uri")),
    ("{services: {mlflow: {tracking_uri: 'http://${env:SECRET}:${env:SECRET}@URI'}}}", None),
    ("{job: {mlflow_service: {tracking_token: hunter2}}}", Some("services.mlflow.tracking_token")),
    (
        "{services: {alerts: {channels: [{KIND: WebhookChannel, url: 'http://127.0.0.1:1/hunter2'}]}}}",
        Some("services.alerts.channels[0].url"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: WebhookChannel, url: '${env:HOOK}', headers: {X-Key: hunter2}}]}}}",
        Some("services.alerts.channels[0].headers.X-Key"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: '${env:CHANNEL}', webhook_url: 'http://127.0.0.1:1/hunter2'}]}}}",
        Some("services.alerts.channels[0].webhook_url"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: ConsoleChannel, fallback: {KIND: EmailChannel, \
         smtp_url: 'smtps://me:hunter2@h', from: a@b.c, to: [a@b.c]}}]}}}",
        Some("services.alerts.channels[0].fallback.smtp_url"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: CommandChannel, command: [curl, 'http://me:hunter2@h']}]}}}",
        Some("services.alerts.channels[0].command"),
    ),
    ("{job: {gates: [{KIND: HttpGate, url: 'http://me:hunter2@127.0.0.1:1', mode: warn}]}}", Some("job.gates[0].url")),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', headers: {Authorization: Bearer hunter2}, mode: warn}]}}",
        Some("job.gates[0].headers.Authorization"),
    ),
    ("{job: {message: 'see http://me:hunter2@host/run'}}", Some("job.message")),
];

fn with_secrets(fake: &FakeMlflow) -> Runner {
    let config = "services: {mlflow: {registry_name: bikes, http_request_max_retries: 0}}\njob: {KIND: PromotionJob}\n";
    let runner = Runner::new().file("a.yaml", config).file("secret", "hunter2\n").arg("a.yaml");
    runner
        .env("SECRET", "hunter2")
        .env("HOOK", "http://127.0.0.1:1/hunter2")
        .env("CHANNEL", "SlackChannel")
        .env("MLFLOW_TRACKING_URI", fake.uri())
}

#[test]
fn a_secret_is_in_no_plan_wherever_it_is_written() {
    let fake = bikes();
    let address = fake.uri().replace("http://", "");
    for (extras, left_out) in PLACES {
        let extras = extras.replace("URI", &address);
        for language in ["yaml", "json"] {
            let run = with_secrets(&fake).args(["-e", &extras, "--plan", "-o", language]).run();
            assert_eq!(run.code, 0, "{extras}: {run}");
            assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{extras}: {run}");
            let told = left_out.is_none_or(|key| run.stderr.contains(&format!("the plan leaves out `{key}`")));
            assert!(told, "{extras}: {run}");
            assert_eq!(left_out.is_none(), !run.stderr.contains("leaves out"), "{extras}: {run}");
        }
    }
}

#[test]
fn a_secret_of_the_environment_is_in_no_plan() {
    let fake = bikes();
    let names = [
        "MLFLOW_TRACKING_PASSWORD",
        "MLFLOW_TRACKING_TOKEN",
        "RUNNER__SERVICES__MLFLOW__TRACKING_TOKEN",
        "RUNNER__SERVICES__ALERTS__CHANNELS__0__COMMAND__1",
        "RUNNER__JOB__MLFLOW_SERVICE__TRACKING_PASSWORD",
    ];
    let config = "services: {mlflow: {registry_name: bikes}, alerts: {channels: [{KIND: CommandChannel, command: [echo, x]}]}}\n\
                  job: {KIND: PromotionJob}";
    for name in names {
        let runner = with_secrets(&fake).file("a.yaml", config).env(name, "hunter2");
        let run = runner.args(["--plan", "-o", "yaml"]).run();
        assert!(run.code == 0 && !run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{name}: {run}");
    }
}

#[test]
fn jobs_whose_secrets_differ_do_not_share_a_service() {
    let fake = bikes();
    let one = |token: &str, alias: &str| json!({ "KIND": "PromotionJob", "name": "bikes", "alias": alias, "mlflow_service": { "tracking_token": token, "http_request_timeout": 9 } });
    let config = json!({ "jobs": [one("hunter2", "A"), one("hunter3", "B")] });
    let runner = Runner::new().file("a.json", config.to_string()).arg("a.json").env("MLFLOW_TRACKING_URI", fake.uri());
    let run = runner.run_with(&["-q", "--plan", "-o", "yaml"]);
    insta::assert_snapshot!(run.snapshot());
}
