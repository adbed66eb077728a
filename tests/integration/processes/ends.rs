//! Processes that end, or do not end, in unusual ways.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Value, json};

use super::{JOB, SERVER, STUBBORN, assert_nothing_left, config, runner, seen, steps};

/// A job that waits until something ends it.
const WAITING_JOB: &str = "echo begun; exec sleep 300";

#[test]
fn a_process_that_ignores_the_signal_is_killed_with_its_children() {
    let run = runner(&config(&[("a", STUBBORN, ", stop: { timeout: 1 }")], JOB));
    let output = run.run();
    assert_eq!(output.code, 0, "{output}");
    output.assert_logged("the process a did not end within 1 s, and was killed");
    assert_nothing_left(run.dir());
}

#[test]
fn a_child_that_outlives_its_process_gets_the_same_time_to_end() {
    let child = "sh -c 'trap \"sleep 0.3; echo child >> seen; exit\" TERM; echo up; while :; do sleep 0.05; done'";
    let run = runner(&config(&[("a", &format!("{child} & wait"), "")], JOB));
    let output = run.run();
    assert_eq!((output.code, seen(run.dir())), (0, vec!["job".to_owned(), "child".to_owned()]), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_process_that_goes_into_the_background_is_no_service() {
    let run = runner(&config(&[("a", "sleep 300 & exit 0", "")], JOB));
    let output = run.run();
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stdout.contains("the process a ended with exit code 0 before it was ready"), "{output}");
    assert!(output.stdout.contains("run in the foreground"), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_process_that_ends_fails_the_running_job_at_once_with_its_last_lines() {
    let process = "echo up; while ! test -e seen; do sleep 0.05; done; echo out of memory >&2; exit 9";
    let run = runner(&config(&[("a", process, "")], "echo job >> seen; exec sleep 300"));
    let output = run.run();
    assert_eq!(output.code, 1, "{output}");
    let said = "the process a ended with exit code 9 while jobs needed it; it wrote last: out of memory";
    assert!(output.stdout.contains(said) && output.stdout.contains("SERVICE_FAILED"), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_program_that_runs_when_a_process_ends_may_end_itself_and_its_last_lines_are_kept() {
    let process = "echo up; while ! test -e seen; do sleep 0.05; done; echo out of memory >&2; exit 9";
    let program =
        "exec 2> /dev/null; trap 'echo saved; exit 0' TERM; echo half; echo job >> seen; while :; do sleep 0.05; done";
    let run = runner(&config(&[("a", process, "")], program));
    let output = run.run_with(&["-o", "json"]);
    let document: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    let job = &document["jobs"][0];
    assert_eq!((output.code, &job["status"]), (1, &json!("failed")), "{output}");
    assert_eq!(job["error"]["code"], json!("SERVICE_FAILED"), "{output}");
    let message = "the program ended with exit code 0; the process a ended with exit code 9 while jobs needed it; it \
                   wrote last: out of memory";
    assert_eq!(job["error"]["message"], json!(message), "{output}");
    assert_eq!(job["outcome"]["command"]["last_lines"], json!(["half", "saved"]), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_program_that_ignores_the_end_of_its_process_is_killed() {
    let process = "echo up; while ! test -e seen; do sleep 0.05; done; exit 9";
    let program = "trap '' TERM; echo job >> seen; while :; do sleep 0.05; done";
    let run = runner(&config(&[("a", process, "")], program));
    let began = Instant::now();
    let output = run.run();
    assert_eq!(output.code, 1, "{output}");
    assert!(began.elapsed().as_secs() < 60, "{output}");
    let said = "the program was ended by signal 9 (SIGKILL); the process a ended with exit code 9";
    assert!(output.stdout.contains(said), "{output}");
    let state = "unknown: the program may have done a part of its work; nothing of it runs on";
    assert!(output.stdout.contains(state), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_job_is_ended_before_the_children_of_its_failed_process() {
    let child = "(trap '' TERM; exec sleep 300) & echo up";
    let process = format!("{child}; while ! test -e seen; do sleep 0.05; done; exit 9");
    let run = runner(&config(&[("a", &process, ", stop: { timeout: 2 }")], "echo job >> seen; exec sleep 300"));
    let output = run.run();
    let steps = steps(&output);
    let place = |step: &str| steps.iter().position(|found| found == step).unwrap_or_else(|| panic!("{output}"));
    assert!(place("ended: failed") < place("the process a has ended"), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_job_that_failed_itself_keeps_its_error_when_a_process_ends_too() {
    let process = "echo up; while ! test -e seen; do sleep 0.02; done; sleep 0.2; exit 9";
    let run = runner(&config(&[("a", process, "")], "echo mine; echo job >> seen; exit 3"));
    let output = run.run();
    assert_eq!(output.code, 1, "{output}");
    let said = "the program ended with exit code 3: mine; the process a ended with exit code 9 while jobs needed it";
    assert!(output.stdout.contains(said) && output.stdout.contains("COMMAND_FAILED"), "{output}");
}

#[test]
fn a_process_that_fails_is_started_again_as_often_as_it_may() {
    let process = "echo start >> seen; echo up; sleep 0.2; exit 7";
    let more = ", restart: on_failure, max_restarts: 2";
    let run = runner(&config(&[("a", process, more)], WAITING_JOB));
    let output = run.run();
    assert_eq!((output.code, seen(run.dir())), (1, vec!["start".to_owned(); 3]), "{output}");
    output.assert_logged("starting it again (2 of 2)");
    assert!(output.stdout.contains("ended with exit code 7 while jobs needed it, after 2 restarts"), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_job_goes_on_while_a_process_is_started_again() {
    let process = "echo up; if ! test -e seen; then sleep 0.2; echo start >> seen; exit 7; fi; sleep 300";
    let job = "while ! test -e seen; do sleep 0.05; done; sleep 1; echo job >> seen";
    let run = runner(&config(&[("a", process, ", restart: on_failure")], job));
    let output = run.run();
    assert_eq!((output.code, seen(run.dir())), (0, vec!["start".to_owned(), "job".to_owned()]), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_process_that_never_was_ready_is_not_started_again() {
    let run = runner(&config(&[("a", "echo start >> seen; exit 7", ", restart: on_failure")], JOB));
    assert_eq!((run.run().code, seen(run.dir())), (1, vec!["start".to_owned()]));
}

#[test]
fn binary_and_endless_output_harms_nothing() {
    let noise = "head -c 300000 /dev/urandom; printf '\\033[2J'; head -c 3000000 /dev/zero; echo; echo up";
    let closed = "exec >&- 2>&-; trap 'exit 0' TERM; while :; do sleep 0.05; done";
    let endless = "echo up; exec yes";
    let run = runner(&config(&[("a", &format!("{noise}; {closed}"), ""), ("b", endless, "")], JOB));
    let output = run.run_with(&["-q"]);
    assert_eq!((output.code, seen(run.dir())), (0, vec!["job".to_owned()]), "{output}");
    assert!(!output.stderr.contains('\u{1b}'), "an escape sequence");
    assert_nothing_left(run.dir());
}

#[test]
fn a_process_reads_an_empty_input() {
    let run = runner(&config(&[("a", &format!("cat; {SERVER}"), "")], JOB));
    assert_eq!(run.run().code, 0);
}

#[test]
fn two_hundred_processes_start_and_leave_nothing() {
    let mut processes = String::new();
    for index in 0..200 {
        let _ = writeln!(processes, "    - {{ name: p{index}, command: [sleep, '300'] }}");
    }
    let config =
        format!("services:\n  processes:\n{processes}job: {{ KIND: CommandJob, command: [sh, -c, {JOB:?}] }}\n");
    let run = runner(&config);
    let output = run.run();
    assert_eq!((output.code, seen(run.dir())), (0, vec!["job".to_owned()]), "{output}");
    let stopped: Vec<&str> = output
        .stderr
        .lines()
        .filter_map(|line| line.split_once("stopping the process p"))
        .map(|(_, name)| name.split(' ').next().unwrap())
        .collect();
    let expected: Vec<String> = (0..200).rev().map(|index| index.to_string()).collect();
    assert_eq!(stopped, expected);
    assert_nothing_left(run.dir());
}

#[test]
fn secrets_of_a_process_are_never_shown() {
    let more = ", env: { API_TOKEN: hunter2-hunter2 }";
    let run = runner(&config(&[("a", "echo $API_TOKEN; echo $API_TOKEN >&2; exit 3", more)], JOB));
    let output = run.run();
    assert!(output.code == 1 && !output.to_string().contains("hunter2"), "{output}");
    assert!(output.stdout.contains("it wrote last: ***"), "{output}");
}

#[test]
fn a_job_that_has_moved_an_alias_goes_on_when_a_process_ends() {
    let process = "echo up; while ! test -e seen; do sleep 0.05; done; echo lost >&2; exit 9";
    let command = serde_json::json!(["sh", "-c", process]);
    let gate = "{ KIND: CommandGate, command: [sh, -c, 'touch seen; sleep 1; exit 1'] }";
    let config = format!(
        "services:\n  mlflow: {{ tracking_uri: 'sqlite:///mlflow.db', registry_name: q }}\n  processes: [{{ name: p, command: \
         {command}, ready: {{ log: '^up$' }} }}]\njobs:\n  - {{ KIND: RegistrationJob, source: 's3://bucket/model' }}\n  - {{ KIND: \
         PromotionJob, verify: {{ gates: [{gate}], attempts: 1 }} }}\n"
    );
    let run = runner(&config);
    let output = run.run();
    assert_eq!(output.code, 1, "{output}");
    let moved_back = "q@Champion: 1 -> none (moved back, confirmed)";
    output.assert_logged("it wrote last: lost; the job goes on, because it has begun to write");
    output.assert_logged(moved_back);
    assert!(
        output.stdout.contains("VERIFY_FAILED") && output.stdout.contains("; the process p ended with"),
        "{output}"
    );
    assert_nothing_left(run.dir());
}
