//! Successful promotions on the databases of seven MLflow releases.

use serde_json::{Value, json};

use super::{Sandbox, assert_unchanged, assert_unchanged_on_every_release, on_every_release};
use crate::support::sqlite_fixture::RELEASES;

#[test]
fn an_exact_version_is_promoted() {
    let args = ["--set", "job.version=2", "--set", "job.message=better on rain"];
    let output = on_every_release(&args, |sandbox| assert_eq!(sandbox.alias("Champion"), Some(2)));
    insta::assert_snapshot!(output, @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  1       2       2    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: bikes@Champion: 1 -> 2
    ");
}

#[test]
fn a_new_alias_has_no_previous_version() {
    let args = ["--set", "job.version=3", "--set", "job.alias=Prod_日本-1", "--set", "job.expect=none"];
    let output = on_every_release(&args, |sandbox| {
        assert_eq!((sandbox.alias("Prod_日本-1"), sandbox.alias("Champion")), (Some(3), Some(1)));
        assert_eq!(sandbox.history("Prod_日本-1")[0]["previous_version"], json!(null));
    });
    insta::assert_snapshot!(output, @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS      BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Prod_日本-1  none    3       3    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: bikes@Prod_日本-1: none -> 3
    ");
}

#[test]
fn an_alias_at_the_target_version_is_unchanged() {
    insta::assert_snapshot!(assert_unchanged_on_every_release(&["--set", "job.version=1"]), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS     TIME
    promotion.yaml  bikes  Champion  1       1       1    unchanged  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: bikes@Champion: unchanged at version 1
    ");
}

#[test]
fn a_plan_changes_nothing() {
    insta::assert_snapshot!(assert_unchanged_on_every_release(&["--plan", "--set", "job.version=3"]), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    promotion.yaml  bikes  Champion  1       3       1    planned  [SECONDS] s

    promotion.yaml bikes@Champion: 1 -> 3
    metric  version 1  version 3  change
    r2      0.75       0.85       +13.33 %
    rmse    0.3        0.21       -30.00 %

    to apply exactly this, add `-o yaml > plan.yaml` to the command, then: runner plan.yaml
    --- stderr
    ");
}

#[test]
fn another_alias_chooses_the_version() {
    let args = ["--set", "job.version=@Staging", "-q"];
    let output = on_every_release(&args, |sandbox| {
        assert_eq!((sandbox.alias("Champion"), sandbox.alias("Staging")), (Some(2), Some(2)));
    });
    insta::assert_snapshot!(output, @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  1       2       2    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: bikes@Champion: 1 -> 2
    ");
}

#[test]
fn a_name_with_a_quote_is_promoted_to_its_latest() {
    let sql = "SELECT version FROM registered_model_aliases WHERE name = 'it''s a model' AND alias = 'Champion'";
    let output = on_every_release(&["--set", "job.name=it's a model"], |sandbox| {
        assert_eq!(sandbox.sql().query_row(sql, [], |row| row.get(0)), Ok(1));
    });
    insta::assert_snapshot!(output, @"
    exit: 0
    --- stdout
    JOB             MODEL         ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  it's a model  Champion  none    1       1    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: it's a model@Champion: none -> 1
    ");
}

#[test]
fn a_met_expectation_moves_the_alias() {
    let args = ["--set", "job.version=3", "--set", "job.expect=1", "-qq"];
    let output = on_every_release(&args, |sandbox| assert_eq!(sandbox.alias("Champion"), Some(3)));
    insta::assert_snapshot!(output, @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  1       3       3    promoted  [SECONDS] s
    --- stderr
    [Runner] Promotion Job Finished: bikes@Champion: 1 -> 3
    ");
}

#[test]
fn a_promotion_writes_the_alias_and_its_history_and_nothing_else() {
    for release in RELEASES {
        let sandbox = Sandbox::with_release(release);
        let before = sandbox.rows();
        assert_eq!(sandbox.runner.run_with(&["--set", "job.version=2"]).code, 0);
        let after = sandbox.rows();
        let gone: Vec<_> = before.difference(&after).map(|row| table_of(row)).collect();
        let new: Vec<_> = after.difference(&before).map(|row| table_of(row)).collect();
        assert_eq!(gone, ["registered_model_aliases"], "{release}");
        assert_eq!(new, ["registered_model_aliases", "registered_model_tags"], "{release}");
    }
}

fn table_of(row: &str) -> &str {
    row.split(':').next().unwrap()
}

#[test]
fn the_history_holds_actor_time_and_message_newest_first() {
    for release in RELEASES {
        let sandbox = Sandbox::with_release(release);
        for (version, message) in [("2", "first"), ("3", QUOTED), ("1", "back")] {
            let (version, message) = (format!("job.version={version}"), format!("job.message={message}"));
            assert_eq!(sandbox.runner.run_with(&["--set", &version, "--set", &message]).code, 0, "{release}");
        }
        let mut history = sandbox.history("Champion");
        let times: Vec<_> = history.iter_mut().map(|entry| entry["time"].take()).collect();
        let utc = |time: &Value| time.as_str().is_some_and(|time| time.starts_with("20") && time.ends_with('Z'));
        assert!(times.iter().all(utc), "{times:?}");
        assert_eq!(
            history,
            [history_entry(1, 3, "back"), history_entry(3, 2, QUOTED), history_entry(2, 1, "first")],
            "{release}"
        );
    }
}

const QUOTED: &str = "with \"quotes\", it's 日本";

fn history_entry(version: u64, previous_version: u64, message: &str) -> Value {
    json!({
        "version": version,
        "previous_version": previous_version,
        "time": null,
        "actor": "ada",
        "message": message,
    })
}

#[test]
fn a_tag_that_is_not_a_history_is_moved_to_another_key() {
    let sandbox = Sandbox::with_release("3.18.0");
    let mine =
        "INSERT INTO registered_model_tags (name, \"key\", value) VALUES ('bikes', 'runner.history.Champion', 'mine')";
    sandbox.sql().execute(mine, []).unwrap();
    insta::assert_snapshot!(sandbox.runner.run_with(&["--set", "job.version=2"]).snapshot(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  1       2       2    promoted  [SECONDS] s
    --- stderr
    [TIME] WARN bikes@Champion: the tag runner.history.Champion was no history; its value is now in the tag runner.history.Champion.aside, and a new history begins
    [Runner] Promotion Job Finished: bikes@Champion: 1 -> 2
    ");
    assert_eq!((sandbox.alias("Champion"), sandbox.history("Champion").len()), (Some(2), 1));
    assert_eq!(sandbox.tag("Champion.aside").as_deref(), Some("mine"));
}

#[test]
fn an_alias_is_rolled_back_on_every_release() {
    for release in RELEASES {
        let sandbox = Sandbox::with_release(release);
        for version in ["job.version=2", "job.version=3"] {
            assert_eq!(sandbox.runner.run_with(&["--set", version]).code, 0, "{release}");
        }
        for (expected, moves) in [(2, 3), (1, 4)] {
            let run = sandbox.runner.run_with(&["-qqq", "--set", "job.KIND=RollbackJob"]);
            assert_eq!((run.code, sandbox.alias("Champion")), (0, Some(expected)), "{release}: {run}");
            assert_eq!(sandbox.history("Champion").len(), moves, "{release}");
        }
        let run = sandbox.runner.run_with(&["-qqq", "--set", "job.KIND=RollbackJob"]);
        assert_eq!((run.code, sandbox.alias("Champion")), (1, Some(1)), "{release}: {run}");
    }
}

#[test]
fn reading_jobs_change_no_byte_on_any_release() {
    for kind in ["job.KIND=HistoryJob", "job.KIND=StatusJob"] {
        for release in RELEASES {
            assert_unchanged(&Sandbox::with_release(release), &["--set", kind]);
        }
    }
}

#[test]
fn a_move_without_a_history_is_not_recorded() {
    let sandbox = Sandbox::with_release("3.18.0");
    assert_eq!(sandbox.runner.run_with(&["--set", "job.version=2", "--set", "job.record=false"]).code, 0);
    assert_eq!((sandbox.alias("Champion"), sandbox.tag("Champion")), (Some(2), None));
}
