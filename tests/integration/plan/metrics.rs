//! The metrics of both versions side by side.

use serde_json::{Value, json};

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::{assert_only_read, job, promote};

const MODEL: &str = "m-0123456789abcdef0123456789abcdef";

/// A model whose `Champion` is version 2, and whose version 3 is promoted.
fn bikes() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1).version(2).version(3).alias("Champion", 2))
}

fn point(key: &str, value: impl Into<Value>, step: u64, dataset: Option<&str>) -> Value {
    let value: Value = value.into();
    let mut point =
        json!({ "key": key, "value": value, "timestamp": 1, "step": step, "model_id": MODEL, "run_id": "run3" });
    if let Some(dataset) = dataset {
        point["dataset_name"] = json!(dataset);
    }
    point
}

#[test]
fn a_plan_shows_both_metrics_and_their_difference() {
    let fake = bikes()
        .run("run2", &[("rmse", 0.25), ("mae", 0.2), ("gone", 1.0), ("zero", 0.0), ("broken", f64::NAN)])
        .run("run3", &[("rmse", 0.2), ("mae", 0.3), ("new", 7.0), ("zero", 1.0), ("broken", f64::INFINITY)]);
    let planned = promote(&fake).arg("--plan").run();
    insta::assert_snapshot!(planned.snapshot());
    assert_only_read(&fake);
    let promoted = promote(&fake).args(["-o", "json"]).run();
    assert!(promoted.code == 0 && !promoted.stdout.contains("metrics"), "only a plan has metrics: {promoted}");
    assert!(!fake.calls().iter().rev().take(5).any(|call| call.contains("runs/")), "{:?}", fake.calls());
}

#[test]
fn a_logged_model_has_metrics_per_dataset_and_keeps_nan() {
    let metrics = json!([
        point("rmse", 0.9, 1, Some("train")),
        point("rmse", 0.1, 2, Some("train")),
        point("rmse", 0.15, 2, Some("eval")),
        point("mae", 0.5, 1, None),
        point("broken", 0.0, 0, None),
    ]);
    let fake = bikes().run("run2", &[("rmse", 0.25), ("mae", 1.0)]).run("run3", &[("mae", 9.0), ("broken", f64::NAN)]);
    let fake = fake.logged_model(MODEL, metrics).model("bikes", |model| {
        let model = model.version(2).version(3).alias("Champion", 2);
        model.with(3, |version| version.source = format!("models:/{MODEL}"))
    });
    insta::assert_snapshot!(promote(&fake).args(["-q", "--plan"]).run().snapshot());
}

#[test]
fn a_zero_of_a_logged_model_that_may_be_nan_is_shown_as_a_dash() {
    let metrics = json!([point("loss", 0.0, 0, None), point("moved", 0.0, 1, None), point("zero", 0.0, 0, None)]);
    let fake = bikes().run("run3", &[("moved", 0.5), ("zero", 0.0)]).logged_model(MODEL, metrics);
    let fake = fake.run("run2", &[("loss", 0.25), ("moved", 0.25), ("zero", 0.25)]).model("bikes", |model| {
        let model = model.version(2).version(3).alias("Champion", 2);
        model.with(3, |version| version.source = format!("models:/{MODEL}"))
    });
    let run = promote(&fake).args(["-q", "--plan"]).run();
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn a_first_promotion_has_no_baseline_metrics() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1)).run("run1", &[("rmse", 0.25)]);
    insta::assert_snapshot!(promote(&fake).args(["-q", "--plan"]).run().snapshot());
}

#[test]
fn unreadable_metrics_are_a_warning() {
    let missing = bikes().run("run3", &[("rmse", 0.2)]);
    insta::assert_snapshot!("missing", promote(&missing).args(["-q", "--plan"]).run().snapshot());
    let broken = bikes().fault(Fault::status(500).on("runs/get").always());
    let run = promote(&broken).args(["-q", "--plan"]).env("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0").run();
    insta::assert_snapshot!("broken", run.snapshot());
}

#[test]
fn long_metric_lists_are_truncated_by_name() {
    let names: Vec<String> = (0..50).map(|number| format!("metric{number:02}")).collect();
    let metrics: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 1.0)).collect();
    let fake = bikes().run("run2", &metrics).run("run3", &[]);
    let run = promote(&fake).arg("--plan").run();
    assert!(run.stderr.contains("30 of 50 metrics are compared"), "{run}");
    assert!(run.stdout.contains("metric29") && !run.stdout.contains("metric30"), "{run}");
}

#[test]
fn a_plan_blocked_by_gates_shows_metrics() {
    let fake = bikes().run("run2", &[("rmse", 0.25)]).run("run3", &[("rmse", 0.2)]);
    let gates = "{job: {gates: [{KIND: TagGate, key: approved, equals: 'yes'}]}}";
    insta::assert_snapshot!(promote(&fake).args(["-q", "--plan", "-e", gates]).run().snapshot());
}

#[test]
fn metric_names_cannot_forge_report_lines() {
    let fake = bikes().run("run2", &[]).run("run3", &[("a|b\nc@d", 0.2)]);
    let run = promote(&fake).args(["-q", "--plan", "--report", "markdown=/dev/stderr"]).run();
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn an_alias_that_moves_while_metrics_are_read_for_a_page_is_not_moved() {
    for expect in ["expect=2", "message=none"] {
        let fake = bikes().run("run2", &[("rmse", 0.25)]).run("run3", &[("rmse", 0.2)]);
        let fake = fake.fault(Fault::held().on("runs/get").times(2));
        let runner = job(promote(&fake), &["version=3", expect]).args(["--report", "html=page.html"]);
        let running = runner.spawn();
        fake.wait_for("runs/get", 1);
        fake.set_alias("bikes", "Champion", 1);
        fake.release();
        let run = running.finish();
        assert!(run.code == 3 && run.stderr.contains("ALIAS_MOVED"), "{expect}: {run}");
        assert_eq!(fake.alias("bikes", "Champion"), Some(1), "{run}");
    }
}
