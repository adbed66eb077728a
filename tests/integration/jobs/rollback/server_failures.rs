//! Server failures during a rollback.

use super::{KEY, bikes, job, moves, rollback};
use crate::support::fake_mlflow::Fault;
use crate::support::promotion::promote;

#[test]
fn an_unreachable_registry_is_an_outage() {
    for fault in [Fault::status(503), Fault::reset()] {
        let fake = bikes().fault(fault.always());
        let run = rollback(&fake).arg("-qq").run();
        assert!(run.code == 4 && run.stdout.contains("(UNREACHABLE)"), "{run}");
    }
}

#[test]
fn a_concurrent_move_before_the_write_is_not_overwritten() {
    // Holds the second read of the alias, after the history gave the target.
    let fake = bikes().fault(Fault::held().on("registered-models/get").after(1));
    let runner = rollback(&fake).arg("-qq");
    let running = runner.spawn();
    fake.wait_for("registered-models/get", 2);
    assert_eq!(promote(&fake).run().code, 0);
    fake.release();
    insta::assert_snapshot!(running.finish().snapshot());
    assert_eq!((fake.alias("bikes", "Champion"), moves(&fake).len()), (Some(4), 4));
}

#[test]
fn a_concurrent_move_after_the_write_is_reported() {
    let fake = bikes().fault(Fault::overtaken(Some(4)).on("registered-models/alias").method("POST"));
    let run = rollback(&fake).arg("-qq").run();
    assert!(run.code == 1 && run.stdout.contains("(ALIAS_MISMATCH)"), "{run}");
    assert_eq!((fake.alias("bikes", "Champion"), moves(&fake).len()), (Some(4), 4));
}

#[test]
fn an_unrecorded_rollback_is_kept() {
    let denied = Fault::error(403, "PERMISSION_DENIED", "tags are locked");
    let fake = bikes().fault(denied.on("registered-models/set-tag"));
    let run = rollback(&fake).args(["-o", "json"]).run();
    assert!(run.code == 0 && run.stdout.contains("\"recorded\": false"), "{run}");
    assert!(run.stderr.contains("WARN bikes@Champion: the move is made, but not recorded in the history"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn a_damaged_history_that_cannot_be_backed_up_is_kept() {
    let denied = Fault::error(403, "PERMISSION_DENIED", "tags are locked");
    let fake = super::bikes_with(|model| model.tag(KEY, "mine")).fault(denied.on("registered-models/set-tag"));
    let run = job(rollback(&fake), &["to=2"]).run();
    assert_eq!((run.code, fake.tag("bikes", KEY).as_deref()), (0, Some("mine")), "{run}");
}
