//! Runs the program on a case, and reads its report.

use serde_json::{Value, json};

use super::case::Case;
use crate::support::harness::{Output, Runner};

/// The program with the configs of a case.
pub(super) fn program(case: &Case, uri: &str) -> Runner {
    let concurrency = case.concurrency.to_string();
    let runner = Runner::new().env("RUNNER_ACTOR", "storm").args([
        "-o",
        "json",
        "--on-failure",
        case.policy,
        "-j",
        &concurrency,
    ]);
    case.jobs.iter().fold(runner, |runner, job| {
        let (path, mlflow) = (format!("job{}.json", job.id), connection(case, uri, job.id));
        let config = json!({ "services": { "mlflow": mlflow }, "job": job.config });
        runner.file(&path, config.to_string()).arg(path)
    })
}

// Each job has its own login, by which the registry attributes its requests.
fn connection(case: &Case, uri: &str, job: usize) -> Value {
    json!({ "tracking_uri": uri, "tracking_token": format!("token-of-the-job-{job}"), "http_request_timeout": 1,
        "http_request_max_retries": case.retries, "http_request_backoff_factor": 0, "http_request_backoff_jitter": 0 })
}

/// The document that a run printed.
#[derive(Debug, Clone)]
pub(super) struct Report(Value);

impl Report {
    /// Parses the document, or returns the parse error.
    pub(super) fn read(output: &Output, jobs: usize) -> Result<Self, String> {
        let report: Value =
            serde_json::from_str(&output.stdout).map_err(|error| format!("standard output is no JSON: {error}"))?;
        if report["exit_code"] != output.code {
            return Err(format!("exit_code is {}, and the process ended with {}", report["exit_code"], output.code));
        }
        match report["jobs"].as_array() {
            Some(all) if all.len() == jobs => Ok(Self(report)),
            _ => Err(format!("it tells of other jobs than {jobs}")),
        }
    }

    /// Returns the jobs in config order.
    pub(super) fn jobs(&self) -> impl Iterator<Item = JobReport<'_>> {
        self.0["jobs"].as_array().into_iter().flatten().map(JobReport)
    }

    pub(super) fn exit(&self) -> i64 {
        self.0["exit_code"].as_i64().unwrap()
    }

    /// Returns the status of each job.
    pub(super) fn to_line(&self) -> String {
        let jobs: Vec<String> =
            self.jobs().map(|job| format!("{} {}", job.status(), job.code().unwrap_or("well"))).collect();
        format!("{} = exit {}", jobs.join(", "), self.exit())
    }

    /// Pretty-prints the document without long fields.
    pub(super) fn pretty(&self) -> String {
        let mut report = self.0.clone();
        for job in report["jobs"].as_array_mut().into_iter().flatten() {
            let job = job.as_object_mut().unwrap();
            job.retain(|key, _| ["status", "outcome", "error"].contains(&key.as_str()));
            let outcome = job["outcome"].as_object_mut().unwrap();
            outcome.retain(|key, value| {
                !["model_version", "gates", "ranking"].contains(&key.as_str()) && !value.is_null()
            });
        }
        let jobs: Vec<String> = report["jobs"].as_array().unwrap().iter().map(Value::to_string).collect();
        format!("exit {}\n{}", report["exit_code"], jobs.join("\n"))
    }
}

/// The report of one job.
#[derive(Clone, Copy)]
pub(super) struct JobReport<'r>(&'r Value);

impl<'r> JobReport<'r> {
    pub(super) fn status(self) -> &'r str {
        self.0["status"].as_str().unwrap_or_default()
    }

    pub(super) fn code(self) -> Option<&'r str> {
        self.0["error"]["code"].as_str()
    }

    pub(super) fn message(self) -> &'r str {
        self.0["error"]["message"].as_str().unwrap_or_default()
    }

    pub(super) fn hint(self) -> &'r str {
        self.0["error"]["hint"].as_str().unwrap_or_default()
    }

    pub(super) fn version(self) -> Option<u64> {
        self.0["outcome"]["version"].as_u64()
    }

    pub(super) fn previous(self) -> Option<u64> {
        self.0["outcome"]["previous_version"].as_u64()
    }

    pub(super) fn is_recorded(self) -> bool {
        self.0["outcome"]["recorded"] == true
    }

    pub(super) fn was_restored(self) -> bool {
        self.0["outcome"]["verification"]["put_back"] == true
    }

    /// Returns the progress of a write by a field of the outcome: `sent`, `confirmed`, or none.
    pub(super) fn written(self, field: &str) -> Option<&'r str> {
        self.0["outcome"][field].as_str()
    }
}
