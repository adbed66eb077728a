//! Gates that cannot judge the version: they block as a refusal does, and the hint speaks of the check.

use std::net::TcpListener;

use serde_json::{Value, json};

use super::{bikes, gated};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::assert_only_read;

fn command(command: Value) -> Value {
    json!({ "KIND": "CommandGate", "command": command })
}

fn sh(script: &str) -> Value {
    command(json!(["sh", "-c", script]))
}

fn judging(fake: &FakeMlflow, gates: &[Value]) -> Runner {
    gated(fake, &json!(gates).to_string())
}

fn job(run: &Output) -> Value {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    document["jobs"][0].clone()
}

/// Runs a promotion with one gate that cannot judge, and returns the name of the gate and the hint.
#[track_caller]
fn inconclusive(fake: &FakeMlflow, gate: &Value, code: &str, reason: &str) -> (String, String) {
    let run = judging(fake, std::slice::from_ref(gate)).args(["-o", "json"]).run();
    let job = job(&run);
    let verdict = &job["outcome"]["gates"][0];
    assert_eq!(
        (run.code, &job["status"], &job["error"]["code"], &verdict["code"], &verdict["conclusive"], &verdict["passed"]),
        (3, &json!("blocked"), &json!("GATE_FAILED"), &json!(code), &json!(false), &json!(false)),
        "{run}"
    );
    assert!(verdict["reason"].as_str().unwrap().contains(reason), "{run}");
    let name = verdict["name"].as_str().unwrap().to_owned();
    let kind = gate["KIND"].as_str().unwrap();
    assert_eq!(job["error"]["message"], format!("version 3 of bikes could not be judged by {kind} {name}"));
    assert_only_read(fake);
    let hint = job["error"]["hint"].as_str().unwrap();
    (name, hint.strip_prefix("the check gave no verdict: ").unwrap_or_else(|| panic!("{hint}")).to_owned())
}

#[test]
fn a_program_that_does_not_come_to_its_own_end_gives_no_verdict() {
    let by_hand = "run the program of `job.gates[0].command` by hand, and correct it";
    let install = "correct `job.gates[0].command`, or install what it runs";
    let path = "correct `job.gates[0].command`: a program without a slash is looked for in PATH, any other from the \
                current folder";
    for (gate, reason, name, hint) in [
        (sh("echo loading; kill -9 $$"), "the program was ended by signal 9 (SIGKILL): loading", "sh", by_hand),
        (sh("exit 125"), "the program ended with exit code 125", "sh", by_hand),
        (sh("exit 126"), "exit code 126 (a command cannot be executed)", "sh", install),
        (sh("no-such-command"), "exit code 127 (a command was not found): ", "sh", install),
        (sh("sh -c 'kill -9 $$'; exit $?"), "exit code 137 (ended by signal 9)", "sh", by_hand),
        (
            command(json!(["./no-such-program", "x"])),
            "the program cannot be started: it was not found",
            "./no-such-program",
            path,
        ),
        (command(json!(["./promotion.yaml"])), "it is no file that this user may execute", "./promotion.yaml", path),
    ] {
        let shown = inconclusive(&bikes(), &gate, "CHECK_CRASHED", reason);
        assert_eq!(shown, (name.to_owned(), hint.to_owned()), "{gate}");
    }
}

#[test]
fn a_program_that_takes_too_long_gives_no_verdict() {
    let gate = json!({ "KIND": "CommandGate", "command": ["sh", "-c", "echo so far; sleep 300"], "timeout": 1 });
    let (name, hint) = inconclusive(&bikes(), &gate, "COMMAND_TIMED_OUT", "the program did not end within 1 s: so far");
    assert_eq!(name, "sh");
    assert_eq!(hint, "find out what the program waits for, or raise `job.gates[0].timeout`");
}

#[test]
fn an_endpoint_that_does_not_answer_gives_no_verdict() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gate = json!({ "KIND": "HttpGate", "url": format!("http://me:hunter2@{closed}/ping?key=x") });
    let (name, hint) = inconclusive(&bikes(), &gate, "ENDPOINT_UNREACHABLE", "connection refused");
    assert_eq!((name, hint.as_str()), (closed.to_string(), "start the endpoint, or correct `job.gates[0].url`"));
}

#[test]
fn evidence_that_is_absent_or_cannot_be_read_gives_no_verdict() {
    let gate = json!({ "KIND": "MetricGate", "metric": "rmse", "greater_is_better": false, "threshold": 0.3 });
    let code = "EVIDENCE_MISSING";
    let fake = bikes().run("run3", &[("r2", 0.9)]);
    let (name, hint) = inconclusive(&fake, &gate, code, "run run3 has no metric rmse, only r2");
    assert_eq!(
        (name.as_str(), hint.as_str()),
        ("rmse", "log the metric to run run3, or correct `job.gates[0].metric`")
    );
    let fake = bikes().run("run3", &[("rmse", 0.2)]).fault(Fault::status(500).on("runs/get").always());
    let (_, hint) = inconclusive(&fake, &gate, code, "run run3 cannot be read");
    assert_eq!(hint, "run this again when the registry answers as it should");
}

#[test]
fn a_baseline_that_cannot_be_read_gives_no_verdict_and_one_that_is_nan_does() {
    let gate = json!({ "KIND": "MetricGate", "metric": "r2", "greater_is_better": true, "min_absolute_change": 0 });
    let measured = || bikes().run("run2", &[("r2", 0.8)]).run("run3", &[("r2", 0.9)]);
    inconclusive(&measured().deleted("run2"), &gate, "BASELINE_UNUSABLE", "run run2 cannot be read");
    let run = judging(&measured().run("run2", &[("r2", f64::NAN)]), &[gate]).args(["-o", "json"]).run();
    let verdict = &job(&run)["outcome"]["gates"][0];
    assert_eq!((&verdict["code"], &verdict["conclusive"]), (&json!("BASELINE_UNUSABLE"), &json!(true)), "{run}");
}

#[test]
fn a_hint_speaks_of_the_version_and_of_the_check_where_both_are_at_fault() {
    let fake = bikes().run("run3", &[("rmse", 0.4)]);
    let metric = json!({ "KIND": "MetricGate", "metric": "rmse", "greater_is_better": false, "threshold": 0.3 });
    let named = json!({ "KIND": "CommandGate", "command": ["true"], "name": "smoke test" });
    let off = json!({ "KIND": "CommandGate", "command": ["false"], "mode": "off" });
    let runner = judging(&fake, &[named, off, metric, sh("exit 126")]).args(["--report", "junit=report.xml"]);
    let run = runner.run();
    insta::assert_snapshot!(run.snapshot());
    let report = std::fs::read_to_string(runner.dir().join("report.xml")).unwrap();
    for line in [
        "CommandGate smoke test passed: the program ended with exit code 0",
        "MetricGate rmse refused (THRESHOLD_NOT_MET): rmse is 0.4; it must be at most 0.3",
        "CommandGate sh inconclusive (CHECK_CRASHED): the program ended with exit code 126",
    ] {
        assert!(report.contains(&format!("\n{line}")), "{report}");
    }
}

#[test]
fn a_gate_that_only_warns_and_cannot_judge_blocks_nothing() {
    let gate = json!({ "KIND": "CommandGate", "command": ["sh", "-c", "exit 125"], "mode": "warn" });
    let fake = bikes();
    let run = judging(&fake, &[gate]).run();
    assert!(run.code == 0 && run.stdout.contains("warned") && run.stdout.contains("CHECK_CRASHED"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn the_line_that_a_person_needs_is_shown_and_not_the_whole_output() {
    let script = "import sys\nprint('loading')\ndef check():\n    return {}['model']\ncheck()\n";
    let fake = bikes();
    let runner = judging(&fake, &[command(json!(["python3", "smoke.py"]))]).file("smoke.py", script);
    let run = runner.args(["-o", "json"]).run();
    let job = job(&run);
    let verdict = &job["outcome"]["gates"][0];
    assert_eq!((&verdict["name"], &verdict["code"]), (&json!("smoke.py"), &json!("COMMAND_FAILED")), "{run}");
    assert_eq!(verdict["reason"], "the program ended with exit code 1: KeyError: 'model'");
    assert_eq!(
        job["error"]["hint"],
        "read the exception: correct the program of `job.gates[0].command` if that is at fault, else promote another version"
    );
}
