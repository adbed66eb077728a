//! Read-only jobs: the history of the aliases of a model, and the status of the model.

mod history_job;
mod status_job;

use serde_json::Value;

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};
use crate::support::promotion::assert_only_read;

/// Builds a run of a job that reads `bikes`.
fn build_runner(fake: &FakeMlflow, job: &str) -> Runner {
    let services = "services: { logger: { format: compact, level: WARNING }, mlflow: { registry_name: bikes, http_request_max_retries: 0 } }";
    let runner = Runner::new().file("job.yaml", format!("{services}\njob: {job}\n")).arg("job.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri())
}

/// Runs a job with and without `--plan`; both print the same, write nothing and notify nobody.
fn read(fake: &FakeMlflow, job: &str) -> Output {
    let runner = build_runner(fake, job);
    let run = runner.run();
    assert_eq!(runner.run_with(&["--plan"]).snapshot(), run.snapshot());
    assert_only_read(fake);
    run
}

/// Returns the outcome of a job.
fn outcome(fake: &FakeMlflow, job: &str) -> Value {
    let run = build_runner(fake, job).args(["-o", "json"]).run();
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    document["jobs"][0]["outcome"].clone()
}

#[test]
fn read_only_jobs_send_no_notifications() {
    let fake = crate::support::promotion::bikes();
    for set in ["services.alerts.digest=false", "services.alerts.digest=true"] {
        for job in ["{ KIND: HistoryJob }", "{ KIND: StatusJob }", "{ KIND: StatusJob, name: cars }"] {
            let run = build_runner(&fake, job).args(["-qqq", "--set", set]).run();
            assert_eq!(run.stderr, "", "{run}");
        }
    }
}

#[test]
fn a_plan_of_read_only_jobs_shows_the_current_state() {
    let fake = crate::support::promotion::bikes();
    let jobs = "jobs: [{ KIND: PromotionJob, name: bikes }, { KIND: StatusJob, name: bikes }]";
    let runner = Runner::new().file("jobs.yaml", jobs).env("MLFLOW_TRACKING_URI", fake.uri());
    let (run, document) = crate::plan::plan(&runner, &["jobs.yaml"]);
    assert_eq!(document["jobs"][0]["status"], "planned", "{run}");
    assert_eq!(document["jobs"][1]["outcome"]["overview"]["aliases"]["Champion"], 2, "{run}");
}

#[test]
fn every_report_format_shows_the_results_of_read_only_jobs() {
    let fake = crate::support::promotion::bikes();
    let runner = build_runner(&fake, "{ KIND: StatusJob, metrics: [] }");
    let runner = runner.args(["--report", "junit=r.xml", "--report", "json=r.json"]);
    assert_eq!(runner.run().code, 0);
    let text = |name: &str| std::fs::read_to_string(runner.dir().join(name)).unwrap();
    assert!(text("r.xml").contains("<system-out>read: bikes</system-out>"), "{}", text("r.xml"));
    let document: Value = serde_json::from_str(&text("r.json")).unwrap();
    assert_eq!(document["jobs"][0]["outcome"]["overview"]["versions"][0]["version"], 3);
}
