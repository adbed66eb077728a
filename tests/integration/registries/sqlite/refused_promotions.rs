//! Refused promotions: a message, an exit code, and an unchanged database.

use super::{Sandbox, assert_unchanged, assert_unchanged_on_every_release};

/// Checks the exit code and the message of a run.
#[track_caller]
fn assert_refused(snapshot: &str, code: u8, message: &str) {
    let (word, title) = if code == 3 { ("blocked", "Blocked") } else { ("failed", "Failed") };
    assert!(snapshot.starts_with(&format!("exit: {code}\n")), "{snapshot}");
    assert!(snapshot.contains(&format!("promotion.yaml {word} (")), "{snapshot}");
    assert!(snapshot.contains(&format!("): {message}\n")), "{snapshot}");
    let is_plan = snapshot.ends_with("--- stderr\n");
    assert!(is_plan || snapshot.contains(&format!("[Runner] Promotion Job {title}: ")), "{snapshot}");
}

#[test]
fn a_version_that_cannot_be_promoted_is_refused_on_every_release() {
    for (fields, message) in [
        // An older version that is READY never replaces the latest one.
        (&["job.version=latest"][..], "version 5 of \"bikes\" is PENDING_REGISTRATION, not READY"),
        // Version 4 is deleted.
        (&["job.version=4"], "the model \"bikes\" has no version 4"),
        (&["job.version=99"], "the model \"bikes\" has no version 99"),
        (&["job.name=empty"], "the model \"empty\" has no version"),
        (&["job.name=Bikes", "job.version=2"], "the registry has no registered model \"Bikes\""),
        (&["job.version=@staging"], "the model \"bikes\" has no alias \"staging\" to take the version from"),
    ] {
        let args = fields.iter().flat_map(|field| ["--set", *field]);
        let args: Vec<_> = ["-qqq"].into_iter().chain(args).collect();
        assert_refused(&assert_unchanged_on_every_release(&args), 1, message);
    }
}

#[test]
fn a_version_that_is_deleted_or_failed_is_refused() {
    for (sql, version, message) in [
        (
            "UPDATE registered_model_aliases SET version = 4 WHERE alias = 'Staging'",
            "job.version=@Staging",
            "the model \"bikes\" has no version 4",
        ),
        (
            "UPDATE model_versions SET status = 'FAILED_REGISTRATION', status_message = 'no such bucket' WHERE version = 3",
            "job.version=3",
            "version 3 of \"bikes\" is FAILED_REGISTRATION, not READY (no such bucket)",
        ),
    ] {
        let sandbox = Sandbox::with_release("3.18.0");
        sandbox.sql().execute(sql, []).unwrap();
        assert_refused(&assert_unchanged(&sandbox, &["-qqq", "--set", version]), 1, message);
    }
}

#[test]
fn an_alias_at_an_unexpected_version_blocks_the_job() {
    let args = ["--set", "job.version=3", "--set", "job.expect=2"];
    insta::assert_snapshot!(assert_unchanged_on_every_release(&args), @"
    exit: 3
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    promotion.yaml  bikes  Champion  1       -       1    blocked  [SECONDS] s

    promotion.yaml blocked (ALIAS_MOVED): bikes@Champion points to version 1, but is expected to point to version 2
      now:  nothing was changed: bikes@Champion is at version 1
      next: the registry changed since this was planned: plan it again
    --- stderr
    [TIME] ERROR bikes@Champion: blocked (ALIAS_MOVED)
    [Runner] Promotion Job Blocked: bikes@Champion
    ");
    for (args, message) in [
        (
            &["-qqq", "--set", "job.version=3", "--set", "job.expect=none"][..],
            "bikes@Champion points to version 1, but is expected not to exist yet",
        ),
        // A plan is blocked, too.
        (
            &["-qqq", "--plan", "--set", "job.version=3", "--set", "job.alias=Prod", "--set", "job.expect=1"],
            "bikes@Prod does not exist, but is expected to point to version 1",
        ),
    ] {
        assert_refused(&assert_unchanged_on_every_release(args), 3, message);
    }
}
