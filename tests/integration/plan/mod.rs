//! `--plan`: its output, the printed config, and the application of that config.

mod apply;
mod concurrent_runs;
mod file;
mod metrics;
mod random_plans;
mod secrets;

use std::fs;

use serde_json::Value;

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};

/// Runs with `--plan`, and returns the output and the result of each job.
pub(crate) fn plan(runner: &Runner, more: &[&str]) -> (Output, Value) {
    let run = runner.run_with(&[&["-q", "--plan", "--report", "json=result.json"], more].concat());
    let report = fs::read(runner.dir().join("result.json")).unwrap_or_else(|_| panic!("{run}"));
    (run, serde_json::from_slice(&report).unwrap())
}

/// Prints the plan of a run as a config; the run must succeed.
fn print_plan(runner: &Runner) -> String {
    let run = runner.run_with(&["-q", "--plan", "-o", "yaml"]);
    assert!(run.code == 0 && !run.stdout.is_empty(), "{run}");
    run.stdout
}

/// Builds a run that applies a plan.
fn apply_plan(plan: &str, fake: &FakeMlflow) -> Runner {
    let runner = Runner::new().file("plan.yaml", plan).arg("plan.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada")
}

/// Asserts that a run is blocked with a message.
fn assert_blocked(run: &Output, code: &str) {
    assert!(run.code == 3 && run.stdout.contains(&format!(" blocked ({code}): ")), "{code}: {run}");
}
