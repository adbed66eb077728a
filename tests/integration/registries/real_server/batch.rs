//! A concurrent batch against a real MLflow server, confirmed by Python's own client.

use serde_json::{Value, json};

use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::{MlflowServer, python};

const MODELS: usize = 20;
const ALIASES: usize = 10;

/// Prints the aliases and histories of the models with a name prefix.
const READ_STATE: &str = r#"
import json, sys, mlflow
seen = {}
for model in mlflow.MlflowClient().search_registered_models(f"name LIKE '{sys.argv[1]}%'", max_results=1000):
    moves = {key.split(".")[-1]: [move["version"] for move in json.loads(value)] for key, value in model.tags.items()}
    seen[model.name] = {"aliases": {alias: int(at) for alias, at in model.aliases.items()}, "moves": moves}
print(json.dumps(seen))
"#;

fn name(model: usize) -> String {
    format!("batch {model:02}")
}

fn promotion(model: usize, alias: usize, version: u64) -> Value {
    json!({ "KIND": "PromotionJob", "name": name(model), "alias": format!("A{alias}"), "version": version })
}

/// Returns promotions of the first aliases of every model, the first alias of all models first.
fn promotions(aliases: usize, version: impl Fn(usize) -> u64) -> Vec<Value> {
    let places = (0..aliases).flat_map(|alias| (0..MODELS).map(move |model| (model, alias)));
    places.map(|(model, alias)| promotion(model, alias, version(alias))).collect()
}

fn run(jobs: &[Value], args: &[&str]) -> Output {
    let services = json!({ "mlflow": { "tracking_uri": MlflowServer::start().uri() }, "alerts": { "enable": false } });
    let config = json!({ "services": services, "jobs": jobs });
    Runner::new()
        .file("batch.json", config.to_string())
        .args(["-qq", "-o", "json", "-j", "8", "batch.json"])
        .run_with(args)
}

/// Returns the number of jobs of each status.
#[track_caller]
fn count(output: &Output, status: &str) -> usize {
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    report["jobs"].as_array().unwrap().iter().filter(|job| job["status"] == status).count()
}

/// Returns the expected state: each alias with its version and its moves, newest first.
fn expected(version: impl Fn(usize) -> u64, moves: impl Fn(usize) -> Vec<u64>) -> Value {
    let aliases: Value = (0..ALIASES).map(|alias| (format!("A{alias}"), json!(version(alias)))).collect();
    let moves: Value = (0..ALIASES).map(|alias| (format!("A{alias}"), json!(moves(alias)))).collect();
    (0..MODELS).map(|model| (name(model), json!({ "aliases": aliases, "moves": moves }))).collect()
}

#[test]
fn a_concurrent_batch_moves_every_alias_and_a_failed_one_restores_them() {
    let registration = |model| json!({ "KIND": "RegistrationJob", "name": name(model), "source": "s3://bucket/model" });
    let registered = run(&(0..2 * MODELS).map(|job| registration(job % MODELS)).collect::<Vec<_>>(), &[]);
    assert_eq!((registered.code, count(&registered, "registered")), (0, 2 * MODELS), "{registered}");

    let first = |alias: usize| 1 + alias as u64 % 2;
    let second = |alias: usize| 3 - first(alias);
    let promoted = run(&promotions(ALIASES, first), &[]);
    assert_eq!((promoted.code, count(&promoted, "promoted")), (0, MODELS * ALIASES), "{promoted}");

    let missing = [promotion(0, ALIASES, 99)];
    let failed = run(&[promotions(2, second), missing.to_vec()].concat(), &["--on-failure", "restore"]);
    let ends = ["restored", "failed"].map(|status| count(&failed, status));
    assert_eq!((failed.code, ends), (1, [2 * MODELS, 1]), "{failed}");

    let state: Value = serde_json::from_str(&python(MlflowServer::start().uri(), READ_STATE, &["batch "])).unwrap();
    let moves =
        |alias: usize| if alias < 2 { vec![first(alias), second(alias), first(alias)] } else { vec![first(alias)] };
    let expected = expected(first, moves);
    assert_eq!(state, expected, "{state:#}");
}
