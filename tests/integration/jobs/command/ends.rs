//! How a program ends, and what is done about it.

use std::time::Instant;

use serde_json::{Value, json};

use super::{batch, command, failure, result, script};
use crate::support::leftovers::assert_nothing_left;

#[test]
fn a_program_that_succeeds_completes_the_job() {
    let (run, job) = result(&script("echo done", &json!({})));
    assert_eq!((run.code, &job["status"]), (0, &json!("completed")), "{run}");
    let command = &job["outcome"]["command"];
    assert_eq!((&command["program"], &command["exit_code"]), (&json!("sh"), &json!(0)), "{run}");
    assert_eq!((&command["attempts"], &command["last_lines"]), (&json!(1), &json!(["done"])), "{run}");
    assert!(command["seconds"].as_f64().is_some_and(|seconds| seconds < 30.0), "{run}");
}

#[test]
fn a_program_that_fails_is_quoted_with_its_last_lines() {
    let (code, error, message) = failure(&script("for i in 1 2 3 4; do echo line $i; done; exit 3", &json!({})));
    assert_eq!((code, error.as_str()), (1, "COMMAND_FAILED"));
    assert_eq!(message, "the program ended with exit code 3: line 2 | line 3 | line 4");
    let (_, error, message) = failure(&script("kill -9 $$", &json!({})));
    assert_eq!((error.as_str(), message.as_str()), ("COMMAND_FAILED", "the program was ended by signal 9 (SIGKILL)"));
}

#[test]
fn other_exit_codes_may_mean_success() {
    let (run, job) = result(&script("exit 3", &json!({ "ok_exit_codes": [0, 3] })));
    assert_eq!((run.code, &job["outcome"]["command"]["exit_code"]), (0, &json!(3)), "{run}");
    assert_eq!(failure(&script("exit 0", &json!({ "ok_exit_codes": [3] }))).1, "COMMAND_FAILED");
}

#[test]
fn a_program_that_cannot_be_started_is_not_tried_again() {
    let fields = json!({ "attempts": 5, "interval": 60 });
    let (code, error, message) = failure(&command(&["no-such-program"], &fields));
    assert_eq!((code, error.as_str()), (1, "COMMAND_NOT_STARTED"));
    assert_eq!(message, "the program cannot be started: it was not found");
    let (_, error, message) = failure(&command(&["./a.json"], &json!({})));
    assert_eq!(error, "COMMAND_NOT_STARTED");
    assert_eq!(message, "the program cannot be started: it is no file that this user may execute");
    let (_, error, message) = failure(&script("true", &json!({ "cwd": "nowhere" })));
    assert_eq!(error, "COMMAND_NOT_STARTED");
    assert_eq!(message, "the program cannot be started: the folder nowhere does not exist");
}

#[test]
fn a_failed_program_is_tried_again_until_it_succeeds() {
    let third = "echo x >> tries; test $(wc -l < tries) = 3";
    let (run, job) = result(&script(third, &json!({ "attempts": 4, "interval": 0 })));
    assert_eq!((run.code, &job["outcome"]["command"]["attempts"]), (0, &json!(3)), "{run}");
    assert_eq!(run.stderr.matches("the program ended with exit code 1 (attempt ").count(), 2, "{run}");
    let (_, _, message) = failure(&script("exit 1", &json!({ "attempts": 2, "interval": 0 })));
    assert_eq!(message, "the program ended with exit code 1 (after 2 attempts)");
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_its_children() {
    let stubborn =
        "trap '' TERM INT; sleep 300 & (trap '' TERM; sleep 300) & setsid sleep 300 & echo up; wait; sleep 300";
    let began = Instant::now();
    let (code, error, message) = failure(&script(stubborn, &json!({ "timeout": 1 })));
    assert_eq!((code, error.as_str()), (1, "COMMAND_TIMED_OUT"));
    assert_eq!(message, "the program did not end within 1 s: up");
    assert!(began.elapsed().as_secs() < 30);
}

#[test]
fn what_a_program_leaves_behind_is_killed() {
    // The first keeps the output open, the second closed it, the third left the group.
    for daemon in ["sleep 300 &", "sleep 300 > /dev/null 2>&1 &", "setsid sh -c 'setsid sleep 300 &' &"] {
        let began = Instant::now();
        let (run, job) = result(&script(&format!("{daemon} sleep 0.2; echo ended"), &json!({})));
        assert_eq!((run.code, &job["status"]), (0, &json!("completed")), "{daemon}: {run}");
        assert!(began.elapsed().as_secs() < 30, "{daemon}");
    }
}

#[test]
fn a_program_that_closes_its_output_is_awaited() {
    let (run, job) = result(&script("exec > /dev/null 2>&1; sleep 0.5; echo x > late; exit 4", &json!({})));
    assert_eq!((run.code, &job["outcome"]["command"]["exit_code"]), (1, &json!(4)), "{run}");
    let killed = failure(&script("exec > /dev/null 2>&1; sleep 300", &json!({ "timeout": 1 })));
    assert_eq!(killed.1, "COMMAND_TIMED_OUT");
}

#[test]
fn two_hundred_programs_run_side_by_side() {
    let job = |index: usize| {
        json!({ "KIND": "CommandJob", "id": format!("job-{index}"), "model": format!("model-{index}"),
                "command": ["sh", "-c", "sleep 0.2 & wait; echo done"] })
    };
    let jobs: Vec<Value> = (0..200).map(job).collect();
    let runner = batch(&jobs).args(["-j", "200", "-o", "json"]);
    let run = runner.run();
    assert_nothing_left(runner.dir());
    assert_eq!((run.code, run.stdout.matches(r#""status": "completed""#).count()), (0, 200), "{run}");
    assert_eq!(run.stderr.lines().filter(|line| line.ends_with(" | done")).count(), 200, "{run}");
}

#[test]
fn a_command_is_work_that_a_second_run_repeats_unless_it_is_idempotent() {
    for (fields, code) in [(json!({}), 1), (json!({ "idempotent": true }), 4)] {
        let command = super::with_fields(json!({ "KIND": "CommandJob", "command": ["true"] }), &fields);
        let mlflow = json!({ "tracking_uri": "http://127.0.0.1:1", "http_request_max_retries": 0 });
        let unreachable = json!({ "KIND": "PromotionJob", "name": "bikes", "mlflow_service": mlflow });
        let run = batch(&[command, unreachable]).run();
        assert_eq!(run.code, code, "{fields}: {run}");
    }
}
