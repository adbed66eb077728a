//! Selection of the best version of a search.

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::{assert_only_read, promote};

/// Versions with values of `rmse`, all approved except the first; `Champion` points to version 2.
fn bikes(rmse: &[f64]) -> FakeMlflow {
    let fake = FakeMlflow::start().model("bikes", |model| {
        let model = (1..=rmse.len() as u64).fold(model, |model, number| {
            let tag = ("approved".to_owned(), if number == 1 { "no" } else { "yes" }.to_owned());
            model.version(number).with(number, |version| version.tags.extend([tag]))
        });
        model.alias("Champion", 2)
    });
    rmse.iter().zip(1..).fold(fake, |fake, (value, number)| fake.run(&format!("run{number}"), &[("rmse", *value)]))
}

fn select(fake: &FakeMlflow, select: &str) -> Runner {
    promote(fake).args(["-e", &format!("{{job: {{select: {select}}}}}")])
}

fn selected_version(fake: &FakeMlflow, wanted: &str) -> Option<u64> {
    let run = select(fake, wanted).run();
    assert_eq!(run.code, 0, "{run}");
    fake.alias("bikes", "Champion")
}

#[test]
fn the_best_version_by_metric_is_promoted_and_the_ranking_shown() {
    let fake = bikes(&[0.1, 0.4, 0.2, 0.3, f64::NAN]);
    let by = "{filter: \"tags.approved = 'yes'\", order_by: metrics.rmse ASC}";
    let run = select(&fake, by).run();
    insta::assert_snapshot!(run.snapshot());
    run.assert_logged("bikes: ranked the versions: 3 (0.2), 4 (0.3), 2 (0.4), 5 (-)");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_tie_selects_the_newest_version() {
    assert_eq!(selected_version(&bikes(&[0.2, 0.4, 0.2, 0.3]), "{order_by: metrics.rmse}"), Some(3));
    assert_eq!(
        selected_version(&bikes(&[0.2, 0.2, 0.4]), "{order_by: [metrics.rmse DESC, version_number ASC]}"),
        Some(3)
    );
    assert_eq!(
        selected_version(&bikes(&[0.2, 0.2, 0.4]), "{order_by: [metrics.rmse ASC, version_number ASC]}"),
        Some(1)
    );
    assert_eq!(
        selected_version(&bikes(&[0.2, 0.2, 0.4]), "{filter: version_number != 3, order_by: creation_timestamp}"),
        Some(2)
    );
}

#[test]
fn a_filter_without_a_metric_selects_the_newest_version() {
    assert_eq!(selected_version(&bikes(&[0.2, 0.4, 0.2]), "{filter: \"tags.approved = 'no'\"}"), Some(1));
}

#[test]
fn metrics_of_a_logged_model_rank_its_version() {
    let point = |value: f64| serde_json::json!([{ "key": "acc", "value": value, "timestamp": 1, "step": 1 }]);
    let fake = FakeMlflow::start().logged_model("m-1", point(0.9)).logged_model("m-2", point(0.8));
    let fake = fake.model("bikes", |model| {
        let from = |model: crate::support::fake_mlflow::Model, number: u64| {
            model.version(number).with(number, |version| version.source = format!("models:/m-{number}"))
        };
        from(from(model, 1), 2)
    });
    assert_eq!(selected_version(&fake, "{order_by: metrics.acc DESC}"), Some(1));
}

#[test]
fn a_zero_of_a_logged_model_that_may_be_nan_is_never_chosen() {
    let checkpoint = |value: f64, step: u64| serde_json::json!([{ "key": "loss", "value": value, "timestamp": step, "step": step, "run_id": "run1" }]);
    // The first was NaN; its run keeps only the last step.
    let fake = FakeMlflow::start().run("run1", &[("loss", 0.2)]);
    let fake = [(1, 0.0), (2, 0.3), (3, 0.2)]
        .into_iter()
        .fold(fake, |fake, (step, loss)| fake.logged_model(&format!("m-{step}"), checkpoint(loss, step)));
    let fake = fake.model("bikes", |model| {
        (1..=3).fold(model, |model, number| {
            model.version(number).with(number, |version| {
                version.source = format!("models:/m-{number}");
                version.run_id = Some("run1".to_owned());
            })
        })
    });
    let run = select(&fake, "{order_by: metrics.loss ASC}").run();
    assert!(run.code == 0 && run.stderr.contains("3 (0.2), 2 (0.3), 1 (-)"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
    let gone = fake.deleted("run1");
    assert_eq!(selected_version(&gone, "{order_by: metrics.loss ASC}"), Some(3));
}

#[test]
fn versions_that_are_not_ready_are_never_chosen() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version_as(2, "PENDING_REGISTRATION"));
    assert_eq!(selected_version(&fake, "{filter: version_number > 0}"), Some(1));
}

fn run_refused(fake: &FakeMlflow, wanted: &str, code: i32) -> Output {
    let run = select(fake, wanted).run();
    assert_eq!(run.code, code, "{run}");
    run
}

#[test]
fn a_selection_without_candidates_changes_nothing() {
    let fake = bikes(&[f64::NAN, f64::INFINITY, f64::NAN]);
    let run = run_refused(&fake, "{order_by: metrics.rmse}", 1);
    insta::assert_snapshot!(run.snapshot());
    run.assert_logged("bikes: ranked the versions: 3 (-), 2 (-), 1 (-)");
    let run = run_refused(&fake, "{filter: \"tags.approved = 'maybe'\"}", 1);
    assert!(run.stdout.contains("there is no READY version that `tags.approved = 'maybe'` finds"), "{run}");
    let run = run_refused(&fake, "{order_by: metrics.mape DESC}", 1);
    assert!(run.stdout.contains("no READY version has a finite value of each of metrics.mape DESC"), "{run}");
    assert_only_read(&fake);
}

#[test]
fn an_unreadable_metric_fails_the_selection() {
    let fake = bikes(&[0.3, 0.2]).fault(Fault::status(503).on("runs/get").always());
    let run = select(&fake, "{order_by: metrics.rmse}").env("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0").run();
    assert_eq!(run.code, 4, "{run}");
    assert_only_read(&fake);
}

#[test]
fn shared_runs_and_logged_models_are_read_once() {
    let zero = serde_json::json!([{ "key": "loss", "value": 0.0, "timestamp": 1, "step": 1, "run_id": "shared" }]);
    let fake = FakeMlflow::start().run("shared", &[("loss", 0.0)]).run("own", &[("loss", 0.5)]);
    let fake = fake.logged_model("m-1", zero.clone()).logged_model("m-2", zero);
    let fake = fake.model("bikes", |model| {
        (1..=8).fold(model, |model, number| {
            model.version(number).with(number, |version| {
                // Two of each logged model, three of the same run, and one of another.
                match number {
                    1..=4 => version.source = format!("models:/m-{}", number % 2 + 1),
                    _ => version.run_id = Some(if number == 8 { "own" } else { "shared" }.to_owned()),
                }
            })
        })
    });
    assert_eq!(selected_version(&fake, "{order_by: metrics.loss ASC}"), Some(7));
    let calls = fake.calls();
    let count = |call: &str| calls.iter().filter(|made| *made == call).count();
    let counts = [count("GET runs/get"), count("GET logged-models/m-1"), count("GET logged-models/m-2")];
    assert_eq!(counts, [2, 1, 1], "{calls:?}");
}
