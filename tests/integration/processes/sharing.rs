//! Which processes a run starts, and how often.

use super::{SERVER, assert_nothing_left, seen};
use crate::support::harness::Runner;

/// Writes a config with two processes that note their start, the second one on demand, and with jobs.
fn config(env: &str, jobs: &str) -> String {
    let process = |name: &str, more: &str| {
        let command = serde_json::json!(["sh", "-c", format!("echo {name} >> seen; {SERVER}")]);
        format!(
            "    - {{ name: {name}, command: {command}, ready: {{ log: '^up$' }}, env: {{ MODE: {env} }}{more} }}\n"
        )
    };
    let (first, second) = (process("first", ""), process("second", ", start: on_demand"));
    format!("services:\n  processes:\n{first}{second}jobs:\n{jobs}")
}

fn job(id: &str, more: &str) -> String {
    format!("  - {{ KIND: CommandJob, id: {id}, command: [sh, -c, 'echo {id} >> seen']{more} }}\n")
}

fn run(configs: &[&str]) -> Vec<String> {
    let names = ["a.yaml", "b.yaml"];
    let pairs = names.iter().zip(configs);
    let runner = pairs.fold(Runner::new(), |runner, (name, config)| runner.file(name, config).arg(*name));
    let output = runner.run();
    assert_eq!(output.code, 0, "{output}");
    assert_nothing_left(runner.dir());
    seen(runner.dir())
}

#[test]
fn a_process_on_demand_starts_before_the_first_job_that_needs_it() {
    let jobs = [job("one", ""), job("two", ", needs: [second]"), job("three", ", needs: [second, one]")].concat();
    assert_eq!(run(&[&config("x", &jobs)]), ["first", "one", "second", "two", "three"]);
}

#[test]
fn a_process_on_demand_that_nobody_needs_does_not_start() {
    assert_eq!(run(&[&config("x", &job("one", ""))]), ["first", "one"]);
}

#[test]
fn equal_processes_of_several_files_are_one() {
    let one = config("x", &job("one", ", needs: [second]"));
    let two = config("x", &job("two", ", needs: [second]"));
    assert_eq!(run(&[&one, &two]), ["first", "second", "one", "two"]);
}

#[test]
fn different_processes_of_several_files_are_several() {
    let (one, two) = (config("x", &job("one", "")), config("y", &job("two", "")));
    assert_eq!(run(&[&one, &two]), ["first", "one", "first", "two"]);
}

#[test]
fn a_job_with_a_registry_of_its_own_shares_the_processes_of_its_config() {
    let jobs = [job("one", ""), job("two", ", mlflow_service: { tracking_uri: 'http://127.0.0.1:1' }")].concat();
    assert_eq!(run(&[&config("x", &jobs)]), ["first", "one", "two"]);
}

#[test]
fn a_failed_process_fails_every_job_that_needs_it_and_no_other() {
    let process = |name: &str, more: &str, script: &str| {
        let command = serde_json::json!(["sh", "-c", script]);
        format!("    - {{ name: {name}, command: {command}, ready: {{ log: '^up$' }}{more} }}\n")
    };
    let processes = [process("good", "", SERVER), process("bad", ", start: on_demand", "echo bad >> seen; exit 1")];
    let jobs = [job("one", ""), job("two", ", needs: [bad]"), job("three", ", needs: [bad]"), job("four", "")];
    let config = format!("services:\n  processes:\n{}jobs:\n{}", processes.concat(), jobs.concat());
    let runner = Runner::new().file("a.yaml", config).args(["--on-failure", "continue", "a.yaml"]);
    let output = runner.run();
    assert_eq!((output.code, seen(runner.dir())), (1, ["one", "bad", "four"].map(str::to_owned).to_vec()), "{output}");
    assert_eq!(
        output.stdout.matches("the process bad ended with exit code 1 before it was ready").count(),
        2,
        "{output}"
    );
    assert_nothing_left(runner.dir());
}

#[test]
fn a_need_means_the_process_of_its_own_config_and_not_a_job_of_another_one() {
    let first = config("x", &job("one", ", needs: [second]"));
    let command = serde_json::json!(["sh", "-c", "exit 1"]);
    let second = format!("job: {{ KIND: CommandJob, id: second, command: {command} }}\n");
    for files in [["1.yaml", "2.yaml"], ["2.yaml", "1.yaml"]] {
        let runner = Runner::new().file("1.yaml", &first).file("2.yaml", &second).args(["--on-failure", "continue"]);
        let output = runner.args(files).run();
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stdout.contains("1 completed") && output.stdout.contains("1 failed"), "{output}");
    }
}
