//! The promotion of `bikes` on a fake MLflow, which most tests run.

use super::fake_mlflow::{FakeMlflow, Model};
use super::harness::Runner;

/// The config of most promotions; the address comes from the environment.
const CONFIG: &str = "\
services:
  logger: { format: compact }
  alerts: { app_name: Bikes }
  mlflow: { registry_name: bikes, http_request_max_retries: 0 }
job: { KIND: PromotionJob }
";

/// Starts a registry with versions 1 to 3 of `bikes`, and `Champion` at 2.
pub(crate) fn bikes() -> FakeMlflow {
    let fill = |model| [1, 2, 3].into_iter().fold(model, Model::version).alias("Champion", 2);
    FakeMlflow::start().model("bikes", fill)
}

/// Builds a run that promotes `bikes`.
pub(crate) fn promote(fake: &FakeMlflow) -> Runner {
    let runner = Runner::new().file("promotion.yaml", CONFIG).arg("promotion.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada")
}

/// Sets keys of the job.
pub(crate) fn job(runner: Runner, fields: &[&str]) -> Runner {
    fields.iter().fold(runner, |runner, field| runner.arg("--set").arg(format!("job.{field}")))
}

/// Asserts that nothing was written.
pub(crate) fn assert_only_read(fake: &FakeMlflow) {
    let calls = fake.calls();
    assert!(!calls.is_empty() && calls.iter().all(|call| call.starts_with("GET ")), "{calls:?}");
}
