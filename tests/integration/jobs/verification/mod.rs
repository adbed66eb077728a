//! Verification: what is asked once the alias points to a version, and where the alias is in the end.

mod batches;
mod failures;
mod registries;
mod signals;
mod successes;
mod unconfirmed_moves;

use serde_json::{Value, json};

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};
use crate::support::promotion::promote;
use crate::support::receiver::Receiver;

const ALIAS: &str = "registered-models/alias";

/// Makes a gate that says no.
fn failing_gate() -> Value {
    json!({ "KIND": "CommandGate", "command": ["sh", "-c", "echo no; exit 1"] })
}

/// Makes a gate that asks an endpoint.
fn endpoint_gate(receiver: &Receiver) -> Value {
    json!({ "KIND": "HttpGate", "url": receiver.url("/ping"), "timeout": 20 })
}

/// Makes a gate on a tag of the version.
fn tag_gate() -> Value {
    json!({ "KIND": "TagGate", "key": "approved", "equals": "yes" })
}

/// Sets that tag of version 3, as somebody else does.
fn set_approval(fake: &FakeMlflow, value: &str) {
    fake.change(|store| {
        let version = store.get("bikes").and_then(|model| model.versions.get_mut(&3)).unwrap();
        version.tags.insert("approved".to_owned(), value.to_owned());
    });
}

/// Makes a promotion of bikes with these gates in its `verify`, and fields of the job such as `alias`.
fn promotion_with_verify(fake: &FakeMlflow, verify: Value, job: Value) -> Runner {
    let mut job = job;
    job["verify"] = verify;
    promote(fake).args(["-e", &json!({ "job": job }).to_string()])
}

/// Returns the only job of a document.
fn job(run: &Output) -> Value {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    document["jobs"][0].clone()
}

/// Returns the version that an alias is at by the document, if that is known.
fn now(run: &Output) -> Option<Option<u64>> {
    let outcome = &job(run)["outcome"];
    outcome["current_known"].as_bool().unwrap().then(|| outcome["current_version"].as_u64())
}

/// Returns every write to an alias: the version, or a dash where it is deleted.
fn writes(fake: &FakeMlflow) -> Vec<String> {
    let writes = fake.requests().into_iter().filter(|request| request.endpoint() == ALIAS && request.method != "GET");
    writes.map(|request| request.json()["version"].as_str().unwrap_or("-").to_owned()).collect()
}

/// Returns where an alias went and why by its history, newest first.
fn history(tag: &str) -> Vec<(Option<u64>, String)> {
    let entries: Vec<Value> = serde_json::from_str(tag).unwrap();
    let entry = |entry: &Value| (entry["version"].as_u64(), entry["message"].as_str().unwrap_or_default().to_owned());
    entries.iter().map(entry).collect()
}
