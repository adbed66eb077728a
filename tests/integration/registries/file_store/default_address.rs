//! The default address: MLflow chooses between its file store and its database.

use crate::support::file_store_fixture::{copy_folder, mlflow_store};
use std::fs;

use super::Sandbox;

const PROMOTION: &str = "\
services: { mlflow: { registry_name: bikes } }
job: { KIND: PromotionJob, version: 2 }
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.runner.dir().join("promotion.yaml"), PROMOTION).unwrap();
    sandbox
}

#[test]
fn a_folder_with_an_experiment_is_the_default() {
    let sandbox = sandbox();
    let run = sandbox.runner.run_with(&["-v"]);
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.contains("registry=\"./mlruns\""), "{run}");
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("2"));
}

#[test]
fn a_folder_without_an_experiment_is_not_the_default() {
    let sandbox = sandbox();
    fs::remove_file(sandbox.root().join("0/meta.yaml")).unwrap();
    let run = sandbox.runner.run_with(&["-v"]);
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("registry=\"sqlite:///mlflow.db\""), "{run}");
    assert_eq!(sandbox.alias("Champion").as_deref(), Some("1"));
}

#[test]
fn a_configured_address_overrides_the_default() {
    let sandbox = sandbox();
    for (name, value) in
        [("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db"), ("MLFLOW_REGISTRY_URI", "sqlite:///mlflow.db")]
    {
        let runner = crate::support::harness::Runner::new().file("promotion.yaml", PROMOTION).arg("promotion.yaml");
        copy_folder(&mlflow_store(), &runner.dir().join("mlruns"));
        let run = runner.arg("-v").env(name, value).run();
        assert!(run.stderr.contains("registry=\"sqlite:///mlflow.db\""), "{run}");
    }
    let elsewhere = sandbox.runner.dir().join("elsewhere");
    fs::rename(sandbox.root(), &elsewhere).unwrap();
    let address = format!("services.mlflow.tracking_uri=file://{}", elsewhere.display());
    let run = sandbox.runner.run_with(&["--set", &address]);
    assert_eq!(run.code, 0, "{run}");
    assert_eq!(fs::read_to_string(elsewhere.join("models/bikes/aliases/Champion")).unwrap(), "2");
}
