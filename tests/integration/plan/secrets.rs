//! Plans contain no secret.

use serde_json::json;

use super::apply_plan;
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::{assert_only_read, bikes};
use crate::support::receiver::Receiver;

/// The treatment of a secret in a plan.
#[derive(Debug, Clone, Copy)]
enum Then {
    /// It is left out, and the warning names this key.
    LeftOut(&'static str),
    /// There is no plan, and the error names this key.
    Refused(&'static str),
    /// The plan refers to it.
    Named,
}

use Then::{LeftOut, Named, Refused};

/// The fields that may hold a secret, and the treatment of each in a plan.
const PLACES: [(&str, Then); 22] = [
    ("{services: {mlflow: {tracking_password: hunter2}}}", LeftOut("services.mlflow.tracking_password")),
    ("{services: {mlflow: {tracking_token: hunter2}}}", LeftOut("services.mlflow.tracking_token")),
    ("{services: {mlflow: {tracking_token: '${env:NONE,hunter2}'}}}", LeftOut("services.mlflow.tracking_token")),
    ("{services: {mlflow: {tracking_token: 'x${env:SECRET}hunter2'}}}", LeftOut("services.mlflow.tracking_token")),
    ("{services: {mlflow: {tracking_token: '${env:SECRET}'}}}", Named),
    ("{services: {mlflow: {tracking_token: '${file:secret}'}}}", Named),
    ("{services: {mlflow: {tracking_uri: 'http://me:hunter2@URI'}}}", LeftOut("services.mlflow.tracking_uri")),
    (
        "{services: {mlflow: {registry_uri: '${env:NONE,http://me:hunter2@URI}'}}}",
        LeftOut("services.mlflow.registry_uri"),
    ),
    ("{services: {mlflow: {tracking_uri: 'http://me:${env:SECRET}@URI'}}}", LeftOut("services.mlflow.tracking_uri")),
    ("{services: {mlflow: {tracking_uri: 'http://${env:SECRET}:${env:SECRET}@URI'}}}", Named),
    ("{job: {mlflow_service: {tracking_token: hunter2}}}", LeftOut("services.mlflow.tracking_token")),
    (
        "{services: {alerts: {channels: [{KIND: WebhookChannel, url: 'http://127.0.0.1:1/hunter2'}]}}}",
        LeftOut("services.alerts.channels[0].url"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: WebhookChannel, url: '${env:HOOK}', headers: {X-Key: hunter2}}]}}}",
        LeftOut("services.alerts.channels[0].headers.X-Key"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: '${env:CHANNEL}', webhook_url: 'http://127.0.0.1:1/hunter2'}]}}}",
        LeftOut("services.alerts.channels[0].webhook_url"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', headers: '${env:NONE,X-Key: hunter2}', mode: warn}]}}",
        Refused("job.gates[0].headers"),
    ),
    (
        "{services: {alerts: {channels: [{KIND: ConsoleChannel, fallback: {KIND: EmailChannel, \
         smtp_url: 'smtps://me:hunter2@h', from: a@b.c, to: [a@b.c]}}]}}}",
        LeftOut("services.alerts.channels[0].fallback.smtp_url"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://me:hunter2@127.0.0.1:1', mode: warn}]}}",
        Refused("job.gates[0].url"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', headers: {Authorization: Bearer hunter2}, mode: warn}]}}",
        Refused("job.gates[0].headers.Authorization"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1/#token=hunter2', mode: warn}]}}",
        Refused("job.gates[0].url"),
    ),
    (
        "{job: {verify: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', headers: {X: hunter2}, mode: warn}]}}}",
        Refused("job.verify.gates[0].headers.X"),
    ),
    (
        "{job: {gates: [{KIND: HttpGate, url: 'http://127.0.0.1:1', method: POST, body: {token: '${env:SECRET}'}, mode: warn}]}}",
        Named,
    ),
    // Recorded and printed without the login.
    ("{job: {message: 'see http://me:hunter2@host/run'}}", Named),
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
fn no_plan_contains_a_secret() {
    let fake = bikes();
    let address = fake.uri().replace("http://", "");
    for (extras, then) in PLACES {
        let extras = extras.replace("URI", &address);
        for language in ["yaml", "json"] {
            let run = with_secrets(&fake).args(["-e", &extras, "--plan", "-o", language]).run();
            assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{extras}: {run}");
            let (code, message) = match then {
                LeftOut(key) => (0, format!("the plan leaves out `{key}`")),
                Refused(key) => (2, format!("`{key}` holds a secret that is written out")),
                Named => (0, String::new()),
            };
            assert!(run.code == code && run.stderr.contains(&message), "{extras}: {run}");
            assert_eq!(matches!(then, LeftOut(_)), run.stderr.contains("leaves out"), "{extras}: {run}");
            assert!(code == 0 || run.stdout.is_empty() && run.stderr.contains("write `${env:…}`"), "{extras}: {run}");
        }
    }
}

#[test]
fn an_unmarked_text_is_redacted_only_if_it_repeats_a_secret() {
    let fake = bikes();
    let gate = |argument: &str| {
        format!("{{job: {{gates: [{{KIND: CommandGate, command: ['true', '{argument}'], mode: warn}}]}}}}")
    };
    let planned = |argument: &str, token: &str| {
        with_secrets(&fake).env("API_TOKEN", token).args(["-e", &gate(argument), "--plan", "-o", "yaml"]).run()
    };
    let run = planned("--password=abcdefgh", "abcdefgh-abcdefgh");
    assert!(run.code == 0 && run.stdout.contains("--password=abcdefgh"), "{run}");
    let run = planned("x-abcdefgh-abcdefgh", "abcdefgh-abcdefgh");
    assert!(run.code == 2 && run.stderr.contains("`job.gates[0].command[1]` holds a secret"), "{run}");
    assert!(!run.stderr.contains("abcdefgh"), "{run}");
}

#[test]
fn no_plan_contains_a_secret_of_the_environment() {
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
fn a_plan_with_its_secrets_supplied_evaluates_the_same_gate() {
    let receiver = Receiver::start([]);
    let body = json!({ "user": { "pin-token": "${env:PIN}" }, "inputs": [1] });
    let gate = json!({ "KIND": "HttpGate", "url": receiver.url("/"), "method": "POST", "headers": { "X-Tenant": "${env:TENANT}" }, "body": body });
    let fake = bikes();
    let config = json!({ "services": { "mlflow": { "registry_name": "bikes" } }, "job": { "KIND": "PromotionJob", "gates": [gate] } });
    let planning =
        Runner::new().file("a.json", config.to_string()).arg("a.json").env("MLFLOW_TRACKING_URI", fake.uri());
    let plan = planning.env("PIN", "hunter2").env("TENANT", "hunter3").args(["--plan", "-o", "yaml"]).run();
    assert!(plan.code == 0 && plan.stdout.contains("X-Tenant: ${env:TENANT}"), "{plan}");

    let without = apply_plan(&plan.stdout, &fake).env("PIN", "hunter2").run();
    assert!(without.code == 2 && without.stderr.contains("`TENANT` is not set"), "{without}");
    assert_only_read(&fake);

    let with = apply_plan(&plan.stdout, &fake).env("PIN", "hunter2").env("TENANT", "hunter3").run();
    assert_eq!(with.code, 0, "{with}");
    let requests = receiver.requests();
    let request = requests.last().unwrap();
    let body = json!({ "user": { "pin-token": "hunter2" }, "inputs": [1] });
    assert_eq!((request.json(), request.header("x-tenant")), (body, Some("hunter3")));
}
