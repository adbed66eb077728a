//! Refused rollbacks: the message, the exit code, and no write.

use serde_json::json;

use super::{KEY, bikes, bikes_with, entry, job, moves, rollback};
use crate::support::fake_mlflow::{FakeMlflow, Model};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::assert_only_read;

fn run_refused(fake: &FakeMlflow, fields: &[&str]) -> Output {
    let run = job(rollback(fake), fields).arg("-qq").run();
    assert_only_read(fake);
    run
}

#[test]
fn a_rollback_without_a_history_needs_a_version() {
    for fill in [
        |model: Model| Model { tags: [].into(), ..model },
        |model: Model| model.tag(KEY, "[]"),
        |model: Model| model.tag(KEY, ""),
    ] {
        let run = run_refused(&bikes_with(fill), &[]);
        assert!(run.code == 1 && run.stdout.contains("does not say where it was before version 3"), "{run}");
    }
    insta::assert_snapshot!(run_refused(&bikes_with(|model| model.tag(KEY, "[]")), &[]).snapshot());
}

#[test]
fn a_first_promotion_cannot_be_rolled_back() {
    let first = json!([entry(0, None, Some(3), &json!({}))]).to_string();
    let run = run_refused(&bikes_with(|model| model.tag(KEY, &first)), &[]);
    assert!(run.code == 1 && run.stdout.contains("(HISTORY_MISSING)"), "{run}");
}

#[test]
fn an_alias_moved_outside_the_history_needs_a_version() {
    let fake = bikes_with(|model| model.alias("Champion", 4));
    insta::assert_snapshot!(run_refused(&fake, &[]).snapshot());
    assert_eq!(job(rollback(&fake), &["to=2"]).run().code, 0);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
    // From here its own history entry is used again.
    assert_eq!(rollback(&fake).run().code, 0);
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
}

#[test]
fn an_alias_that_exists_although_its_last_entry_is_a_deletion_needs_a_version() {
    let deleted = json!([entry(1, Some(3), None, &json!({"kind": "restore"})), entry(0, None, Some(3), &json!({}))]);
    let run = run_refused(&bikes_with(|model| model.tag(KEY, &deleted.to_string())), &[]);
    assert!(run.code == 3 && run.stdout.contains("without a record: by its history it was deleted"), "{run}");
}

#[test]
fn a_damaged_history_needs_a_version_and_is_backed_up() {
    let fake = bikes_with(|model| model.tag(KEY, "[{\"version\": 3"));
    insta::assert_snapshot!(run_refused(&fake, &[]).snapshot());
    let run = job(rollback(&fake), &["to=2"]).run();
    assert!(run.code == 0 && run.stderr.contains("a new history begins"), "{run}");
    assert_eq!(moves(&fake), [(Some(3), Some(2), Some("rollback".to_owned()))]);
    assert_eq!(fake.tag("bikes", &format!("{KEY}.aside")).as_deref(), Some("[{\"version\": 3"));
}

#[test]
fn a_rollback_does_not_skip_a_deleted_version() {
    let fake = bikes_with(|mut model| {
        model.versions.remove(&2);
        model
    });
    insta::assert_snapshot!(run_refused(&fake, &[]).snapshot());
    assert_eq!(job(rollback(&fake), &["to=1"]).run().code, 0);
}

#[test]
fn a_rollback_to_a_version_that_is_not_ready_is_blocked() {
    for (status, field) in [("FAILED_REGISTRATION", "record=true"), ("PENDING_REGISTRATION", "to=2")] {
        let fake = bikes_with(|model| model.version_as(2, status));
        let run = run_refused(&fake, &[field]);
        let expected =
            format!("bikes@Champion cannot go back to version 2: version 2 of \"bikes\" is {status}, not READY");
        assert!(run.code == 1 && run.stdout.contains(&expected) && run.stderr.contains("VERSION_NOT_READY"), "{run}");
    }
}

#[test]
fn a_rollback_to_a_missing_version_is_blocked() {
    let run = run_refused(&bikes(), &["to=9"]);
    assert!(
        run.code == 1 && run.stdout.contains("cannot go back to version 9: the model \"bikes\" has no version 9"),
        "{run}"
    );
}

#[test]
fn a_rollback_does_not_create_a_misspelt_alias() {
    for alias in ["champion", "Champoin"] {
        for fields in [&[][..], &["to=2"], &["expect=none", "to=2"]] {
            let run = run_refused(&bikes(), &[&[&*format!("alias={alias}")], fields].concat());
            let expected = format!("has no alias \"{alias}\" to roll back, but one called \"Champion\"");
            assert!(run.code == 1 && run.stdout.contains(&expected), "{run}");
        }
    }
}

/// The version in production was deleted, and MLflow deleted its alias too.
fn server_without_promoted_version(change: impl FnOnce(&mut Model)) -> FakeMlflow {
    bikes_with(|mut model| {
        model.versions.remove(&3);
        model.aliases.clear();
        change(&mut model);
        model
    })
}

#[test]
fn an_alias_deleted_with_its_version_is_set_to_the_given_version() {
    let fake = server_without_promoted_version(|_| {});
    let plan = job(rollback(&fake), &["to=2"]).args(["--plan", "-o", "json"]).run();
    assert!(
        plan.code == 0 && plan.stderr.contains("bikes@Champion: selected version 2 (given), does not exist yet"),
        "{plan}"
    );
    assert_only_read(&fake);
    let apply = Runner::new().file("plan.json", &plan.stdout).arg("plan.json").env("MLFLOW_TRACKING_URI", fake.uri());
    let run = apply.run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(2)), "{plan}{run}");
    assert_eq!(moves(&fake)[0], (None, Some(2), Some("rollback".to_owned())));
    // From here the history is used again.
    assert_eq!((rollback(&fake).run().code, fake.alias("bikes", "Champion")), (0, Some(1)));
    // Without a history the given version is used.
    let fake = server_without_promoted_version(|model| model.tags.clear());
    assert_eq!(job(rollback(&fake), &["to=2"]).run().code, 0);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn an_alias_deleted_with_its_version_needs_the_version_of_the_hint() {
    insta::assert_snapshot!(run_refused(&server_without_promoted_version(|_| {}), &[]).snapshot());
    let words = |change: fn(&mut Model)| {
        let run = run_refused(&server_without_promoted_version(change), &[]);
        assert!(run.code == 1 && run.stdout.contains("(ALIAS_NOT_FOUND)"), "{run}");
        run.stdout
    };
    let message = words(|model| drop(model.versions.remove(&2)));
    assert!(message.contains("and earlier at version 1") && message.contains("set `job.to` to 1"), "{message}");
    let message = words(|model| model.versions.clear());
    assert!(message.contains("and at no earlier one that can be used"), "{message}");
    let message = words(|model| model.tags.clear());
    assert!(message.contains("to roll back, and no history of one"), "{message}");
    let message = words(|model| drop(model.tags.insert(KEY.to_owned(), "mine".to_owned())));
    assert!(message.contains("; its history cannot be read"), "{message}");
}

#[test]
fn a_missing_model_is_reported() {
    for fields in [&["name=cars"][..], &["name=cars", "to=2"]] {
        let run = run_refused(&bikes(), fields);
        assert!(run.code == 1 && run.stdout.contains("the registry has no registered model \"cars\""), "{run}");
    }
}

#[test]
fn a_rollback_with_a_failed_expectation_keeps_the_alias() {
    for fields in [&["expect=2"][..], &["expect=none"], &["expect=2", "to=1"]] {
        let run = run_refused(&bikes(), fields);
        assert!(run.code == 3 && run.stdout.contains("(ALIAS_MOVED)"), "{run}");
    }
    assert_eq!(job(rollback(&bikes()), &["expect=3"]).run().code, 0);
}
