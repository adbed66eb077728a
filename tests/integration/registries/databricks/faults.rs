//! Answers that must not be repeated, and hosts that are no workspace.

use super::{bikes, promote_as_service_principal, promote_on};
use crate::support::fake_mlflow::Fault;

#[test]
fn answers_with_secrets_in_them_are_not_repeated() {
    let token = "/oidc/v1/token";
    let get = "unity-catalog/registered-models/get";
    for fault in [
        Fault::status(200).body("access_token=hunter2").on(token),
        Fault::status(200).body(r#""hunter2""#).on(token),
        Fault::status(200).body(r#"{"access_token":["hunter2"]}"#).on(token),
        Fault::status(200).body(r#"{"token":"hunter2"}"#).on(token),
        Fault::status(200).body(r#"{"access_token":"hunter2\nhunter2"}"#).on(token),
        Fault::status(200).body(r#"{"access_token":""}"#).on(token),
        Fault::status(400).body(r#"{"error":"invalid_request","error_description":"s3cret is wrong"}"#).on(token),
        Fault::status(401).body("YXBwOnMzY3JldA== is wrong").on(token),
        Fault::error(400, "BAD", "eyJ-token-1 is wrong").on(get),
        Fault::status(200).body(r#"{"registered_model":"eyJ-token-1"}"#).on(get),
    ] {
        let run = promote_as_service_principal(&bikes().fault(fault.always())).arg("-vv").run();
        let text = run.to_string();
        assert!(run.code != 0, "{text}");
        for secret in ["hunter2", "s3cret", "YXBwOnMz", "eyJ-token"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let fault = Fault::error(400, "BAD", "dapi-good is wrong").on(get);
    let text = promote_on(&bikes().fault(fault)).arg("-vv").run().to_string();
    assert!(text.contains("*** is wrong") && !text.contains("dapi-good"), "{text}");
}

#[test]
fn a_successful_run_shows_no_secret() {
    for run in [promote_as_service_principal(&bikes()).arg("-vv").run(), promote_on(&bikes()).arg("-vv").run()] {
        let text = run.to_string();
        assert!(run.code == 0 && text.contains("Databricks is at http://127.0.0.1"), "{text}");
        for secret in ["s3cret", "eyJ-token", "dapi-good"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn a_host_that_is_no_workspace_is_named() {
    let page = Fault::html(200).always();
    let run = promote_as_service_principal(&bikes().fault(page)).run();
    assert!(run.code == 1 && run.stdout.contains("in the profile is a Databricks workspace"), "{run}");
    let run = promote_on(&bikes().fault(Fault::html(200).always())).run();
    assert!(run.code == 1 && run.stdout.contains("check that the host in DATABRICKS_HOST or in the profile"), "{run}");
}

#[test]
fn a_workspace_that_cannot_be_reached_is_an_outage() {
    let gone = bikes().uri();
    for login in
        [&[("DATABRICKS_TOKEN", "x-y-z")][..], &[("DATABRICKS_CLIENT_ID", "a"), ("DATABRICKS_CLIENT_SECRET", "b")]]
    {
        let runner = login.iter().fold(super::promote(), |runner, (name, value)| runner.env(name, *value));
        let run = runner.env("DATABRICKS_HOST", &gone).run();
        assert_eq!(run.code, 4, "{run}");
    }
}

#[test]
fn a_workspace_without_a_metastore_is_not_a_missing_model() {
    let fault = Fault::error(404, "METASTORE_DOES_NOT_EXIST", "No metastore assigned for the current workspace.");
    let run = promote_on(&bikes().fault(fault.always())).run();
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stdout.contains("No metastore assigned") && !run.stdout.contains("no registered model"), "{run}");
}

/// The answer of a workspace to an IP address that is not in its list. The code is a number there.
const SHUT: &str = r#"{"error_code":403,"message":"Source IP address: 203.0.113.7 is blocked by Databricks IP ACL for workspace: 12 [ReqId: a]"}"#;

#[test]
fn a_refused_ip_address_is_not_a_missing_permission() {
    let shut = || Fault::status(403).body(SHUT).always();
    let network = || Fault::error(403, "PERMISSION_DENIED", "Unauthorized network access to workspace: 12").always();
    for run in [
        promote_on(&bikes().fault(shut())).run(),
        promote_on(&bikes().fault(network())).run(),
        promote_as_service_principal(&bikes().fault(shut())).run(),
        promote_as_service_principal(&bikes().fault(shut().on("/oidc/.well-known/oauth-authorization-server"))).run(),
        promote_as_service_principal(&bikes().fault(shut().on("/oidc/v1/token"))).run(),
        promote_on(&bikes().fault(shut())).arg("--doctor").run(),
        promote_as_service_principal(&bikes().fault(shut())).arg("--doctor").run(),
    ] {
        assert!(
            run.code == 1 && run.stdout.contains("the IP access list (or network policy) of the workspace"),
            "{run}"
        );
        assert!(!run.stdout.contains("USE CATALOG") && !run.stdout.contains("DATABRICKS_CLIENT_SECRET"), "{run}");
    }
    let run = promote_on(&bikes().fault(shut())).arg("-qq").run();
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn an_invalid_token_endpoint_is_described() {
    let token = "/oidc/v1/token";
    let away = Fault::status(301).header("Location", "https://other.example/?state=s3cret-state");
    for (fault, text) in [
        (away, "asked at /oidc/v1/token for a token, it redirects to https://other.example/"),
        (Fault::html(200), "asked at /oidc/v1/token for a token, it answers with a page titled \"Sign in\""),
        (Fault::html(404), "asked for /oidc/v1/token, it answered 404 Not Found"),
        (Fault::status(200).body("dapi-oops"), "its answer to a request for a token holds no token"),
    ] {
        let run = promote_as_service_principal(&bikes().fault(fault.on(token).always())).run();
        assert!(run.code == 1 && run.stdout.contains(text), "{text}: {run}");
        assert!(!run.to_string().contains("s3cret") && !run.to_string().contains("dapi-oops"), "{run}");
    }
}

#[test]
fn a_page_to_sign_in_is_a_login_problem_for_a_call_and_for_a_token() {
    let sso = || Fault::status(302).header("Location", "https://login.example/sso?state=s3cret-state").always();
    for run in [
        promote_as_service_principal(&bikes().fault(sso().on("/oidc/v1/token"))).run(),
        promote_on(&bikes().fault(sso())).run(),
    ] {
        assert!(run.code == 4 && run.stdout.contains("it redirects to https://login.example/sso"), "{run}");
        assert!(run.stderr.contains("LOGIN_REFUSED") && !run.to_string().contains("s3cret"), "{run}");
    }
}

#[test]
fn an_alias_moved_between_two_attempts_is_not_overwritten() {
    const ALIAS: &str = "unity-catalog/registered-models/alias";
    let again = "services: { mlflow: { http_request_max_retries: 2, http_request_backoff_factor: 0, http_request_backoff_jitter: 0 } }";
    for (fault, code, at) in [(Fault::robbed(Some(1)), 1, 1), (Fault::lost(), 0, 10), (Fault::reset(), 0, 10)] {
        let fake = bikes().fault(fault.on(ALIAS).method("POST"));
        let run = promote_on(&fake).args(["-e", again]).run();
        assert_eq!((run.code, fake.alias(super::BIKES, "Champion")), (code, Some(at)), "{run}");
    }
}
