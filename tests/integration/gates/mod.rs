//! Gates: what they say, and what a job makes of it.

mod alias_and_age;
#[cfg(unix)]
mod command;
mod concurrent_changes;
mod http;
#[cfg(unix)]
mod inconclusive;
mod metric;
mod missing_evidence;
mod tag;

use serde_json::Value;

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};

/// A model with version 2 as its Champion, and version 3 to be promoted.
fn bikes() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let model = model.version(1).version(2).version(3).alias("Champion", 2);
        model.with(3, |version| version.tags.extend([tag("approved", "yes"), tag("stage", "qa-2")]))
    })
}

/// Returns the code and the reason of every verdict of the only job.
fn rulings(run: &Output) -> Vec<String> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    let verdicts = document["jobs"][0]["outcome"]["gates"].as_array().unwrap();
    let text = |verdict: &Value, key: &str| verdict[key].as_str().unwrap().to_owned();
    verdicts.iter().map(|verdict| format!("{}: {}", text(verdict, "code"), text(verdict, "reason"))).collect()
}

/// Runs a promotion with these gates.
fn gated(fake: &FakeMlflow, gates: &str) -> Runner {
    crate::support::promotion::promote(fake).args(["-e", &format!("{{job: {{gates: {gates}}}}}")])
}

/// Runs, and returns the codes of the verdicts; the run must end as they say.
#[track_caller]
pub(crate) fn codes(runner: &Runner, more: &[&str]) -> Vec<String> {
    // A report is the result also where the output is a plan.
    let run = runner.run_with(&[more, &["--report", "json=result.json"]].concat());
    let result = std::fs::read_to_string(runner.dir().join("result.json")).unwrap_or_else(|_| panic!("{run}"));
    let document: Value = serde_json::from_str(&result).unwrap();
    let verdicts = document["jobs"][0]["outcome"]["gates"].as_array().unwrap();
    let blocks = |verdict: &Value| verdict["passed"] == false && verdict["mode"] == "enforce";
    assert_eq!(run.code, if verdicts.iter().any(blocks) { 3 } else { 0 }, "{run}");
    verdicts.iter().map(|verdict| verdict["code"].as_str().unwrap().to_owned()).collect()
}
