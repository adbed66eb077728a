//! MLflow's own client and the program in the same fake workspace: each reads what the other wrote.

use super::{BIKES, bikes, promote_as_service_principal};
use crate::support::mlflow_server::python_in;

/// Reads what the program wrote and moves the alias, with the calls that MLflow makes of Unity Catalog.
const SCRIPT: &str = r#"
import mlflow, os, sys
host, name = sys.argv[1:]
os.environ.update(DATABRICKS_HOST=host, DATABRICKS_TOKEN="dapi-good")
client = mlflow.MlflowClient(tracking_uri="databricks", registry_uri="databricks-uc")
version = client.get_model_version_by_alias(name, "Champion")
print(version.name, version.version, version.status, version.aliases, version.model_id)
model = client.get_registered_model(name)
print(model.aliases, "runner_history_Champion" in model.tags)
found, token = [], None
while token != "":
    page = client.search_model_versions(f"name='{name}'", max_results=100, page_token=token)
    found, token = found + [int(version.version) for version in page], page.token or ""
print(found)
client.set_registered_model_alias(name, "Champion", "9")
client.delete_registered_model_alias(name, "Old")
client.set_registered_model_tag(name, "owner", "ada")
"#;

#[test]
fn mlflows_own_client_understands_the_workspace_and_what_the_program_did_there() {
    let fake = bikes().model(BIKES, |model| {
        [1, 2, 9, 10]
            .into_iter()
            .fold(model, crate::support::fake_mlflow::Model::version)
            .alias("Champion", 2)
            .alias("Old", 1)
    });
    let run = promote_as_service_principal(&fake).run();
    assert_eq!(run.code, 0, "{run}");
    let folder = tempfile::tempdir().unwrap();
    let output = python_in(folder.path(), "databricks", SCRIPT, &[&fake.uri(), BIKES]);
    insta::assert_snapshot!(output, @r"
    main.ml.bikes 10 READY ['Champion'] m-10
    {'Champion': '10', 'Old': '1'} True
    [1, 10, 2, 9]
    ");
    assert_eq!((fake.alias(BIKES, "Champion"), fake.alias(BIKES, "Old")), (Some(9), None));
    assert_eq!(fake.tag(BIKES, "owner").as_deref(), Some("ada"));
}
