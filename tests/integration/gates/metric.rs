//! The gate on a metric: whole runs, and what they read for it.

use serde_json::{Value, json};

use super::{bikes, codes, gated};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::{assert_only_read, promote};

const NAN: f64 = f64::NAN;

/// Versions 2, the Champion, and 3 with the metrics of their runs.
fn measured() -> FakeMlflow {
    bikes()
        .run("run2", &[("rmse", 0.25), ("r2", 0.8), ("mae", NAN), ("bias", 0.0)])
        .run("run3", &[("rmse", 0.21), ("r2", 0.85), ("mae", 0.1), ("bias", -0.5), ("loss", f64::INFINITY)])
}

/// Version 3 is a logged model; these are its points of the metric `acc`.
fn logged(points: &Value) -> FakeMlflow {
    let source = |model: crate::support::fake_mlflow::Model| {
        let model = model.version(2).version(3).alias("Champion", 2);
        model.with(3, |version| version.source = "models:/m-3".to_owned())
    };
    FakeMlflow::start().model("bikes", source).run("run2", &[("acc", 0.8)]).logged_model("m-3", points.clone())
}

fn point(value: &Value, step: u64, dataset: &str) -> Value {
    json!({ "key": "acc", "value": value, "timestamp": 7, "step": step, "dataset_name": dataset, "run_id": "run3" })
}

#[test]
fn a_better_version_is_promoted_with_both_values_shown() {
    let fake = measured();
    let gates =
        "[{KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3, min_relative_change: 0.05}]";
    let run = gated(&fake, gates).run();
    insta::assert_snapshot!(run.snapshot());
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn every_reason_is_shown_at_once_and_nothing_is_written() {
    let fake = measured();
    let gates = "[
        {KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.2, min_absolute_change: 0.05},
        {KIND: MetricGate, metric: r2, greater_is_better: true, min_relative_change: 0.1},
        {KIND: MetricGate, metric: mae, greater_is_better: false, min_absolute_change: 0},
        {KIND: MetricGate, metric: loss, greater_is_better: false, threshold: 1},
        {KIND: MetricGate, metric: bias, greater_is_better: true, min_relative_change: 0},
        {KIND: MetricGate, metric: auc, greater_is_better: true, threshold: 0.5, mode: warn},
        {KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.5, min_absolute_change: 0, baseline: '@Best'},
        {KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.5, evidence: model}]";
    insta::assert_snapshot!(gated(&fake, gates).run().snapshot());
    assert_only_read(&fake);
}

#[test]
fn the_document_for_scripts_has_values_and_ids() {
    let fake = measured();
    let gates = "[{KIND: MetricGate, metric: mae, greater_is_better: false, min_absolute_change: 0}]";
    let run = gated(&fake, gates).args(["-o", "json"]).run();
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    insta::assert_snapshot!(format!("{:#}", document["jobs"][0]["outcome"]["gates"]));
}

#[test]
fn what_several_gates_look_at_is_read_once() {
    let fake = measured();
    let gate = |metric: &str| {
        format!("{{KIND: MetricGate, metric: {metric}, greater_is_better: true, min_absolute_change: 0}}")
    };
    let gates: Vec<String> = ["rmse", "r2", "mae", "bias", "r2", "auc"].into_iter().map(gate).collect();
    let run = gated(&fake, &format!("[{}]", gates.join(", "))).run();
    assert_eq!(run.code, 3, "{run}");
    let mut calls = fake.calls();
    calls.sort();
    let expected = ["model-versions/get", "model-versions/search", "registered-models/get", "runs/get", "runs/get"];
    assert_eq!(calls, expected.map(|endpoint| format!("GET {endpoint}")));
}

#[test]
fn a_threshold_alone_reads_nothing_of_another_version() {
    let fake = measured();
    let gates = "[{KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.85}]";
    assert_eq!(codes(&gated(&fake, gates), &[]), ["PASSED"]);
    let runs: Vec<_> = fake.requests().into_iter().filter(|request| request.endpoint() == "runs/get").collect();
    assert_eq!(runs.len(), 1);
}

#[test]
fn nothing_is_gated_where_the_alias_is_at_the_version() {
    let fake = measured();
    let gates = "[{KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 2}]";
    let run = gated(&fake, gates).args(["--set", "job.version=2"]).run();
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run}");
    assert!(!fake.calls().contains(&"GET runs/get".to_owned()));
}

#[test]
fn a_first_promotion_passes_a_comparison_only_where_that_is_allowed() {
    let gate = |allowed: bool| {
        format!(
            "[{{KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.8, min_absolute_change: 0, \
             allow_missing_baseline: {allowed}}}]"
        )
    };
    let on = |allowed: bool| codes(&gated(&measured(), &gate(allowed)), &["--set", "job.alias=First"]);
    assert_eq!(on(false), ["BASELINE_MISSING"]);
    assert_eq!(on(true), ["PASSED"]);
}

#[test]
fn the_latest_point_of_a_logged_model_counts_or_that_on_a_data_set() {
    let points = json!([point(&json!(0.9), 1, "test"), point(&json!(0.7), 2, "train"), point(&json!(0.6), 0, "test")]);
    let fake = logged(&points);
    let gate = |more: &str| format!("[{{KIND: MetricGate, metric: acc, greater_is_better: true, {more}}}]");
    let code = |more: &str| codes(&gated(&fake, &gate(more)), &["--plan"]);
    assert_eq!(code("threshold: 0.7"), ["PASSED"]);
    assert_eq!(code("threshold: 0.71"), ["THRESHOLD_NOT_MET"]);
    assert_eq!(code("threshold: 0.9, dataset: test"), ["PASSED"]);
    assert_eq!(code("threshold: 0.91, dataset: test"), ["THRESHOLD_NOT_MET"]);
    assert_eq!(code("threshold: 0.1, dataset: valid"), ["EVIDENCE_MISSING"]);
    // The Champion has only a run, which knows no data sets.
    assert_eq!(code("min_absolute_change: 0"), ["NO_IMPROVEMENT"]);
    assert_eq!(code("min_absolute_change: 0, dataset: test"), ["BASELINE_UNUSABLE"]);
}

#[test]
fn a_zero_of_a_logged_model_that_was_nan_does_not_pass() {
    let gates = "[{KIND: MetricGate, metric: acc, greater_is_better: false, threshold: 0.5}]";
    let code = |fake: FakeMlflow| codes(&gated(&fake, gates), &["--plan"]);
    let zero = || logged(&json!([{ "key": "acc", "value": 0.0, "timestamp": 1, "step": 0, "run_id": "run3" }]));
    assert_eq!(code(zero().run("run3", &[("acc", NAN)])), ["EVIDENCE_NOT_FINITE"]);
    assert_eq!(code(zero().run("run3", &[("acc", 0.0)])), ["PASSED"]);
    // What cannot be told is not taken for the best.
    assert_eq!(code(zero().run("run3", &[("other", 1.0)])), ["EVIDENCE_MISSING"]);
    assert_eq!(code(zero()), ["EVIDENCE_MISSING"]);
}

#[test]
fn a_zero_of_a_logged_model_that_may_be_nan_is_told() {
    let gates = "[{KIND: MetricGate, metric: acc, greater_is_better: false, threshold: 0.5}]";
    let zero = || logged(&json!([{ "key": "acc", "value": 0.0, "timestamp": 1, "step": 0, "run_id": "run3" }]));
    let told = "acc of version 3 is not known: model m-3 says that it is 0, which is also how MLflow keeps a NaN of a \
                logged model, and its run";
    let run = gated(&zero(), gates).arg("--plan").run();
    let untold = format!("{told} does not tell which; `evidence: run` looks at the run itself");
    assert!(run.code == 3 && run.stdout.contains(&untold), "{run}");
    let run = gated(&zero().fault(Fault::status(403).on("runs/get").always()), gates).arg("--plan").run();
    assert!(run.code == 3 && run.stdout.contains(&format!("{told} cannot be read: ")), "{run}");
}

#[test]
fn a_plan_is_blocked_by_a_gate_as_the_promotion_would_be() {
    let fake = measured();
    let gates = "[{KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.9}]";
    let run = gated(&fake, gates).arg("--plan").run();
    assert!(run.code == 3 && run.stdout.contains("THRESHOLD_NOT_MET"), "{run}");
    assert_eq!(promote(&fake).arg("--plan").run().code, 0);
    assert_only_read(&fake);
}
