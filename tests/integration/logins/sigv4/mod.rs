//! Requests that are signed for AWS, to a gateway that refuses all others.

mod gateway;

use gateway::{ID, REGION, SECRET, STAGE, gateway};

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};

const PROFILES: &str = "[profile prod]\nregion = eu-west-1\nsource = x\n[profile nowhere]\n\
                        [profile lent]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = prod\n";

fn uri(gateway: &FakeMlflow) -> String {
    format!("{}{}", gateway.uri(), STAGE.replace(' ', "%20"))
}

/// Makes a promotion that signs its requests, without keys.
fn promotion(uri: &str) -> Runner {
    let config = "services: {mlflow: {http_request_max_retries: 1, http_request_backoff_factor: 0}}\n\
                  job: {KIND: PromotionJob, name: bikes}\n";
    let runner = Runner::new().file("a.yaml", config).args(["-vv", "a.yaml"]);
    runner.env("MLFLOW_TRACKING_URI", uri).env("MLFLOW_TRACKING_AWS_SIGV4", "true")
}

/// Makes a promotion with keys.
fn signed(uri: &str) -> Runner {
    let runner = promotion(uri).env("AWS_ACCESS_KEY_ID", ID).env("AWS_SECRET_ACCESS_KEY", SECRET);
    runner.env("AWS_REGION", REGION)
}

fn credentials() -> String {
    format!("[prod]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n")
}

/// Returns the exit code and the message of a run.
fn result(run: &Output) -> String {
    let message = run.snapshot();
    let message = message.split("\n\n").nth(1).unwrap_or(&message).split("--- stderr").next().unwrap();
    format!("exit {}: {message}\n", run.code)
}

#[track_caller]
fn assert_moved(run: &Output, gateway: &FakeMlflow) {
    assert_eq!((run.code, gateway.alias("bikes", "Champion")), (0, Some(1)), "{run}");
    assert!(!run.to_string().contains("hunter2"), "{run}");
}

#[test]
fn a_gateway_that_checks_signatures_lets_a_promotion_through() {
    for (session, profile) in [(None, false), (Some("hunter2+session/=="), false), (None, true)] {
        let gateway = gateway();
        let runner = match profile {
            true => promotion(&uri(&gateway)).env("AWS_PROFILE", "prod"),
            false => signed(&uri(&gateway)),
        };
        let runner = runner.file(".aws/config", PROFILES).file(".aws/credentials", credentials());
        let run = session.into_iter().fold(runner, |runner, it| runner.env("AWS_SESSION_TOKEN", it)).run();
        assert_moved(&run, &gateway);
        // Keys of a profile do not go with a session of the variables.
        assert!(gateway.requests().iter().all(|request| request.header("x-amz-security-token") == session), "{run}");
    }
}

#[test]
fn names_and_filters_are_signed_as_they_are_sent() {
    let name = "é b+c*~'% &=";
    let gateway = gateway().model(name, |model| model.version(1));
    let config = format!("job: {{KIND: PromotionJob, name: \"{name}\"}}");
    let run = signed(&uri(&gateway)).file("a.yaml", config).run();
    assert_eq!((run.code, gateway.alias(name, "Champion")), (0, Some(1)), "{run}");
}

#[test]
fn each_attempt_has_its_own_signature() {
    let again = Fault::status(503).header("Retry-After", "1").on("/a stage/api/2.0/mlflow/registered-models/alias");
    let gateway = gateway().fault(again);
    assert_moved(&signed(&uri(&gateway)).run(), &gateway);
    let requests = gateway.requests();
    let tries = requests.iter().filter(|request| request.method == "POST" && request.path.ends_with("/alias"));
    let dates: Vec<_> = tries.map(|request| request.header("x-amz-date").unwrap()).collect();
    assert!(dates.len() == 2 && dates[0] < dates[1], "{dates:?}");
}

#[test]
fn a_redirect_within_the_gateway_is_followed_with_a_new_signature() {
    let gateway = gateway();
    let to = format!("{}/api/2.0/mlflow/registered-models/get?name=bikes", uri(&gateway));
    let gateway =
        gateway.fault(Fault::status(307).header("Location", &to).on("/old/api/2.0/mlflow/registered-models/get"));
    let run = signed(&format!("{}/old", gateway.uri())).run();
    let paths: Vec<_> = gateway.requests().iter().map(|request| request.path.clone()).collect();
    assert!(paths.contains(&format!("{STAGE}/api/2.0/mlflow/registered-models/get")), "{paths:?}");
    // What is not redirected is at a path that the gateway does not have.
    assert!(run.code == 4 && run.stdout.contains("Missing Authentication Token"), "{run}");
    assert!(!run.stdout.contains("does not match"), "{run}");
}

#[test]
fn a_signature_wins_over_other_logins_and_they_are_reported() {
    let gateway = gateway();
    let run = signed(&uri(&gateway).replace("://", "://you:hunter2url@"))
        .env("MLFLOW_TRACKING_USERNAME", "ada")
        .env("MLFLOW_TRACKING_PASSWORD", "hunter2pw")
        .env("MLFLOW_TRACKING_TOKEN", "hunter2token")
        .run();
    assert_moved(&run, &gateway);
    for given in ["tracking_username", "tracking_password", "tracking_token", "the login in the address"] {
        let text = format!("{given} is ignored: requests are signed for AWS (tracking_aws_sigv4)");
        assert!(run.stderr.contains(&text), "{text}: {run}");
    }
}

#[test]
fn a_registry_with_its_own_login_gets_no_signature() {
    let registry = FakeMlflow::start().model("bikes", |model| model.version(1));
    let run = signed("http://tracking.invalid")
        .env("RUNNER__SERVICES__MLFLOW__REGISTRY_URI", registry.uri())
        .env("RUNNER__SERVICES__MLFLOW__REGISTRY_TOKEN", "hunter2own")
        .run();
    assert_moved(&run, &registry);
    assert!(registry.requests().iter().all(|request| request.header("authorization") == Some("Bearer hunter2own")));
}

#[test]
fn only_a_server_needs_keys() {
    let run = promotion("sqlite:///none.db").run();
    assert!(run.code == 1 && !run.to_string().contains("AWS"), "{run}");
}

#[test]
fn missing_keys_are_reported_with_where_they_were_searched() {
    let gateway = gateway();
    let mut text = String::new();
    for variables in [
        &[][..],
        &[("AWS_ACCESS_KEY_ID", ID)],
        &[("AWS_SECRET_ACCESS_KEY", SECRET)],
        &[("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET)],
        &[("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", "hunter2\n"), ("AWS_REGION", REGION)],
        &[("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_REGION", "eu west")],
        &[("AWS_PROFILE", "staging")],
        &[("AWS_PROFILE", "nowhere")],
        &[("AWS_PROFILE", "lent")],
        &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token")],
        &[("AWS_CONFIG_FILE", "damaged")],
    ] {
        let runner = promotion(&uri(&gateway)).file(".aws/config", PROFILES).file(".aws/credentials", credentials());
        let runner = runner.file("damaged", "[default]\nhunter2\n");
        let run = variables.iter().fold(runner, |runner, (name, value)| runner.env(name, *value)).run();
        assert!(!run.to_string().contains("hunter2"), "{run}");
        let names: Vec<_> = variables.iter().map(|(name, _)| *name).collect();
        text += &format!("{names:?}\n{}", result(&run));
    }
    assert!(gateway.requests().is_empty());
    insta::assert_snapshot!(text);
}

#[test]
fn a_refusal_of_the_gateway_is_reported_with_what_to_do() {
    let mut text = String::new();
    for message in [
        "The security token included in the request is expired",
        "The security token included in the request is invalid.",
        "Signature expired: 20261123T200000Z is now earlier than 20261123T201000Z (20261123T201500Z - 5 min.)",
        "The request signature we calculated does not match the signature you provided. The canonical string should \
         have been 'x-amz-security-token:hunter2session'",
        "Missing Authentication Token",
        "User: arn:aws:iam::1:user/ada is not authorized to perform: execute-api:Invoke on resource: arn:x",
        "Forbidden",
    ] {
        let body = format!("{{\"message\":\"{message}\"}}");
        let gateway = gateway().fault(Fault::status(403).body(&body).always());
        let run = signed(&uri(&gateway)).env("AWS_SESSION_TOKEN", "hunter2session").run();
        assert!(!run.to_string().contains("hunter2"), "{run}");
        // A model and its latest version are read at once, then where the alias is, and nothing twice.
        let mut calls = gateway.calls();
        calls.sort_unstable();
        calls.dedup();
        assert_eq!((calls.len(), calls.len() <= 3), (gateway.requests().len(), true), "{calls:?}");
        text += &result(&run);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_wrong_key_or_region_is_a_refused_login() {
    for (variable, value, hint) in [
        ("AWS_SECRET_ACCESS_KEY", "other", "all three belong together"),
        ("AWS_REGION", "us-east-1", "set AWS_REGION to the region of the gateway"),
    ] {
        let gateway = gateway();
        let run = signed(&uri(&gateway)).env(variable, value).run();
        assert!(run.code == 4 && run.stdout.contains(hint), "{run}");
    }
}

#[test]
fn the_diagnosis_names_the_key_and_its_source() {
    let gateway = gateway();
    let line = |run: &Output| {
        let text = run.snapshot();
        text.lines().find(|line| line.contains(" login ")).unwrap_or_default().trim().to_owned()
    };
    let run = signed(&uri(&gateway)).arg("--doctor").run();
    let expected = "ok           login       the AWS access key ****MPLE, in eu-west-1 (from AWS_ACCESS_KEY_ID); \
                    it was not refused";
    assert_eq!((line(&run).as_str(), run.code), (expected, 0), "{run}");

    let run = promotion(&uri(&gateway)).arg("--doctor").env("AWS_PROFILE", "prod").env("AWS_REGION", "us-east-1");
    let run = run.file(".aws/credentials", credentials()).run();
    let expected = "unavailable  login       the server refused the AWS access key ****MPLE, in us-east-1 (from the AWS \
                    profile \"prod\" of [DIR]/.aws/config and [DIR]/.aws/credentials): it answered 403 Forbidden: \
                    Credential should be scoped to a valid region.";
    assert_eq!((line(&run).as_str(), run.code), (expected, 4), "{run}");

    let run = promotion(&uri(&gateway)).arg("--doctor").run();
    assert!(run.code == 1 && line(&run).starts_with("failed       login       the registry cannot be used"), "{run}");
    assert!(line(&run).contains("there are no keys"), "{run}");
}
