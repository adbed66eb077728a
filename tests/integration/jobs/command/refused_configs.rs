//! Configs of commands that are refused.

use serde_json::json;

use super::{command, with_fields};
use crate::support::harness::Runner;

#[track_caller]
fn refused(runner: &Runner) -> String {
    let run = runner.run();
    assert_eq!(run.code, 2, "{run}");
    assert!(run.stdout.is_empty() && run.stderr.contains("nothing was started"), "{run}");
    run.stderr
}

#[test]
fn a_command_needs_a_program() {
    for (words, message) in [
        (json!([]), "`jobs[0].command` is empty"),
        (json!([""]), "`command` names no program"),
        (json!(["a", "\0"]), "`command` holds a NUL character"),
        (json!("sh -c true"), "expected a list, found text"),
        (json!([1]), "expected text, found a number"),
    ] {
        let error = refused(&command(&["x"], &json!({ "command": words })));
        assert!(error.contains(message), "{words}: {error}");
    }
    let missing = Runner::new().file("a.yaml", "job: {KIND: CommandJob}\n").arg("a.yaml");
    assert!(refused(&missing).contains("a CommandJob needs `command`"));
}

#[test]
fn fields_have_limits() {
    for fields in [
        json!({ "timeout": 0 }),
        json!({ "attempts": 0 }),
        json!({ "ok_exit_codes": [] }),
        json!({ "cwd": "" }),
        json!({ "env": { "A=B": "x" } }),
        json!({ "env": { "A": 1 } }),
        json!({ "env": { "A": "\0" } }),
        json!({ "shell": true }),
        json!({ "name": "bikes" }),
    ] {
        refused(&command(&["true"], &fields));
    }
}

#[test]
fn a_number_as_a_variable_is_not_repeated() {
    let error = refused(&command(&["true"], &json!({ "env": { "API_TOKEN": 4_711_471_147_u64 } })));
    assert!(!error.contains("4711"), "{error}");
}

#[test]
fn a_job_of_the_python_template_ends_with_the_command_that_runs_it() {
    for kind in ["TrainingJob", "TuningJob", "InferenceJob", "EvaluationsJob", "ExplanationsJob"] {
        let job = with_fields(json!({ "KIND": kind }), &json!({ "inputs": { "KIND": "ParquetReader" } }));
        let runner = Runner::new().file("a.json", json!({ "job": job }).to_string()).arg("a.json");
        let error = refused(&runner);
        let config = kind.trim_end_matches("Job").to_lowercase();
        assert!(error.contains(&format!("a `{kind}` is run by the Python template only")), "{error}");
        assert!(error.contains(&format!("command: [python, -m, bikes, confs/{config}.yaml]")), "{error}");
    }
}
