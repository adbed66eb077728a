//! Evidence that cannot be had: a verdict, and never a pass.

use super::{bikes, codes, gated};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::assert_only_read;

const THRESHOLD: &str = "[{KIND: MetricGate, metric: r2, greater_is_better: true, threshold: 0.1}]";
const CHANGE: &str = "[{KIND: MetricGate, metric: r2, greater_is_better: true, min_absolute_change: 0}]";

fn measured() -> FakeMlflow {
    bikes().run("run2", &[("r2", 0.8)]).run("run3", &[("r2", 0.9)])
}

#[track_caller]
fn blocked(fake: FakeMlflow, gates: &str, code: &str, words: &str) {
    let run = gated(&fake, gates).args(["--set", "services.mlflow.http_request_timeout=1"]).run();
    assert!(run.code == 3 && run.stdout.contains(code) && run.stdout.contains(words), "{run}");
    assert_only_read(&fake);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn evidence_that_passes_is_there_to_begin_with() {
    assert_eq!(codes(&gated(&measured(), THRESHOLD), &[]), ["PASSED"]);
    assert_eq!(codes(&gated(&measured(), CHANGE), &[]), ["PASSED"]);
}

#[test]
fn a_run_that_cannot_be_read_blocks() {
    let missing = "EVIDENCE_MISSING";
    let on_runs = |fault: Fault| measured().fault(fault.on("runs/get").always());
    blocked(on_runs(Fault::status(500)), THRESHOLD, missing, "run run3 cannot be read: the registry at http");
    blocked(on_runs(Fault::status(503)), THRESHOLD, missing, "answered 503");
    blocked(on_runs(Fault::status(403)), THRESHOLD, missing, "run run3 cannot be read");
    blocked(on_runs(Fault::hang()), THRESHOLD, missing, "run run3 cannot be read");
    blocked(on_runs(Fault::reset()), THRESHOLD, missing, "run run3 cannot be read");
    blocked(on_runs(Fault::truncated()), THRESHOLD, missing, "run run3 cannot be read");
    blocked(on_runs(Fault::html(200)), THRESHOLD, missing, "does not answer like MLflow");
    let null = r#"{"run": {"data": {"metrics": [{"key": "r2", "value": null}]}}}"#;
    blocked(on_runs(Fault::status(200).body(null)), THRESHOLD, missing, "the value of a metric is no number");
    blocked(bikes(), THRESHOLD, missing, "it was deleted, or is on another tracking server");
    blocked(measured().deleted("run3"), THRESHOLD, missing, "it was deleted, or is on another tracking server");
    blocked(bikes().run("run3", &[]), THRESHOLD, missing, "run run3 has no metric r2");
    blocked(bikes().run("run3", &[("R2", 0.9)]), THRESHOLD, missing, "run run3 has no metric r2, only R2");
}

#[test]
fn a_baseline_that_cannot_be_read_blocks() {
    let unusable = "BASELINE_UNUSABLE";
    blocked(bikes().run("run3", &[("r2", 0.9)]), CHANGE, unusable, "run run2 cannot be read");
    blocked(measured().deleted("run2"), CHANGE, unusable, "run run2 cannot be read");
    blocked(measured().run("run2", &[]), CHANGE, unusable, "run run2 has no metric r2");
    blocked(measured().run("run2", &[("r2", f64::NAN)]), CHANGE, unusable, "r2 of version 2 is NaN (run run2)");
    let lost = measured().fault(Fault::status(500).on("model-versions/get").always());
    blocked(lost, CHANGE, unusable, "the version cannot be read: the registry at http");
}

#[test]
fn an_alias_that_points_to_a_deleted_version_is_no_baseline() {
    let fake = measured().model("bikes", |model| model.version(3).alias("Champion", 2));
    let run = gated(&fake, CHANGE).run();
    assert!(run.code == 3 && run.stdout.contains("BASELINE_UNUSABLE"), "{run}");
    assert!(run.stdout.contains(r#"the model "bikes" has no version 2"#), "{run}");
}

#[test]
fn a_logged_model_that_cannot_be_read_blocks() {
    let model = |id: &'static str| {
        let source = move |model: crate::support::fake_mlflow::Model| {
            let model = model.version(2).version(3).alias("Champion", 2);
            model.with(3, |version| version.source = format!("models:/{id}"))
        };
        measured().model("bikes", source)
    };
    blocked(model("m-3"), THRESHOLD, "EVIDENCE_MISSING", "model m-3 cannot be read: it was deleted");
    let broken = model("m-3").fault(Fault::status(500).on("logged-models/m-3").always());
    blocked(broken, THRESHOLD, "EVIDENCE_MISSING", "model m-3 cannot be read");
    // A copy of another version is no logged model, and is judged by its run.
    assert_eq!(codes(&gated(&model("m-bikes/2"), THRESHOLD), &[]), ["PASSED"]);
}

#[test]
fn a_version_without_a_run_has_no_evidence() {
    let fill = |model: crate::support::fake_mlflow::Model| {
        model.version(2).version(3).alias("Champion", 2).with(3, |version| version.run_id = None)
    };
    let fake = FakeMlflow::start().model("bikes", fill);
    blocked(fake, THRESHOLD, "EVIDENCE_MISSING", "version 3 names neither a run nor a logged model");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_wait_for_evidence() {
    let fake = measured().fault(Fault::hang().on("runs/get").always());
    let runner = gated(&fake, THRESHOLD);
    let running = runner.spawn();
    fake.wait_for("runs/get", 1);
    running.signal("TERM");
    let run = running.finish();
    assert!(run.code == 143 && run.stdout.contains("interrupted"), "{run}");
    assert_only_read(&fake);
}
