//! The whole sequence of a run, for each way in which it can end.

use std::time::{Duration, Instant};

use super::{JOB, SERVER, STUBBORN, assert_nothing_left, config, runner, seen, steps};

const FAILING: &str = "echo no such table >&2; exit 3";
const NEVER_READY: &str = "trap 'exit 0' TERM; echo wait; while :; do sleep 0.05; done";

const STARTED: [&str; 6] = [
    "started the service logger",
    "started the service alerts",
    "started the process a",
    "the process a is ready",
    "started the process b",
    "the process b is ready",
];

const STOPPED: [&str; 6] = [
    "stopping the process b",
    "the process b has ended",
    "stopping the process a",
    "the process a has ended",
    "stopping the service alerts",
    "stopping the service logger",
];

/// Returns the sequence of a run whose job ended in a way.
fn with_job(ended: &str) -> Vec<String> {
    let job = ["started the service mlflow", "running CommandJob", ended, "stopping the service mlflow"];
    STARTED.iter().chain(&job).chain(&STOPPED).map(|step| (*step).to_owned()).collect()
}

/// Returns the sequence of a run in which the process `b` does not become ready.
fn without_second() -> Vec<String> {
    let stopped = ["the process b has ended", "stopping the process b"].iter().chain(&STOPPED[2..]);
    STARTED[..5].iter().chain(stopped).map(|step| (*step).to_owned()).collect()
}

#[test]
fn processes_start_in_order_and_stop_in_reverse_after_success() {
    let run = runner(&config(&[("a", SERVER, ""), ("b", SERVER, "")], JOB));
    let output = run.run();
    assert_eq!((output.code, steps(&output)), (0, with_job("ended: completed")), "{output}");
    assert_eq!(seen(run.dir()), ["job"]);
    assert_nothing_left(run.dir());
}

#[test]
fn processes_stop_in_reverse_after_a_failed_job() {
    let run = runner(&config(&[("a", SERVER, ""), ("b", SERVER, "")], "exit 1"));
    let output = run.run();
    assert_eq!((output.code, steps(&output)), (1, with_job("ended: failed")), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn processes_stop_in_reverse_after_one_that_does_not_start() {
    let run = runner(&config(&[("a", SERVER, ""), ("b", FAILING, "")], JOB));
    let output = run.run();
    assert_eq!((output.code, steps(&output)), (1, without_second()), "{output}");
    let said = "the process b ended with exit code 3 before it was ready; it wrote last: no such table";
    assert!(output.stdout.contains(said) && output.stdout.contains("SERVICE_FAILED"), "{output}");
    assert_eq!(seen(run.dir()), [""; 0]);
    assert_nothing_left(run.dir());
}

#[test]
fn processes_stop_in_reverse_after_one_that_is_not_ready_in_time() {
    let text = config(&[("a", SERVER, ""), ("b", NEVER_READY, "")], JOB);
    let (before, after) = text.rsplit_once("timeout: 20").unwrap();
    let run = runner(&format!("{before}timeout: 1{after}"));
    let output = run.run();
    assert_eq!((output.code, steps(&output)), (1, without_second()), "{output}");
    let said =
        "the process b was not ready within 1 s (no line of its output matched `ready.log`); it wrote last: wait";
    assert!(output.stdout.contains(said), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn processes_stop_in_reverse_after_a_signal_to_a_job() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129), ("QUIT", 131)] {
        let run = runner(&config(&[("a", SERVER, ""), ("b", SERVER, "")], "echo begun; exec sleep 300"));
        let mut running = run.spawn();
        running.wait_for_line("| begun");
        running.signal(signal);
        let output = running.finish();
        assert_eq!((output.code, steps(&output)), (code, with_job("ended: interrupted")), "{output}");
        assert_nothing_left(run.dir());
    }
}

#[test]
fn processes_stop_in_reverse_after_a_signal_to_a_start() {
    let run = runner(&config(&[("a", SERVER, ""), ("b", NEVER_READY, "")], JOB));
    let mut running = run.spawn();
    running.wait_for_line("b: wait");
    running.signal("TERM");
    let output = running.finish();
    let stopped: Vec<&str> = STARTED[..5].iter().chain(&STOPPED).copied().collect();
    assert_eq!((output.code, steps(&output)), (143, stopped.iter().map(ToString::to_string).collect()), "{output}");
    assert!(output.stdout.contains("interrupted"), "{output}");
    assert_nothing_left(run.dir());
}

#[test]
fn a_second_signal_kills_every_process_at_once() {
    let more = ", stop: { timeout: 300 }";
    let run = runner(&config(&[("a", SERVER, ""), ("b", STUBBORN, more)], "echo begun; exec sleep 300"));
    let mut running = run.spawn();
    running.wait_for_line("| begun");
    running.signal("TERM");
    running.wait_for_line("stopping the process b");
    running.signal("TERM");
    // Without the second signal, the process would be waited for for five minutes.
    let began = Instant::now();
    let output = running.finish();
    assert!(output.code == 143 && began.elapsed() < Duration::from_secs(30), "{output}");
    assert_nothing_left(run.dir());
}
