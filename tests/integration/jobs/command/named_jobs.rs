//! Names of jobs, and jobs that need others.

use serde_json::{Value, json};

use super::batch;
use crate::support::harness::Runner;

fn job(id: &str, needs: &[&str], script: &str) -> Value {
    json!({ "KIND": "CommandJob", "id": id, "needs": needs, "command": ["sh", "-c", script], "model": id })
}

/// Returns the name, the status and the code of each job.
fn statuses(runner: &Runner, more: &[&str]) -> Vec<String> {
    let run = runner.run_with(&[&["-o", "json"], more].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    let text = |job: &Value| {
        let code = job["error"]["code"].as_str().map_or_else(String::new, |code| format!(" {code}"));
        format!("{} {}{code}", job["id"].as_str().unwrap(), job["status"].as_str().unwrap())
    };
    document["jobs"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn a_job_whose_need_failed_is_skipped_with_the_reason() {
    let jobs = [
        job("a", &[], "true"),
        job("b", &["a"], "exit 1"),
        job("c", &["b"], "true"),
        job("d", &["c", "a"], "true"),
        job("e", &["a"], "true"),
    ];
    let skipped = |end: &str| {
        vec!["a completed", "b failed COMMAND_FAILED", "c skipped NEED_FAILED", "d skipped NEED_FAILED", end]
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let runner = batch(&jobs);
    for more in [&["--on-failure", "continue"][..], &["--on-failure", "continue", "-j", "5"]] {
        assert_eq!(statuses(&runner, more), skipped("e completed"), "{more:?}");
    }
    assert_eq!(statuses(&runner, &[]), skipped("e skipped"));
}

#[test]
fn a_job_waits_for_what_it_needs() {
    let jobs = [
        job("a", &[], "sleep 0.5; echo a >> order"),
        job("b", &["a"], "echo b >> order"),
        job("c", &[], "echo c >> order"),
    ];
    let runner = batch(&jobs).args(["-j", "3"]);
    let run = runner.run();
    let order = std::fs::read_to_string(runner.dir().join("order")).unwrap_or_default();
    assert_eq!((run.code, order.as_str()), (0, "c\na\nb\n"), "{run}");
}

#[test]
fn a_job_may_need_one_of_an_earlier_file() {
    let config = |job: Value| json!({ "job": job }).to_string();
    let first = config(job("a", &[], "exit 1"));
    let second = config(job("b", &["a"], "true"));
    let runner = Runner::new().file("1.json", first).file("2.json", second);
    assert_eq!(statuses(&runner, &["1.json", "2.json"]), ["a failed COMMAND_FAILED", "b skipped NEED_FAILED"]);
    let run = runner.run_with(&["2.json", "1.json"]);
    assert!(run.code == 2 && run.stderr.contains("no earlier job and no process is named `a`"), "{run}");
    let run = runner.run_with(&["1.json", "1.json"]);
    assert!(run.code == 2 && run.stderr.contains("`job.id` is the name of an earlier job too"), "{run}");
}

#[test]
fn circles_later_and_unknown_names_are_errors_of_the_config() {
    let config = "\
jobs:
  - { KIND: CommandJob, id: a, needs: [b, nobody], command: [x] }
  - { KIND: CommandJob, id: b, needs: [c], command: [x] }
  - { KIND: CommandJob, id: c, needs: [a, d], command: [x] }
  - { KIND: CommandJob, id: d, needs: [d], command: [x] }
  - { KIND: CommandJob, id: d, command: [x] }
  - { KIND: CommandJob, id: \"x y\", command: [x] }
";
    let run = Runner::new().file("a.yaml", config).arg("a.yaml").run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `jobs[0].needs[0]`: these jobs wait for each other: a -> b -> c -> a
     --> a.yaml:2:40
      |
    2 |   - { KIND: CommandJob, id: ***, needs: [***, ***], command: [***] }
      |                                          ^^^ jobs[0].needs[0]
      |
      = help: remove the name from `needs` of one of them

    error: `jobs[0].needs[1]`: no earlier job and no process is named `nobody`
     --> a.yaml:2:43
      |
    2 |   - { KIND: CommandJob, id: ***, needs: [***, ***], command: [***] }
      |                                               ^^^ jobs[0].needs[1]
      |
      = help: give an earlier job this `id`, or a process in `services.processes` this `name`

    error: `jobs[1].needs[0]`: these jobs wait for each other: b -> c -> a -> b
     --> a.yaml:3:40
      |
    3 |   - { KIND: CommandJob, id: ***, needs: [***], command: [***] }
      |                                          ^^^ jobs[1].needs[0]
      |
      = help: remove the name from `needs` of one of them

    error: `jobs[2].needs[1]`: the job `d` comes later
     --> a.yaml:4:43
      |
    4 |   - { KIND: CommandJob, id: ***, needs: [***, ***], command: [***] }
      |                                               ^^^ jobs[2].needs[1]
      |
      = help: move `jobs[2]` behind `jobs[4]`: jobs need earlier ones only

    error: `jobs[3].needs[0]`: the job `d` comes later
     --> a.yaml:5:40
      |
    5 |   - { KIND: CommandJob, id: ***, needs: [***], command: [***] }
      |                                          ^^^ jobs[3].needs[0]
      |
      = help: move `jobs[3]` behind `jobs[4]`: jobs need earlier ones only

    error: `jobs[4].id` is the name of an earlier job too
     --> a.yaml:6:29
      |
    6 |   - { KIND: CommandJob, id: d, command: [***] }
      |                             ^ jobs[4].id
      |
      = help: give each job of the batch a name of its own

    error: `jobs[5].id` is no name of a job
     --> a.yaml:7:29
      |
    7 |   - { KIND: CommandJob, id: "x y", command: [***] }
      |                             ^^^^^ jobs[5].id
      |
      = help: use letters, digits, `.`, `_` and `-`, and 64 of them at most

    nothing was started, and no registry was asked
    "#);
}

#[test]
fn an_id_names_the_job_in_tables_logs_and_reports() {
    let runner = batch(&[job("train", &[], "echo hi")]).args(["--report", "markdown=r.md"]);
    let run = runner.run();
    let report = std::fs::read_to_string(runner.dir().join("r.md")).unwrap();
    assert!(run.stdout.contains("\ntrain ") && run.stderr.contains("INFO train | hi"), "{run}");
    assert!(report.contains("| train |"), "{report}");
}
