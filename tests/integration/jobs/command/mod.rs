//! Programs as jobs: their ends, their output, their environment, and that nothing of them runs on.

mod ends;
mod environment;
mod named_jobs;
mod output;
mod plan;
mod refused_configs;
mod reports;
mod signals;

use serde_json::{Value, json};

use crate::support::harness::{Output, Runner};
use crate::support::leftovers::assert_nothing_left;

/// Builds a run of a job with a shell script and further fields.
fn script(script: &str, fields: &Value) -> Runner {
    command(&["sh", "-c", script], fields)
}

/// Builds a run of a job with a command and further fields.
fn command(words: &[&str], fields: &Value) -> Runner {
    batch(&[with_fields(json!({ "KIND": "CommandJob", "command": words }), fields)])
}

/// Builds a run of several jobs.
fn batch(jobs: &[Value]) -> Runner {
    let services = json!({ "logger": { "format": "compact" }, "alerts": { "enable": false } });
    let config = json!({ "services": services, "jobs": jobs });
    Runner::new().file("a.json", config.to_string()).arg("a.json").env("RUNNER_ACTOR", "ada")
}

fn with_fields(mut job: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().into_iter().flatten() {
        job[name] = value.clone();
    }
    job
}

/// Runs a job to its end, checks that nothing of it runs on, and returns its result.
#[track_caller]
fn result(runner: &Runner) -> (Output, Value) {
    let run = runner.run_with(&["-o", "json"]);
    assert_nothing_left(runner.dir());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    let job = document["jobs"][0].clone();
    (run, job)
}

/// Returns the code and the message of a failed job.
#[track_caller]
fn failure(runner: &Runner) -> (i32, String, String) {
    let (run, job) = result(runner);
    let text = |name: &str| job["error"][name].as_str().unwrap_or_else(|| panic!("{run}")).to_owned();
    (run.code, text("code"), text("message"))
}
