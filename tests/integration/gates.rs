//! Gates: what they say, and what a job makes of it.

#[cfg(unix)]
mod command;
mod http;
mod tag;

use serde_json::Value;

use crate::fake_mlflow::FakeMlflow;
use crate::harness::{Output, Runner};

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
    crate::promotion::promote(fake).args(["-e", &format!("{{job: {{gates: {gates}}}}}")])
}
