//! The results of a run: escaped names, and the JSON document.

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::promotion::{bikes, job, promote};

#[test]
fn a_name_of_any_characters_cannot_forge_a_line() {
    for name in ["it's", "say \"hi\"", "both ' and \"", "日本 bikes", "a/b:c", "100%_\\ ;`", "two\nlines\u{1b}[31m"] {
        let fake = FakeMlflow::start().model(name, |model| model.version(1).version(2).alias("Champion", 1));
        let run = promote(&fake).env("RUNNER__SERVICES__MLFLOW__REGISTRY_NAME", name).run();
        assert_eq!((run.code, fake.alias(name, "Champion")), (0, Some(2)), "{run}");
        assert_eq!(run.stdout.lines().count(), 2, "{run}");
        assert!(!run.to_string().contains('\u{1b}'), "{run}");
        assert!(run.stderr.lines().all(|line| line.starts_with("INFO ") || line.starts_with("[Bikes] ")), "{run}");
    }
}

#[test]
fn a_name_with_a_line_break_is_shown_escaped() {
    let fake = FakeMlflow::start().model("two\nlines", |model| model.version(1));
    let run = promote(&fake).env("RUNNER__JOB__NAME", "two\nlines").run();
    run.assert_logged(r"two\nlines@Champion: promoted from none to 1");
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 0
    --- stdout
    JOB             MODEL       ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  two\nlines  Champion  none    1       1    promoted  [SECONDS] s
    --- stderr
    [Bikes] Promotion Job Finished: two | lines@Champion: none -> 1
    ");
}

#[test]
fn the_json_document_holds_the_whole_outcome() {
    let fake = bikes();
    let run = job(promote(&fake), &["message=weekly release"]).args(["-o", "json", "-q"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 0
    --- stdout
    {
      "schema_version": 1,
      "status": "ok",
      "exit_code": 0,
      "seconds": [SECONDS],
      "jobs": [
        {
          "config": "promotion.yaml",
          "index": 0,
          "kind": "PromotionJob",
          "status": "promoted",
          "seconds": [SECONDS],
          "outcome": {
            "name": "bikes",
            "alias": "Champion",
            "version": 3,
            "previous_version": 2,
            "current_version": 3,
            "current_known": true,
            "message": "weekly release",
            "model_version": {
              "name": "bikes",
              "version": "3",
              "status": "READY",
              "source": "runs:/run3/model",
              "run_id": "run3",
              "creation_timestamp": 1795398863743,
              "last_updated_timestamp": 1795398863743,
              "aliases": [
                "Champion"
              ]
            },
            "gates": [],
            "alias_written": "confirmed",
            "recorded": true
          },
          "error": null,
          "notifications": [
            {
              "channel": "ConsoleChannel",
              "status": "sent",
              "attempts": 1
            }
          ]
        }
      ]
    }
    --- stderr
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3
    "#);
}

#[test]
fn the_json_document_of_a_failure_has_a_stable_code() {
    let run = job(promote(&bikes()), &["version=9"]).args(["-o", "json", "-qqq"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 1
    --- stdout
    {
      "schema_version": 1,
      "status": "failed",
      "exit_code": 1,
      "seconds": [SECONDS],
      "jobs": [
        {
          "config": "promotion.yaml",
          "index": 0,
          "kind": "PromotionJob",
          "status": "failed",
          "seconds": [SECONDS],
          "outcome": {
            "name": "bikes",
            "alias": "Champion",
            "version": null,
            "previous_version": null,
            "current_version": 2,
            "current_known": true,
            "message": null,
            "model_version": null,
            "gates": [],
            "recorded": false
          },
          "error": {
            "code": "VERSION_NOT_FOUND",
            "message": "the model \"bikes\" has no version 9",
            "hint": "set `job.version` (from --set job.version) to a version that exists; a StatusJob lists them"
          },
          "notifications": [
            {
              "channel": "ConsoleChannel",
              "status": "sent",
              "attempts": 1
            }
          ]
        }
      ]
    }
    --- stderr
    [Bikes] Promotion Job Failed: bikes@Champion
    "#);
}
