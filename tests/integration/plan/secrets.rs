//! No plan holds a secret, wherever one is written.

use serde_json::json;

use super::applied;
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::{assert_only_read, bikes};
use crate::support::receiver::Receiver;

/// Where a secret can stand, and the key that the plan leaves out; none where the plan can refer to it.
const PLACES: [(&str, Option<&str>); 31] = [
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
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', method: POST, body: {token: hunter2}, mode: warn}]}}",
        Some("job.gates[0].body.token"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', method: POST, mode: warn, \
         body: {nested: [{passwords: {of: [hunter2]}}]}}]}}",
        Some("job.gates[0].body.nested[0].passwords.of[0]"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', method: POST, body: {token: '${env:SECRET}'}, mode: warn}]}}",
        None,
    ),
    (
        "{job: {gates: [{KIND: CommandGate, command: ['true', '--password=hunter2'], mode: warn}]}}",
        Some("job.gates[0].command[1]"),
    ),
    (
        "{job: {gates: [{KIND: CommandGate, command: ['true', -H, 'Authorization: Bearer hunter2'], mode: warn}]}}",
        Some("job.gates[0].command[2]"),
    ),
    (
        "{job: {gates: [{KIND: CommandGate, command: ['true', --api-key, hunter2], mode: warn}]}}",
        Some("job.gates[0].command[2]"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: CommandChannel, command: [echo, --token, hunter2]}]}}}",
        Some("services.alerts.channels[0].command"),
    ),
    (
        "{job: {gates: [{KIND: CommandGate, command: ['true', 'curl -u me:hunter2 http://h'], mode: warn}]}}",
        Some("job.gates[0].command[1]"),
    ),
    (
        "{job: {gates: [{KIND: CommandGate, command: ['true', '-ume:hunter2'], mode: warn}]}}",
        Some("job.gates[0].command[1]"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1/#token=hunter2', mode: warn}]}}",
        Some("job.gates[0].url"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', method: POST, body: {pass: hunter2}, mode: warn}]}}",
        Some("job.gates[0].body.pass"),
    ),
    (
        "{job: {verify: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', method: POST, body: 'hunter2', mode: warn}]}}}",
        Some("job.verify.gates[0].body"),
    ),
    // As it is recorded and shown: without the login.
    ("{job: {message: 'see http://me:hunter2@host/run'}}", None),
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

#[test]
fn a_plan_without_its_secrets_is_not_applied_and_with_them_asks_the_same_gate() {
    let receiver = Receiver::start([]);
    let body = json!({ "user": { "pin-token": "hunter2" }, "inputs": [1] });
    let gate = json!({ "KIND": "HttpGate", "url": receiver.url("/"), "method": "POST", "headers": { "X-Tenant": "hunter3" }, "body": body });
    let fake = bikes();
    let config = |job: serde_json::Value| json!({ "services": { "mlflow": { "registry_name": "bikes" } }, "job": job });
    let config = config(json!({ "KIND": "PromotionJob", "gates": [gate] })).to_string();
    let planning = Runner::new().file("a.json", config).arg("a.json").env("MLFLOW_TRACKING_URI", fake.uri());
    let plan = planning.args(["--plan", "-o", "yaml"]).run();
    assert_eq!(plan.code, 0, "{plan}");
    let (token, tenant) = ("RUNNER_PLAN_JOB_GATES_0_BODY_USER_PIN_TOKEN", "RUNNER_PLAN_JOB_GATES_0_HEADERS_X_TENANT");
    for (name, path) in [(token, "body.user.pin-token"), (tenant, "headers.X-Tenant")] {
        let needed = format!("# It needs {name}: the secret in `job.gates[0].{path}`.");
        assert!(plan.stdout.contains(&needed) && plan.stderr.contains(name), "{plan}");
    }

    let without = applied(&plan.stdout, &fake).env(token, "hunter2").run();
    assert!(
        without.code == 2 && without.stderr.contains(&format!("`{tenant}`, a secret of this plan, is not set")),
        "{without}"
    );
    assert_only_read(&fake);

    let empty = applied(&plan.stdout, &fake).env(token, "hunter2").env(tenant, "").run();
    assert!(
        empty.code == 2 && empty.stderr.contains(&format!("`{tenant}`, a secret of this plan, is not set")),
        "{empty}"
    );
    assert_only_read(&fake);

    let with = applied(&plan.stdout, &fake).env(token, "hunter2").env(tenant, "hunter3").run();
    assert_eq!(with.code, 0, "{with}");
    let requests = receiver.requests();
    let asked = requests.last().unwrap();
    assert_eq!((asked.json(), asked.header("x-tenant")), (body, Some("hunter3")));
}
