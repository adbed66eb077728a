//! `HistoryJob`: the moves of the aliases of a model.

use serde_json::{Value, json};

use super::{build_runner, outcome, read};
use crate::jobs::rollback::{KEY, entry};
use crate::support::fake_mlflow::{FakeMlflow, Fault, Model};

const JOB: &str = "{ KIND: HistoryJob }";

/// Starts a registry in which `Champion` of `bikes` has a history, newest first, and a version.
fn server_with_history(records: &[Value], at: u64) -> FakeMlflow {
    let tag = Value::from(records.to_vec()).to_string();
    FakeMlflow::start().model("bikes", |model| versions(model).alias("Champion", at).tag(KEY, &tag))
}

fn versions(model: Model) -> Model {
    [1, 2, 3].into_iter().fold(model, Model::version)
}

fn first_entry() -> Value {
    entry(1, None, Some(1), &json!({ "message": "first" }))
}

/// Formats a run with the times of the history entries, which are fixed.
fn sections_and_log(fake: &FakeMlflow) -> String {
    let run = read(fake, JOB);
    let (_, sections) = run.stdout.split_once("\n\n").unwrap_or_else(|| panic!("{run}"));
    format!("{sections}---\n{}", run.stderr)
}

#[test]
fn every_move_is_shown_newest_first() {
    let records = [
        entry(
            4,
            Some(2),
            Some(3),
            &json!({ "kind": "restore", "message": "restored: the batch that moved it did not succeed" }),
        ),
        entry(3, Some(3), Some(2), &json!({ "kind": "rollback", "actor": "ada", "message": "errors since 02:40" })),
        entry(2, Some(1), Some(3), &json!({})),
        first_entry(),
    ];
    insta::assert_snapshot!(sections_and_log(&server_with_history(&records, 3)));
}

#[test]
fn an_unrecorded_move_is_shown_in_its_place() {
    let records = [entry(3, Some(3), Some(1), &json!({})), entry(2, Some(1), Some(2), &json!({})), first_entry()];
    let fake = server_with_history(&records, 3);
    insta::assert_snapshot!(sections_and_log(&fake));
    assert_eq!(outcome(&fake, JOB)["history"][0]["records"], "outdated");
    assert_eq!(outcome(&server_with_history(&records, 1), JOB)["history"][0]["records"], "current");
}

#[test]
fn an_alias_that_was_deleted_keeps_its_history() {
    let tag = json!([first_entry()]).to_string();
    let fake = FakeMlflow::start().model("bikes", |model| versions(model).tag(KEY, &tag));
    insta::assert_snapshot!(sections_and_log(&fake));
}

#[test]
fn all_current_and_past_aliases_or_the_given_one_are_shown() {
    let tag = json!([first_entry()]).to_string();
    let fake = FakeMlflow::start().model("bikes", |model| {
        let model = versions(model).alias("Champion", 1).alias("Staging", 2).tag(KEY, &tag);
        model.tag("runner.history.Gone", "[]").tag("runner.history.Champion.aside", "mine").tag("other", "x")
    });
    let names = |job: &str| -> Vec<String> {
        let found = outcome(&fake, job);
        found["history"].as_array().unwrap().iter().map(|one| one["alias"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(JOB), ["Champion", "Gone", "Staging"]);
    assert_eq!(names("{ KIND: HistoryJob, alias: Staging }"), ["Staging"]);
    insta::assert_snapshot!(sections_and_log(&fake));
}

#[test]
fn an_unreadable_history_is_reported_and_not_changed() {
    let fake = FakeMlflow::start().model("bikes", |model| versions(model).alias("Champion", 1).tag(KEY, "mine"));
    insta::assert_snapshot!(sections_and_log(&fake));
    assert_eq!(fake.tag("bikes", KEY).as_deref(), Some("mine"));
}

#[test]
fn implausible_times_are_marked_and_do_not_change_the_order() {
    let records = [
        entry(5, Some(1), Some(2), &json!({})),
        entry(9, Some(3), Some(1), &json!({ "time": "2026-11-23T10:09:00+00:00" })),
        entry(4, Some(2), Some(3), &json!({ "time": "2199-01-01T00:00:00Z" })),
        entry(3, Some(1), Some(2), &json!({})),
        first_entry(),
    ];
    insta::assert_snapshot!(sections_and_log(&server_with_history(&records, 2)));
}

#[test]
fn a_limit_omits_the_oldest_entries() {
    let records = [entry(3, Some(2), Some(3), &json!({})), entry(2, Some(1), Some(2), &json!({})), first_entry()];
    let found = outcome(&server_with_history(&records, 3), "{ KIND: HistoryJob, limit: 1 }");
    let history = &found["history"][0];
    assert_eq!((&history["moves"][0]["version"], &history["omitted"]), (&json!(3), &json!(2)));
    let run = build_runner(&server_with_history(&records, 3), "{ KIND: HistoryJob, limit: 1 }").run();
    assert!(run.stdout.ends_with("… and 2 older\n"), "{run}");
}

#[test]
fn a_text_cannot_forge_a_line_or_flood_the_table() {
    let forged = json!({ "actor": "eve\n2026-11-23 10:00:00  ada", "message": format!("\u{1b}[2J|<b>@all {}", "x".repeat(900)) });
    let fake = server_with_history(&[entry(1, None, Some(1), &forged)], 1);
    insta::assert_snapshot!(sections_and_log(&fake));
    let runner = build_runner(&fake, JOB).args(["--report", "markdown=r.md"]);
    assert_eq!(runner.run().code, 0);
    let markdown = std::fs::read_to_string(runner.dir().join("r.md")).unwrap();
    insta::assert_snapshot!(markdown.split_once("## ").unwrap().1);
}

#[test]
fn an_unknown_alias_is_an_error() {
    let run = read(&server_with_history(&[first_entry()], 1), "{ KIND: HistoryJob, alias: champion }");
    assert!(run.code == 1 && run.stdout.contains("(ALIAS_NOT_FOUND)"), "{run}");
}

#[test]
fn an_outage_is_not_an_empty_history() {
    let run = build_runner(&server_with_history(&[first_entry()], 1).fault(Fault::status(503).always()), JOB).run();
    assert!(run.code == 4 && run.stdout.contains("(UNREACHABLE)"), "{run}");
}
