//! What `--doctor` says of a workspace.

use super::{bikes, promote_as_machine, promote_on};
use crate::fake_mlflow::Fault;
use crate::promotion::assert_only_read;

#[test]
fn a_workspace_is_told_with_its_login_and_no_secret() {
    let fake = bikes();
    let run = promote_on(&fake).arg("--doctor").run();
    assert_eq!(run.code, 0, "{run}");
    for told in [
        "Unity Catalog, in the workspace http://127.0.0.1",
        "token from DATABRICKS_TOKEN",
        "Champion points to version 2",
        "main.ml.bikes: not known without writing",
    ] {
        assert!(run.stdout.contains(told), "{told}: {run}");
    }
    assert!(!run.to_string().contains("dapi-good"), "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_token_that_is_refused_is_out_of_reach() {
    let run = promote_on(&bikes()).env("DATABRICKS_TOKEN", "dapi-expired").arg("--doctor").run();
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("the workspace refused it (token from DATABRICKS_TOKEN)"), "{run}");
    assert!(!run.to_string().contains("dapi-expired"), "{run}");
}

#[test]
fn a_machine_and_a_profile_that_is_missing_are_told() {
    let run = promote_as_machine(&bikes()).arg("--doctor").run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.contains("client_id from DATABRICKS_CLIENT_ID"), "{run}");
    assert!(!run.to_string().contains("s3cret"), "{run}");
    let runner = promote_on(&bikes()).file(".databrickscfg", "[a]\nhost = x\n").arg("--doctor");
    let run = runner.args(["--set", "services.mlflow.registry_uri=databricks-uc://no"]).run();
    assert_eq!(run.code, 1, "{run}");
}

#[test]
fn a_workspace_that_hangs_is_out_of_reach() {
    let fake = bikes().fault(Fault::hang().on("unity-catalog/registered-models/get"));
    let run = promote_on(&fake).env("MLFLOW_HTTP_REQUEST_TIMEOUT", "1").arg("--doctor").run();
    assert_eq!(run.code, 4, "{run}");
    assert!(run.stdout.contains("no answer within 1 s"), "{run}");
}
