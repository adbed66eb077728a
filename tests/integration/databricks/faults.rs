//! What servers say that must not be repeated, and hosts that are no workspace.

use super::{bikes, promote_as_machine, promote_on};
use crate::fake_mlflow::Fault;

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
        let run = promote_as_machine(&bikes().fault(fault.always())).arg("-vv").run();
        let told = run.to_string();
        assert!(run.code != 0, "{told}");
        for secret in ["hunter2", "s3cret", "YXBwOnMz", "eyJ-token"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
    let fault = Fault::error(400, "BAD", "dapi-good is wrong").on(get);
    let told = promote_on(&bikes().fault(fault)).arg("-vv").run().to_string();
    assert!(told.contains("*** is wrong") && !told.contains("dapi-good"), "{told}");
}

#[test]
fn no_secret_is_told_in_a_run_that_goes_well() {
    for run in [promote_as_machine(&bikes()).arg("-vv").run(), promote_on(&bikes()).arg("-vv").run()] {
        let told = run.to_string();
        assert!(run.code == 0 && told.contains("Databricks is at http://127.0.0.1"), "{told}");
        for secret in ["s3cret", "eyJ-token", "dapi-good"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[test]
fn a_host_that_is_no_workspace_is_told_so() {
    let page = Fault::html(200).always();
    let run = promote_as_machine(&bikes().fault(page)).run();
    assert!(run.code == 1 && run.stdout.contains("is it a Databricks workspace?"), "{run}");
    let run = promote_on(&bikes().fault(Fault::html(200).always())).run();
    assert!(run.code == 1 && run.stdout.contains("is the host in DATABRICKS_HOST or in the profile"), "{run}");
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
fn a_workspace_without_a_metastore_is_not_taken_for_a_missing_model() {
    let fault = Fault::error(404, "METASTORE_DOES_NOT_EXIST", "No metastore assigned for the current workspace.");
    let run = promote_on(&bikes().fault(fault.always())).run();
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stdout.contains("No metastore assigned") && !run.stdout.contains("no registered model"), "{run}");
}
