//! Promotions: the output of a run, and the resulting state of the registry.

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::{assert_only_read, bikes, job, promote};

#[test]
fn the_latest_version_becomes_the_champion() {
    let fake = bikes();
    insta::assert_snapshot!(promote(&fake).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  2       3       3    promoted  [SECONDS] s
    --- stderr
    INFO bikes@Champion: selected version 3 (latest), now at 2
    INFO bikes@Champion: promoted from 2 to 3 (confirmed)
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_promotion_sends_two_reads_a_write_a_read_and_a_history_write() {
    let fake = bikes();
    promote(&fake).run();
    let mut calls = fake.calls();
    // The first two requests are sent concurrently, and so are the last two.
    calls[..2].sort();
    calls[3..].sort();
    insta::assert_snapshot!(calls.join("\n"), @r"
    GET model-versions/search
    GET registered-models/get
    POST registered-models/alias
    GET registered-models/alias
    POST registered-models/set-tag
    ");
}

#[test]
fn an_exact_version_becomes_the_champion() {
    let fake = bikes();
    insta::assert_snapshot!(job(promote(&fake), &["version=1"]).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  2       1       1    promoted  [SECONDS] s
    --- stderr
    INFO bikes@Champion: selected version 1 (given), now at 2
    INFO bikes@Champion: promoted from 2 to 1 (confirmed)
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 1
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
}

#[test]
fn the_version_of_another_alias_becomes_the_champion() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).version(2).alias("Challenger", 1));
    insta::assert_snapshot!(job(promote(&fake), &["version=@Challenger"]).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  none    1       1    promoted  [SECONDS] s
    --- stderr
    INFO bikes@Champion: selected version 1 (@Challenger), does not exist yet
    INFO bikes@Champion: promoted from none to 1 (confirmed)
    [Bikes] Promotion Job Finished: bikes@Champion: none -> 1
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
    assert_eq!(fake.alias("bikes", "Challenger"), Some(1));
}

#[test]
fn the_first_promotion_has_no_previous_version() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
    insta::assert_snapshot!(promote(&fake).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    promotion.yaml  bikes  Champion  none    1       1    promoted  [SECONDS] s
    --- stderr
    INFO bikes@Champion: selected version 1 (latest), does not exist yet
    INFO bikes@Champion: promoted from none to 1 (confirmed)
    [Bikes] Promotion Job Finished: bikes@Champion: none -> 1
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
}

#[test]
fn an_alias_at_the_target_version_is_unchanged() {
    let fake = bikes();
    insta::assert_snapshot!(job(promote(&fake), &["version=2"]).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS     TIME
    promotion.yaml  bikes  Champion  2       2       2    unchanged  [SECONDS] s
    --- stderr
    INFO bikes@Champion: selected version 2 (given), now at 2
    INFO bikes@Champion: already at version 2
    INFO bikes@Champion: no earlier version is recorded, so a later RollbackJob needs `to`
    [Bikes] Promotion Job Finished: bikes@Champion: unchanged at version 2
    ");
    assert_only_read(&fake);
}

#[test]
fn a_plan_shows_the_change_and_only_reads() {
    let fake = bikes();
    insta::assert_snapshot!(promote(&fake).arg("--plan").run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    promotion.yaml  bikes  Champion  2       3       2    planned  [SECONDS] s

    promotion.yaml bikes@Champion: 2 -> 3

    to apply exactly this, add `-o yaml > plan.yaml` to the command, then: runner plan.yaml
    --- stderr
    INFO bikes@Champion: selected version 3 (latest), now at 2
    WARN metrics are missing: the registry has no run run2 (version 2); the registry has no run run3 (version 3)
    INFO bikes@Champion: planned, nothing was changed
    ");
    assert_only_read(&fake);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn a_promotion_keeps_other_aliases_and_tags() {
    let fake = FakeMlflow::start().model("bikes", |model| {
        model.version(1).version(2).alias("Champion", 1).alias("champion", 1).alias("Prod", 1).tag("owner", "ada")
    });
    assert_eq!(promote(&fake).run().code, 0);
    let aliases = ["Champion", "champion", "Prod"].map(|alias| fake.alias("bikes", alias));
    assert_eq!(aliases, [Some(2), Some(1), Some(1)]);
    assert_eq!(fake.tag("bikes", "owner").as_deref(), Some("ada"));
}

#[test]
fn a_concurrent_move_after_the_write_is_detected() {
    for (theirs, expected) in [(Some(1), "\"current_version\": 1,"), (None, "\"current_version\": null,")] {
        let fake = bikes().fault(Fault::overtaken(theirs).on("registered-models/alias").method("POST"));
        let run = promote(&fake).args(["-o", "json"]).run();
        assert!(run.code == 1 && run.stdout.contains("ALIAS_MISMATCH") && run.stdout.contains(expected), "{run}");
        assert!(run.stdout.contains("\"current_known\": true"), "{run}");
        assert_eq!(fake.alias("bikes", "Champion"), theirs);
        // The move was applied before the concurrent one.
        assert!(fake.tag("bikes", "runner.history.Champion").unwrap().contains("\"version\":3"), "{run}");
    }
}
