//! Processes as services: their order, their ends, and that nothing is left of them.

mod container;
mod ends;
mod inspection;
mod order;
mod pipeline;
mod ports;
mod readiness;
mod refused_configs;
mod sharing;

use std::fs;
use std::path::Path;

use crate::support::harness::{Output, Runner};
use crate::support::leftovers::assert_nothing_left;

/// A program that says `up`, and ends when it is asked to.
const SERVER: &str = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";

/// A program that says `up`, and ignores every request to end, like its child.
const STUBBORN: &str = "trap '' TERM INT HUP QUIT; sleep 300 & echo up; while :; do sleep 0.05; done";

/// A job that writes `job` into the file `seen`.
const JOB: &str = "echo job >> seen";

/// Writes a config with processes, each of a name, a script and further fields, and with a job of a script.
fn config(processes: &[(&str, &str, &str)], job: &str) -> String {
    let process = |(name, script, more): &(&str, &str, &str)| {
        let command = serde_json::json!(["sh", "-c", script]);
        format!(
            "    - {{ name: {name}, command: {command}, ready: {{ log: '^up$', timeout: 20, interval: 0.05 }}{more} }}\n"
        )
    };
    let processes: String = processes.iter().map(process).collect();
    let command = serde_json::json!(["sh", "-c", job]);
    format!(
        "services:\n  logger: {{ format: compact }}\n  alerts: {{ enable: false }}\n  processes:\n{processes}job: {{ KIND: \
         CommandJob, command: {command} }}\n"
    )
}

/// Returns a run with a config that logs every step.
fn runner(config: &str) -> Runner {
    Runner::new().file("a.yaml", config).args(["-v", "a.yaml"])
}

/// Returns the steps of a run in order: starts, ends and stops of services and processes, and the job.
fn steps(output: &Output) -> Vec<String> {
    let is_step = |line: &&str| {
        let starts = ["started the ", "stopping the ", "running CommandJob", "ended: "];
        let ends = [" has ended", " is ready after"];
        starts.iter().any(|start| line.starts_with(start)) || ends.iter().any(|end| line.contains(end))
    };
    let without_fields = |line: &str| {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.contains('=')).collect();
        words.join(" ").split(" after ").next().unwrap_or_default().to_owned()
    };
    let messages = output.stderr.lines().filter_map(|line| line.split_once(' ').map(|(_, message)| message));
    messages.filter(is_step).map(without_fields).collect()
}

/// Returns what programs wrote into the file `seen`.
fn seen(dir: &Path) -> Vec<String> {
    fs::read_to_string(dir.join("seen")).unwrap_or_default().lines().map(str::to_owned).collect()
}
