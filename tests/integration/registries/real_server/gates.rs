//! Gates on metrics that Python's client logged to a real MLflow server.

use serde_json::{Value, json};

use super::jobs::on_server;
use crate::support::mlflow_server::{MlflowServer, python};

/// Registers six versions of a model, each with a different source of metrics.
const SCRIPT: &str = r#"
import sys, mlflow
client, name = mlflow.MlflowClient(), sys.argv[1]
client.create_registered_model(name)

def run(**metrics):
    run = client.create_run("0").info.run_id
    for key, points in metrics.items():
        for step, value in enumerate(points):
            client.log_metric(run, key, value, step=step, timestamp=1000 + step)
    return run

def version(run, source="s3://bucket/model", model=None):
    client.create_model_version(name, source, run_id=run, model_id=model)

version(run(rmse=[0.5, 0.3], acc=[0.8]))
version(run(rmse=[0.2, float("nan")]))
version(run(rmse=[0.5, 0.25]))
version(run(rmse=[float("-inf")]))
gone = run(rmse=[0.1])
version(gone)
client.delete_run(gone)

owner = run(acc=[0.99], only=[1.0])
model = client.create_logged_model("0", "clf", source_run_id=owner).model_id
nan, inf = float("nan"), float("inf")
for key, value, step, dataset in [("acc", 0.9, 1, "test"), ("acc", 0.7, 2, "train"), ("acc", 0.85, 0, "test"),
                                  ("nan", nan, 1, None), ("zero", 0.0, 1, None), ("inf", -inf, 1, None)]:
    client.log_metric(owner, key, value, step=step, timestamp=2000 + step, model_id=model,
                      dataset_name=dataset, dataset_digest=dataset and "d1")
client.finalize_logged_model(model, "READY")
version(owner, f"models:/{model}", model)
client.set_registered_model_alias(name, "Champion", "1")
client.set_model_version_tag(name, "3", "approved", "yes")
"#;

/// Returns the codes of the verdicts on a version.
fn verdict_codes(version: u64, gates: &[Value]) -> Vec<String> {
    let job = json!({ "KIND": "PromotionJob", "name": "gated", "version": version, "gates": gates });
    crate::gates::codes(&on_server("job", &job), &["-q", "--plan"])
}

fn metric(metric: &str, greater_is_better: bool, more: &Value) -> Value {
    let mut gate = json!({ "KIND": "MetricGate", "metric": metric, "greater_is_better": greater_is_better });
    gate.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    gate
}

#[test]
fn gates_evaluate_metrics_that_python_logged() {
    python(MlflowServer::start().uri(), SCRIPT, &["gated"]);
    let rmse = |more: Value| metric("rmse", false, &more);
    let both = [rmse(json!({ "threshold": 0.3 })), rmse(json!({ "min_absolute_change": 0.01 }))];
    assert_eq!(verdict_codes(3, &both), ["PASSED", "PASSED"]);
    assert_eq!(verdict_codes(2, &both), ["EVIDENCE_NOT_FINITE", "EVIDENCE_NOT_FINITE"]);
    assert_eq!(verdict_codes(4, &both), ["EVIDENCE_NOT_FINITE", "EVIDENCE_NOT_FINITE"]);
    assert_eq!(verdict_codes(5, &both), ["EVIDENCE_MISSING", "EVIDENCE_MISSING"]);
    let strict = [rmse(json!({ "threshold": 0.25_f64.next_down() })), rmse(json!({ "min_relative_change": 0.2 }))];
    assert_eq!(verdict_codes(3, &strict), ["THRESHOLD_NOT_MET", "NO_IMPROVEMENT"]);
    let tag = |key: &str| json!({ "KIND": "TagGate", "key": key, "equals": "yes" });
    let age = json!({ "KIND": "AgeGate", "max": "1d" });
    let alias = json!({ "KIND": "AliasGate", "alias": "Champion" });
    assert_eq!(
        verdict_codes(3, &[tag("approved"), tag("owner"), age, alias]),
        ["PASSED", "TAG_MISSING", "PASSED", "ALIAS_NOT_HELD"]
    );

    // The latest point of the logged model is that of step 2, for every dataset.
    let acc = |more: Value| metric("acc", true, &more);
    let of_model = [
        acc(json!({ "threshold": 0.7 })),
        acc(json!({ "threshold": 0.71 })),
        acc(json!({ "threshold": 0.9, "dataset": "test" })),
        acc(json!({ "threshold": 0.95, "dataset": "test" })),
        acc(json!({ "threshold": 0.1, "dataset": "valid" })),
        acc(json!({ "min_absolute_change": 0 })),
        // The run has the point logged last under the key, with or without a model.
        acc(json!({ "threshold": 0.7, "evidence": "run" })),
        metric("only", true, &json!({ "threshold": 0 })),
        metric("only", true, &json!({ "threshold": 0, "evidence": "run" })),
        metric("nan", false, &json!({ "threshold": 1 })),
        metric("zero", false, &json!({ "threshold": 1 })),
        metric("inf", false, &json!({ "threshold": 1 })),
    ];
    let expected = [
        "PASSED",
        "THRESHOLD_NOT_MET",
        "PASSED",
        "THRESHOLD_NOT_MET",
        "EVIDENCE_MISSING",
        "NO_IMPROVEMENT",
        "PASSED",
        "EVIDENCE_MISSING",
        "PASSED",
        "EVIDENCE_NOT_FINITE",
        "PASSED",
        "EVIDENCE_NOT_FINITE",
    ];
    assert_eq!(verdict_codes(6, &of_model), expected);
}
