//! Logins that are fixed: tokens and passwords, and the messages when they are refused or missing.

use crate::support::harness::Output;

use super::{BIKES, bikes, promote, promote_on};

/// Returns the snapshot of a run that must not show a secret.
fn snapshot_without_secrets(run: &Output) -> String {
    let text = run.snapshot();
    assert!(!text.contains("hunter2"), "{text}");
    text
}

#[test]
fn a_user_with_a_password_logs_in() {
    let fake = bikes();
    let runner = promote().env("DATABRICKS_HOST", fake.uri());
    let run = runner.env("DATABRICKS_USERNAME", "ada").env("DATABRICKS_PASSWORD", "password").run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
}

#[test]
fn a_refused_token_is_told_what_to_check() {
    let fake = bikes();
    let run = promote_on(&fake).env("DATABRICKS_TOKEN", "hunter2-hunter2").run();
    assert_eq!(run.code, 4);
    insta::assert_snapshot!(snapshot_without_secrets(&run));
    assert_eq!(fake.alias(BIKES, "Champion"), Some(2));
}

#[test]
fn the_login_of_an_mlflow_server_is_not_sent_to_databricks() {
    let fake = bikes();
    let run = promote_on(&fake).env("MLFLOW_TRACKING_TOKEN", "mine").env("MLFLOW_TRACKING_USERNAME", "me").run();
    assert_eq!(run.code, 0, "{run}");
    let logins: Vec<_> = fake.requests().iter().map(|sent| sent.header("authorization").unwrap().to_owned()).collect();
    assert!(logins.iter().all(|login| login == "Bearer dapi-good"), "{logins:?}");
}

#[test]
fn unusable_logins_are_refused_before_anything_is_sent() {
    let mut all = vec![];
    for variables in [
        &[][..],
        &[("DATABRICKS_TOKEN", "hunter2")],
        &[("DATABRICKS_HOST", "h.example")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_TOKEN", "")],
        &[("DATABRICKS_HOST", "https://h.example/?o=1"), ("DATABRICKS_TOKEN", "hunter2")],
        &[("DATABRICKS_HOST", "https://me:hunter2@h.example"), ("DATABRICKS_TOKEN", "hunter2")],
        &[("DATABRICKS_HOST", "ftp://h.example"), ("DATABRICKS_TOKEN", "hunter2")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_TOKEN", "hunter2\nhunter2")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_CLIENT_ID", "app")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_USERNAME", "me")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_TOKEN", "hunter2"), ("DATABRICKS_CLIENT_SECRET", "hunter2")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_TOKEN", "hunter2"), ("DATABRICKS_AUTH_TYPE", "azure-cli")],
        &[("DATABRICKS_HOST", "h.example"), ("DATABRICKS_TOKEN", "hunter2"), ("DATABRICKS_AUTH_TYPE", "oauth-m2m")],
    ] {
        let run = variables.iter().fold(promote(), |runner, (name, value)| runner.env(name, *value)).arg("-vv").run();
        assert_eq!(run.code, 1, "{run}");
        let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
        let text = snapshot_without_secrets(&run);
        let why = text.split("failed (SERVICE_FAILED): ").nth(1).unwrap().split("--- stderr").next().unwrap();
        all.push(format!("{}\n{}", names.join(" "), why.trim()));
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn auth_type_selects_one_of_two_logins() {
    let fake = bikes();
    let runner = promote_on(&fake).env("DATABRICKS_CLIENT_ID", "app").env("DATABRICKS_CLIENT_SECRET", "s3cret");
    let run = runner.env("DATABRICKS_AUTH_TYPE", "pat").run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
    assert_eq!(fake.access().issued, 0);
}

#[test]
fn a_config_is_checked_without_a_login() {
    let run = promote().arg("--check").run();
    assert_eq!(run.code, 0, "{run}");
}

#[test]
fn a_missing_permission_is_named_in_the_words_of_unity_catalog() {
    use crate::support::fake_mlflow::Fault;
    let denied = Fault::error(403, "PERMISSION_DENIED", "User does not have MANAGE on Routine or Model");
    let fake = bikes().fault(denied.on("unity-catalog/registered-models/alias").method("POST"));
    let run = promote_on(&fake).run();
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(snapshot_without_secrets(&run));
}
