//! `--doctor` for a workspace.

use super::{bikes, promote, promote_as_service_principal, promote_on};
use crate::doctor::saw;
use crate::support::fake_mlflow::Fault;
use crate::support::promotion::assert_only_read;

#[test]
fn a_workspace_is_reported_with_its_login_and_no_secret() {
    let fake = bikes();
    let run = promote_on(&fake).arg("--doctor").run();
    assert_eq!(run.code, 0, "{run}");
    for text in [
        "Unity Catalog of Databricks",
        "the one at http://127.0.0.1",
        "token from DATABRICKS_TOKEN; to the workspace ada@example.com",
        "main.ml: the catalog and the schema are there",
        "Champion points to version 2",
        "main.ml.bikes: ada@example.com owns it, and may move its aliases",
    ] {
        assert!(run.stdout.contains(text), "{text}: {run}");
    }
    assert!(!run.to_string().contains("dapi-good"), "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_refused_token_makes_the_workspace_unavailable() {
    let run = promote_on(&bikes()).env("DATABRICKS_TOKEN", "dapi-expired").arg("--doctor").run();
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("the workspace refused it (token from DATABRICKS_TOKEN)"), "{run}");
    assert!(!run.to_string().contains("dapi-expired"), "{run}");
}

#[test]
fn a_service_principal_and_a_missing_profile_are_reported() {
    let run = promote_as_service_principal(&bikes()).arg("--doctor").run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.contains("client_id from DATABRICKS_CLIENT_ID"), "{run}");
    assert!(!run.to_string().contains("s3cret"), "{run}");
    let runner = promote_on(&bikes()).file(".databrickscfg", "[a]\nhost = x\n").arg("--doctor");
    let run = runner.args(["--set", "services.mlflow.registry_uri=databricks-uc://no"]).run();
    assert_eq!(run.code, 1, "{run}");
}

#[test]
fn a_workspace_that_hangs_is_unavailable() {
    let fake = bikes().fault(Fault::hang().on("unity-catalog/registered-models/get"));
    let run = promote_on(&fake).env("MLFLOW_HTTP_REQUEST_TIMEOUT", "1").arg("--doctor").run();
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("no answer within 1 s"), "{run}");
}

#[test]
fn permissions_are_reported_as_far_as_they_can_be_read() {
    let (ada, bob) = ("ada@example.com", "bob@example.com");
    for (owner, privileges, status, text) in [
        ("ml-team", Some(vec![]), "ok", "ada@example.com, as one of ml-team, owns it"),
        (bob, Some(vec![(ada, "EXECUTE"), (ada, "MANAGE")]), "ok", "ada@example.com has MANAGE"),
        (bob, Some(vec![("ml-team", "MANAGE")]), "ok", "ada@example.com has MANAGE"),
        (
            bob,
            Some(vec![("others", "MANAGE"), (ada, "EXECUTE")]),
            "unknown",
            "bob@example.com owns it, and ada@example.com has EXECUTE;",
        ),
        (bob, Some(vec![]), "unknown", "has nothing that is told"),
        (bob, None, "unknown", "main.ml.bikes: not known without writing"),
    ] {
        let fake = bikes().with(|access| {
            access.grants.groups = vec!["users", "ml-team"];
            (access.grants.owner, access.grants.privileges) = (owner, privileges);
        });
        let run = promote_on(&fake).arg("--doctor").run();
        assert_eq!(run.code, 0, "{run}");
        saw(&run, status, "permission", text);
        assert_eq!(run.stdout.contains("or MANAGE to move its aliases"), status == "unknown", "{run}");
        assert_only_read(&fake);
    }
    let fake = bikes().with(|access| access.grants.user = None);
    let run = promote_on(&fake).arg("--doctor").run();
    saw(&run, "ok", "login", "token from DATABRICKS_TOKEN; it was not refused");
    saw(&run, "unknown", "permission", "not known without writing");
}

#[test]
fn a_missing_schema_is_reported_before_its_model() {
    let run = promote_on(&bikes()).args(["--doctor", "--set", "services.mlflow.registry_name=main.nope.bikes"]).run();
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "catalog", "main.nope: it answered 404 Not Found: SCHEMA_DOES_NOT_EXIST");
    saw(&run, "failed", "model", "main.nope.bikes");
    let fault = Fault::error(403, "PERMISSION_DENIED", "no USE SCHEMA").on("/api/2.1/unity-catalog/schemas/main.ml");
    let run = promote_on(&bikes().fault(fault)).arg("--doctor").run();
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "catalog", "PERMISSION_DENIED: no USE SCHEMA");
}

#[test]
fn a_login_for_mlflow_is_reported_as_ignored() {
    let fake = bikes();
    let runner = promote_on(&fake).env("MLFLOW_TRACKING_TOKEN", "t0ken-secret").arg("--doctor");
    let run = runner.run();
    assert_eq!(run.code, 0, "{run}");
    let text = "tracking_token (from the variable MLFLOW_TRACKING_TOKEN) is ignored: Databricks has logins of its own";
    saw(&run, "warning", "login", text);
    assert!(!run.to_string().contains("t0ken-secret"), "{run}");
    let run = runner.env("MLFLOW_TRACKING_URI", "http://127.0.0.1:1").run();
    assert!(!run.stdout.contains("is ignored"), "{run}");
}

#[test]
fn a_workspace_that_hands_out_no_token_is_unavailable() {
    let runner = promote().env("DATABRICKS_HOST", "http://127.0.0.1:1").arg("--doctor");
    let run = runner.env("DATABRICKS_CLIENT_ID", "app").env("DATABRICKS_CLIENT_SECRET", "s3cret").run();
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "unavailable", "server", "refused the connection");
    assert!(run.stdout.contains("check the host in DATABRICKS_HOST"), "{run}");
}
