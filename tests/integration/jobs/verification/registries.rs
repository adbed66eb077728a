//! Verification on SQLite and on a real MLflow server.

use serde_json::{Value, json};

use super::{failing_gate, job, now};
use crate::support::harness::Runner;
use crate::support::mlflow_server::{MlflowServer, python};

/// Makes a model with two versions on a registry, Champion at the first.
fn registered(uri: &str, name: &str) -> Runner {
    let register = json!({ "KIND": "RegistrationJob", "source": "s3://bucket/model" });
    let jobs = json!([register, register, { "KIND": "PromotionJob", "version": 1, "message": "first" }]);
    let services = json!({ "mlflow": { "tracking_uri": uri, "registry_name": name }, "alerts": { "enable": false } });
    let promotion = |fields: Value| {
        let mut job = json!({ "KIND": "PromotionJob" });
        job.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({ "services": services, "job": job }).to_string()
    };
    let runner = Runner::new().file("setup.json", json!({ "services": services, "jobs": jobs }).to_string());
    let runner = runner.file("fails.json", promotion(json!({ "verify": { "gates": [failing_gate()] } })));
    let tell = "test \"$RUNNER_SOURCE\" = s3://bucket/model && test \"$RUNNER_PREVIOUS_VERSION\" = 1";
    let command = json!({ "KIND": "CommandGate", "command": ["sh", "-c", tell] });
    let runner = runner.file("holds.json", promotion(json!({ "verify": { "gates": [command] } })));
    let setup = runner.run_with(&["-q", "setup.json"]);
    assert_eq!(setup.code, 0, "{setup}");
    runner
}

/// Lets a verification of a move fail, one of a first promotion fail, and one succeed.
fn walk(runner: &Runner) {
    let failed = runner.run_with(&["-q", "-o", "json", "fails.json"]);
    assert_eq!((failed.code, now(&failed)), (1, Some(Some(1))), "{failed}");
    assert_eq!(job(&failed)["outcome"]["verification"]["put_back"], true, "{failed}");
    let first = runner.run_with(&["-q", "-o", "json", "--set", "job.alias=New", "fails.json"]);
    assert_eq!((first.code, now(&first)), (1, Some(None)), "{first}");
    let unmoved = runner.run_with(&["-q", "--set", "job.version=1", "fails.json"]);
    assert!(unmoved.code == 0 && unmoved.stdout.contains("unchanged"), "{unmoved}");
    let held = runner.run_with(&["-q", "holds.json"]);
    assert!(held.code == 0 && held.stdout.contains("promoted"), "{held}");
}

#[test]
fn a_failed_verification_restores_and_records_an_alias_in_a_database() {
    let runner = registered("sqlite:///mlflow.db", "bikes");
    walk(&runner);
    let database = rusqlite::Connection::open(runner.dir().join("mlflow.db")).unwrap();
    let aliases: Vec<(String, i64)> = database
        .prepare("SELECT alias, version FROM registered_model_aliases")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(aliases, [("Champion".to_owned(), 2)]);
    let tag = "SELECT value FROM registered_model_tags WHERE \"key\" = 'runner.history.Champion'";
    let tag: String = database.query_row(tag, [], |row| row.get(0)).unwrap();
    let moves: Vec<_> = super::history(&tag).into_iter().map(|(version, _)| version).collect();
    assert_eq!(moves, [Some(2), Some(1), Some(2), Some(1)]);
}

#[test]
fn a_failed_verification_restores_an_alias_on_a_server() {
    let server = MlflowServer::start();
    walk(&registered(server.uri(), "verified"));
    let script = "
import json, mlflow
model = mlflow.MlflowClient().get_registered_model('verified')
print(json.dumps({'aliases': model.aliases, 'history': model.tags['runner.history.Champion']}))
";
    let seen: Value = serde_json::from_str(&python(server.uri(), script, &[])).unwrap();
    assert!(seen["aliases"] == json!({ "Champion": "2" }) || seen["aliases"] == json!({ "Champion": 2 }), "{seen}");
    let moves: Vec<_> =
        super::history(seen["history"].as_str().unwrap()).into_iter().map(|(version, _)| version).collect();
    assert_eq!(moves, [Some(2), Some(1), Some(2), Some(1)]);
}
