//! What only looks starts no process: `--check`, `--plan` and `--doctor`.

use super::seen;
use crate::support::harness::{Output, Runner};

const CONFIG: &str = "services:
  mlflow: { tracking_uri: 'http://127.0.0.1:${port:mlflow}', registry_name: bikes }
  processes:
    - name: mlflow
      command: [sh, -c, 'echo started >> seen; sleep 300', '${port:mlflow}']
    - name: model
      command: [sh, -c, 'echo started >> seen; sleep 300']
      start: on_demand
jobs:
  - { KIND: CommandJob, id: train, command: [sh, -c, 'echo job >> seen'] }
  - { KIND: PromotionJob, alias: Challenger, needs: [model], gates: [{ KIND: AliasGate, alias: Staging }] }
  - { KIND: StatusJob }
";

/// The same with a registry that is no process.
fn with_database() -> String {
    CONFIG.replace("http://127.0.0.1:${port:mlflow}', registry", "sqlite:///mlflow.db', registry")
}

#[track_caller]
fn run(config: &str, args: &[&str], code: i32) -> Output {
    let runner = Runner::new().file("a.yaml", config).args(args.iter().copied()).arg("a.yaml");
    let output = runner.run();
    assert_eq!((output.code, seen(runner.dir())), (code, vec![]), "{output}");
    output
}

#[test]
fn a_check_starts_no_process() {
    run(CONFIG, &["--check", "-v"], 0);
}

#[test]
fn a_plan_starts_no_process_and_asks_none_for_versions_and_gates() {
    let output = run(CONFIG, &["--plan"], 0);
    output.assert_logged("planned to run sh -c");
    output.assert_logged("planned without a version and without its gates: a plan does not start the process mlflow");
    let output = run(&with_database(), &["--plan"], 1);
    output.assert_logged("planned without a version and without its gates: a plan does not start the process model");
}

#[test]
fn a_job_that_needs_a_process_cannot_be_pinned() {
    let jobs = CONFIG.split("jobs:\n").collect::<Vec<_>>();
    let promotion = jobs[1].lines().nth(1).unwrap();
    let output = run(&format!("{}jobs:\n{promotion}\n", jobs[0]), &["--plan", "-o", "yaml"], 3);
    assert!(output.stdout.is_empty() && output.stderr.contains("NOT_PLANNED_YET"), "{output}");
    assert!(output.stderr.contains("depends on the process mlflow, which a plan does not start"), "{output}");
}

#[test]
fn the_doctor_starts_no_process_and_says_whether_its_program_exists() {
    let output = run(CONFIG, &["--doctor"], 0);
    assert!(output.stdout.contains("the process mlflow serves it, which is not started for this"), "{output}");
    assert!(output.stdout.contains("mlflow runs ") && output.stdout.contains("/sh"), "{output}");
    let config = CONFIG.replace("command: [sh, -c, 'echo started >> seen; sleep 300']", "command: [no-such-program]");
    let output = run(&config, &["--doctor"], 1);
    assert!(output.stdout.contains("model cannot start no-such-program: it was not found"), "{output}");
}
