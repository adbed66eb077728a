//! The gate on a tag of the version.

use super::{bikes, gated};
use crate::support::promotion::assert_only_read;

#[test]
fn a_job_whose_gates_pass_promotes_and_shows_why() {
    let fake = bikes();
    let run = gated(&fake, "[{KIND: TagGate, key: approved, equals: 'yes'}]").run();
    insta::assert_snapshot!(run.snapshot());
    let told = gated(&bikes(), "[{KIND: TagGate, key: approved, equals: 'yes'}]").arg("-v").run();
    told.assert_logged("bikes@Champion: TagGate passes: the tag \"approved\" is \"yes\"");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_job_is_blocked_by_every_gate_that_says_no_and_only_read() {
    let fake = bikes();
    let gates = "[{KIND: TagGate, key: approved, equals: 'no'}, {KIND: TagGate, key: owner, one_of: [ada, grace]}, \
                 {KIND: TagGate, key: stage, matches: 'qa-[0-9]+'}]";
    insta::assert_snapshot!(gated(&fake, gates).run().snapshot());
    assert_only_read(&fake);
}

#[test]
fn a_gate_that_only_warns_lets_the_job_go_on_and_one_that_is_off_says_nothing() {
    let fake = bikes();
    let gates =
        "[{KIND: TagGate, key: approved, equals: 'no', mode: warn}, {KIND: TagGate, key: x, equals: y, mode: off}]";
    insta::assert_snapshot!(gated(&fake, gates).run().snapshot());
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_pattern_may_end_in_a_comment() {
    let fake = bikes();
    let gates = |pattern: &str| format!("[{{KIND: TagGate, key: stage, matches: '{pattern}'}}]");
    let run = gated(&fake, &gates("(?x) qa # approved by a person")).run();
    assert!(run.code == 3 && run.stdout.contains("TAG_MISMATCH"), "{run}");
    let run = gated(&fake, &gates("(?x) .+ # approved by a person")).run();
    assert_eq!(run.code, 0, "{run}");
}

#[test]
fn the_line_of_a_wrong_gate_is_shown() {
    let run = gated(&bikes(), "[{KIND: TagGate, key: approved, equals: 'yes', mod: warn}]").run();
    assert!(run.code == 2 && run.stderr.contains("{KIND: TagGate, key: ***, equals: ***, mod: ***}"), "{run}");
}

#[test]
fn a_gate_must_match_the_whole_value() {
    let fake = bikes();
    let run = gated(&fake, "[{KIND: TagGate, key: stage, matches: 'qa'}]").run();
    assert!(run.code == 3 && run.stdout.contains("TAG_MISMATCH"), "{run}");
}
