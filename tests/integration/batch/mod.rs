//! Batches: many jobs in one run.

mod concurrency;
mod configs;
mod github;
#[cfg(unix)]
mod interruption;
mod junit;
mod markdown;
mod on_failure;
#[cfg(unix)]
mod progress;
mod random_batches;
mod report_files;
mod restore;
mod server_failures;
mod services;

use serde_json::Value;

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};

/// The endpoint that reads, sets and deletes an alias.
const ALIAS: &str = "registered-models/alias";

/// Services without notifications and retries.
const SERVICES: &str = "\
services:
  logger: { format: compact }
  alerts: { enable: false }
  mlflow: { registry_name: m0, http_request_max_retries: 0 }
";

/// Starts a registry of models `m0`, `m1`…, each with versions 1 to 3 and `Champion` at 2.
fn server_with_models(models: usize) -> FakeMlflow {
    (0..models).fold(FakeMlflow::start(), |fake, model| {
        fake.model(&format!("m{model}"), |model| model.version(1).version(2).version(3).alias("Champion", 2))
    })
}

/// Returns a promotion to the latest version for each of a number of models.
fn promotions(models: usize) -> Vec<String> {
    (0..models).map(|model| format!("{{ KIND: PromotionJob, name: m{model} }}")).collect()
}

/// Writes a config with a list of jobs.
fn list(jobs: &[impl AsRef<str>]) -> String {
    let jobs: String = jobs.iter().map(|job| format!("  - {}\n", job.as_ref())).collect();
    format!("{SERVICES}jobs:\n{jobs}")
}

/// Builds a run without configs on a registry.
fn runner(fake: &FakeMlflow) -> Runner {
    Runner::new().env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada")
}

/// Builds a run of a list of jobs.
fn batch(fake: &FakeMlflow, jobs: &[impl AsRef<str>]) -> Runner {
    runner(fake).file("batch.yaml", list(jobs)).arg("batch.yaml")
}

/// Returns the version of `Champion` for each of a number of models.
fn champions(fake: &FakeMlflow, models: usize) -> Vec<Option<u64>> {
    (0..models).map(|model| fake.alias(&format!("m{model}"), "Champion")).collect()
}

/// Parses the document that a run printed with `-o json`.
fn document(run: &Output) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {run}"))
}

/// Returns the status of each job of a document.
fn statuses(document: &Value) -> Vec<&str> {
    document["jobs"].as_array().unwrap().iter().map(|job| job["status"].as_str().unwrap()).collect()
}

/// Returns the files in the folder of a run, sorted.
fn files(runner: &Runner) -> Vec<String> {
    let entries = std::fs::read_dir(runner.dir()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
