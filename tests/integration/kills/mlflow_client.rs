//! The state of a store as MLflow's own client reads it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Deserialize;

use super::killed_job::Sandbox;
use crate::support::mlflow_server::python_in;

/// Reads many stores in one process, because importing MLflow takes seconds. Fails if one cannot be listed.
const LOOK: &str = r#"
import json, os, sys
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
for uri in open("uris").read().splitlines():
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    try:
        models = {model.name: model for model in client.search_registered_models(max_results=1000)}
        versions = [version for version in client.search_model_versions("name = 'new'")]
        client.search_experiments()
    except Exception as error:
        sys.exit(f"{uri}: {error!r}")
    history = json.loads(models["bikes"].tags.get("runner.history.Champion", "[]"))
    new = models.get("new")
    number = lambda model, alias: int(model.aliases[alias]) if model and alias in model.aliases else None
    print(json.dumps({
        "champion": number(models["bikes"], "Champion"), "recorded": history[0]["version"] if history else None,
        "records": len(history), "new": number(new, "New"), "versions_of_new": len(versions),
    }))
"#;

const MAKE: &str = r#"
import mlflow
client = mlflow.MlflowClient()
client.create_registered_model("bikes")
client.create_model_version("bikes", "s3://b/1")
client.create_model_version("bikes", "s3://b/2")
client.set_registered_model_alias("bikes", "Champion", "1")
"#;

/// The contents of a store.
#[derive(Debug, Deserialize)]
pub(super) struct StoreState {
    /// The version of `Champion` of `bikes`.
    pub(super) champion: Option<u64>,
    /// The version of its last history entry.
    pub(super) recorded: Option<u64>,
    /// The number of history entries.
    pub(super) records: usize,
    /// The version of `New` of `new`.
    pub(super) new: Option<u64>,
    /// The number of versions of `new`.
    pub(super) versions_of_new: u64,
}

/// Returns the contents of the store of each sandbox.
pub(super) fn look(desks: &[Sandbox]) -> Vec<StoreState> {
    let folder = tempfile::tempdir().unwrap();
    let uris: String = desks.iter().map(|sandbox| sandbox.uri() + "\n").collect();
    std::fs::write(folder.path().join("uris"), uris).unwrap();
    let state = python_in(folder.path(), "", LOOK, &[]);
    let state: Vec<StoreState> = state.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(state.len(), desks.len());
    state
}

/// Returns a database that MLflow created.
pub(super) fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let path = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap().keep().join("mlflow.db");
        python_in(Path::new("."), &format!("sqlite:///{}", path.display()), MAKE, &[]);
        path
    })
}
