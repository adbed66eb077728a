//! The pipeline example with a real MLflow server, a real training, and a real model server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::assert_nothing_left;
use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::programs;

const DEADLINE: Duration = Duration::from_secs(600);

/// Returns the example in a clean folder, with the programs of MLflow.
fn pipeline() -> Runner {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = format!("{}:{}", programs().display(), std::env::var("PATH").unwrap());
    let example = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    ["confs/pipeline.yaml", "confs/pipeline/train.py"]
        .iter()
        .fold(Runner::new(), |runner, name| runner.file(name, example(name)))
        .env("PATH", path)
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .deadline(DEADLINE)
}

#[track_caller]
fn assert_order(output: &Output, steps: &[&str]) {
    let mut rest = output.stderr.as_str();
    for step in steps {
        let Some((_, after)) = rest.split_once(step) else { panic!("{step:?} is missing, or out of order:\n{output}") };
        rest = after;
    }
}

#[test]
fn a_pipeline_trains_serves_asks_and_promotes_a_model_and_leaves_nothing_running() {
    let run = pipeline().args(["-v", "confs/pipeline.yaml"]);
    let output = run.run();
    assert_eq!(output.code, 0, "{output}");
    let steps = [
        "the process mlflow is ready",
        "started the service mlflow",
        "| trained on 100 rows",
        "bikes@Challenger: promoted from none to 1 (confirmed)",
        "the process model is ready",
        "bikes@Champion: promoted from none to 1 (confirmed)",
        "stopping the process model",
        "the process model has ended",
        "stopping the process mlflow",
        "the process mlflow has ended",
        "stopping the service logger",
    ];
    assert_order(&output, &steps);
    assert!(!output.stderr.contains("was killed"), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_plan_and_the_doctor_start_nothing_of_the_pipeline() {
    let run = pipeline().arg("confs/pipeline.yaml");
    for (args, code) in
        [(vec!["--plan"], 0), (vec!["--plan", "-o", "yaml"], 3), (vec!["--doctor"], 0), (vec!["--check"], 0)]
    {
        let output = run.run_with(&args);
        assert_eq!(output.code, code, "{args:?}: {output}");
        assert!(!run.dir().join("mlflow.db").exists(), "{args:?}: {output}");
    }
    assert_nothing_left(run.dir());
}
