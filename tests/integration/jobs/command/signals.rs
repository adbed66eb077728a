//! Signals while a program runs.

use serde_json::json;

use super::{batch, script};
use crate::support::harness::{Output, Runner};
use crate::support::leftovers::assert_nothing_left;

/// Sends signals, one each time a line was printed, and returns the end of the run.
fn signalled(runner: &Runner, signals: &[(&str, &str)]) -> Output {
    let mut running = runner.spawn();
    for (line, signal) in signals {
        running.wait_for_line(line);
        running.signal(signal);
    }
    let run = running.finish();
    assert_nothing_left(runner.dir());
    run
}

#[test]
fn the_first_signal_is_passed_on_and_the_end_is_awaited() {
    let program = "trap 'echo tidying; sleep 0.3; echo tidied; exit 5' TERM; echo up; while :; do sleep 0.05; done";
    let run = signalled(&script(program, &json!({})), &[("| up", "TERM")]);
    assert_eq!(run.code, 143, "{run}");
    assert!(run.stderr.contains("| tidied"), "{run}");
    assert!(run.stdout.contains("interrupted by SIGTERM: the program ended with exit code 5"), "{run}");
    assert!(run.stdout.contains("look at what the program did before you run it again"), "{run}");
}

#[test]
fn a_program_that_does_not_know_the_signal_ends_with_it() {
    let run = signalled(&script("sleep 300 & echo up; wait", &json!({})), &[("| up", "INT")]);
    assert!(run.code == 130 && run.stdout.contains("interrupted by SIGINT"), "{run}");
}

#[test]
fn a_second_signal_kills_the_program_and_its_children() {
    let stubborn =
        "trap '' TERM INT; setsid sleep 300 & (trap '' TERM INT; sleep 300) & echo up; while :; do sleep 0.05; done";
    let signals = [("| up", "TERM"), ("passed on to the program", "TERM")];
    let run = signalled(&script(stubborn, &json!({})), &signals);
    assert_eq!(run.code, 143, "{run}");
}

#[test]
fn a_program_that_ignores_the_signal_is_killed_at_its_time_out() {
    let stubborn = "trap '' TERM; echo up; while :; do sleep 0.05; done";
    let run = signalled(&script(stubborn, &json!({ "timeout": 2 })), &[("| up", "TERM")]);
    assert!(run.code == 143 && run.stdout.contains("did not end within 2 s"), "{run}");
}

#[test]
fn a_signal_between_two_attempts_ends_the_job() {
    let runner = script("exit 1", &json!({ "attempts": 5, "interval": 300 }));
    let run = signalled(&runner, &[("the next one in 300 s", "INT")]);
    assert!(run.code == 130 && run.stdout.contains("INTERRUPTED"), "{run}");
}

#[test]
fn later_jobs_are_skipped_after_a_signal() {
    let first = json!({ "KIND": "CommandJob", "id": "first", "command": ["sh", "-c", "echo up; sleep 300"] });
    let second = json!({ "KIND": "CommandJob", "id": "second", "needs": ["first"], "command": ["touch", "started"] });
    let runner = batch(&[first, second]);
    let run = signalled(&runner, &[("| up", "TERM")]);
    assert!(run.code == 143 && !runner.dir().join("started").exists(), "{run}");
    assert!(run.stdout.contains("second skipped (NEED_FAILED): it needs `first`, which was interrupted"), "{run}");
}
