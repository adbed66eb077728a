//! `StatusJob`: the versions, aliases and metrics of a model.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::{build_runner, outcome, read};
use crate::support::fake_mlflow::{FakeMlflow, Fault, Model};

const JOB: &str = "{ KIND: StatusJob }";

/// Returns the time a number of seconds ago in milliseconds since 1970, with a margin of a second.
fn millis_ago(seconds: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    (now - seconds - 1) * 1_000
}

/// Starts a registry with four versions of `bikes`; the run of the third does not exist.
fn bikes() -> FakeMlflow {
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let fill = |model: Model| {
        let model = model.version(1).version(2).version(3).version_as(4, "PENDING_REGISTRATION");
        let model = model.alias("Champion", 2).alias("Production", 2).alias("Staging", 3);
        let model = model.with(1, |version| version.created = millis_ago(40 * 86_400));
        let model = model.with(2, |version| {
            version.created = millis_ago(3 * 86_400);
            version.tags.extend([tag("approved", "yes"), tag("note", "a\nb"), tag("mlflow.internal", "x")]);
        });
        let model = model.with(3, |version| version.created = millis_ago(2 * 3_600));
        model.with(4, |version| {
            version.created = millis_ago(0) + 3_600_000;
            version.run_id = None;
            version.source = "models:/m-1b3d".to_owned();
        })
    };
    let points = json!([
        { "key": "rmse", "value": 0.5, "timestamp": 1, "step": 0 },
        { "key": "rmse", "value": 0.125, "timestamp": 1, "step": 1 }
    ]);
    let fake = FakeMlflow::start().model("bikes", fill).logged_model("m-1b3d", points);
    fake.run("run1", &[("rmse", 0.25), ("r2", f64::NAN)]).run("run2", &[("rmse", f64::INFINITY), ("mae", 1.0)])
}

#[test]
fn versions_are_shown_newest_first_with_their_metrics() {
    insta::assert_snapshot!(read(&bikes(), JOB).snapshot());
}

#[test]
fn requested_metrics_are_shown_in_order_even_if_unknown() {
    let fake = bikes();
    insta::assert_snapshot!(read(&fake, "{ KIND: StatusJob, metrics: [rmse, nope, mae] }").snapshot());
    let found = outcome(&fake, "{ KIND: StatusJob, metrics: [rmse] }");
    let of = |version: usize| &found["overview"]["versions"][version]["metrics"];
    assert_eq!([of(0), of(1), of(2)], [&json!({ "rmse": 0.125 }), &json!({}), &json!({ "rmse": "Infinity" })]);
}

#[test]
fn without_requested_metrics_no_run_is_read() {
    let fake = bikes();
    assert_eq!(read(&fake, "{ KIND: StatusJob, metrics: [] }").code, 0);
    assert!(!fake.calls().contains(&"GET runs/get".to_owned()), "{:?}", fake.calls());
}

#[test]
fn unavailable_metrics_are_dashes_with_one_warning() {
    let fake = bikes().fault(Fault::status(500).on("runs/get").always());
    insta::assert_snapshot!(read(&fake, JOB).snapshot());
}

#[test]
fn a_zero_of_a_logged_model_that_may_be_nan_is_a_dash() {
    let points = json!([{ "key": "rmse", "value": 0, "timestamp": 1, "step": 1, "run_id": "run1" }]);
    let fake = bikes().logged_model("m-1b3d", points);
    insta::assert_snapshot!(read(&fake, JOB).snapshot());
}

#[test]
fn old_versions_are_omitted_unless_an_alias_points_to_them() {
    let run = read(&bikes(), "{ KIND: StatusJob, limit: 1, metrics: [] }");
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn an_alias_of_a_deleted_version_is_shown() {
    let add_version = |model: Model| model.version(1).with(1, |version| version.created = millis_ago(60));
    let fake = FakeMlflow::start().model("bikes", |model| add_version(model).alias("Champion", 7));
    insta::assert_snapshot!(read(&fake, "{ KIND: StatusJob, metrics: [] }").stdout.split_once("\n\n").unwrap().1);
}

#[test]
fn a_missing_model_is_an_error_and_an_empty_one_is_not() {
    let fake = FakeMlflow::start().model("bikes", |model| model);
    let run = read(&fake, JOB);
    assert!(run.code == 0 && run.stdout.ends_with("there is no version yet\n"), "{run}");
    let run = read(&fake, "{ KIND: StatusJob, name: cars }");
    assert!(run.code == 1 && run.stdout.contains("(MODEL_NOT_FOUND)"), "{run}");
}

#[test]
fn an_outage_is_not_an_empty_model() {
    for endpoint in ["registered-models/get", "model-versions/search"] {
        let run = build_runner(&bikes().fault(Fault::status(503).on(endpoint).always()), JOB).run();
        assert!(run.code == 4 && run.stdout.contains("(UNREACHABLE)"), "{run}");
    }
}

#[test]
fn markdown_shows_the_same_table() {
    let fake = bikes();
    let runner = build_runner(&fake, "{ KIND: StatusJob, metrics: [rmse] }").args(["--report", "markdown=r.md"]);
    assert_eq!(runner.run().code, 0);
    let markdown = std::fs::read_to_string(runner.dir().join("r.md")).unwrap();
    insta::assert_snapshot!(markdown.split_once("## ").unwrap().1);
}
