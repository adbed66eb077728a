//! The gate that asks a program: real ones, well-behaved and not.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{bikes, gated, rulings};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::assert_only_read;

/// Runs a promotion that asks programs, each with these fields, for the document.
fn asking(fake: &FakeMlflow, gates: &[Value]) -> Runner {
    let gate = |fields: &Value| {
        let mut gate = fields.clone();
        gate["KIND"] = json!("CommandGate");
        gate
    };
    gated(fake, &json!(gates.iter().map(gate).collect::<Vec<_>>()).to_string()).args(["-o", "json"])
}

fn sh(script: &str) -> Value {
    json!({ "command": ["sh", "-c", script] })
}

#[test]
fn a_program_is_told_of_the_version_in_its_environment_and_on_standard_input() {
    let fake = FakeMlflow::start().model("bikes", |model| {
        let model = model.version(1).version(2).alias("Champion", 1);
        model.with(2, |version| {
            version.source = "abfss://models@account/bikes?x=1".to_owned();
            version.run_id = Some("r2".to_owned());
            version.tags.insert("approved".to_owned(), "yes".to_owned());
        })
    });
    let run = asking(&fake, &[sh("env | grep ^RUNNER_ | sort > env.txt; cat > input.json")]);
    assert_eq!(run.run().code, 0);
    let read = |name: &str| fs::read_to_string(run.dir().join(name)).unwrap();
    insta::assert_snapshot!(read("env.txt").replace(&fake.uri(), "[URI]"), @r"
    RUNNER_ACTOR=ada
    RUNNER_ALIAS=Champion
    RUNNER_MODEL=bikes
    RUNNER_PREVIOUS_VERSION=1
    RUNNER_REGISTRY=[URI]
    RUNNER_RUN_ID=r2
    RUNNER_SOURCE=abfss://models@account/bikes?x=1
    RUNNER_VERSION=2
    ");
    let input: Value = serde_json::from_str(&read("input.json")).unwrap();
    insta::assert_snapshot!(format!("{input:#}"));
}

#[test]
fn what_a_version_does_not_have_is_empty_and_never_inherited() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).with(1, |version| version.run_id = None));
    let run =
        asking(&fake, &[sh("echo \"[$RUNNER_PREVIOUS_VERSION$RUNNER_RUN_ID]\"; grep -q '\"previous_version\":null'")]);
    let run = run.env("RUNNER_PREVIOUS_VERSION", "7").env("RUNNER_RUN_ID", "r7").run();
    assert_eq!(rulings(&run), ["PASSED: the program ended with exit code 0: []"], "{run}");
}

#[test]
fn every_way_to_end_is_a_clear_verdict() {
    let fake = bikes();
    let gates = [
        sh("echo fine"),
        sh("true"),
        sh("echo said; echo so >&2; exit 3"),
        sh("echo dying; kill -9 $$"),
        sh("exec <&-; head -c 20000000 /dev/zero | tr '\\0' x; head -c 20000000 /dev/zero >&2; echo; echo no; exit 1"),
        sh("sleep 300 & echo left a child"),
        sh("printf 'a\\033[2J\\007b\\r\\nERROR forged\\n'; exit 1"),
        json!({ "command": ["sh", "-c", "echo so far; sleep 300"], "timeout": 1 }),
        json!({ "command": ["no-such-program"] }),
        json!({ "command": ["./promotion.yaml"] }),
        json!({ "command": ["."] }),
        json!({ "command": ["./no-shebang"] }),
        json!({ "command": ["false"], "mode": "warn" }),
        json!({ "command": ["false"], "mode": "off" }),
    ];
    let runner = asking(&fake, &gates).file("no-shebang", "\u{0}\u{1}");
    let path = runner.dir().join("no-shebang");
    assert!(Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
    let run = runner.run();
    insta::assert_snapshot!(rulings(&run).join("\n"));
    assert_eq!(run.code, 3, "{run}");
    assert_only_read(&fake);
}

#[test]
fn a_reason_repeats_neither_arguments_nor_logins_but_names_files() {
    let fake = bikes();
    let script = "echo \"$1 $2 $3 in promotion.yaml at http://me:hunter2@host/x\"; exit 1";
    let command = ["sh", "-c", script, "sh", "hunter2-token", "--key=hunter2hunter2", "short"];
    let gate = json!({ "command": command.into_iter().chain(["promotion.yaml"]).collect::<Vec<_>>() });
    let run = asking(&fake, &[gate]).run();
    let expected = "COMMAND_FAILED: the program ended with exit code 1: \
                    *** *** short in promotion.yaml at http://***@host/x";
    assert_eq!(rulings(&run), [expected]);
    assert!(!run.to_string().contains("hunter2"), "{run}");
}

#[test]
fn a_program_inherits_the_environment_without_the_secrets_of_the_runner() {
    let fake = bikes();
    let run = asking(&fake, &[sh("env > environment.txt")]).env("MLFLOW_TRACKING_PASSWORD", "hunter2");
    let run = run.env("RUNNER__SERVICES__ALERTS__APP_NAME", "hunter2").env("SERVING_TOKEN", "for the program");
    assert_eq!(run.run().code, 0);
    let environment = fs::read_to_string(run.dir().join("environment.txt")).unwrap();
    assert!(
        environment.contains("SERVING_TOKEN=for the program\n") && !environment.contains("hunter2"),
        "{environment}"
    );
}

#[test]
fn a_program_is_killed_with_its_children_at_its_deadline_and_on_a_signal() {
    let script = "trap '' TERM HUP INT; sleep 300 & echo $$ $! > pids; echo up > started; wait";
    for (timeout, code) in [(2, 3), (300, 143)] {
        let fake = bikes();
        let gate = json!({ "command": ["sh", "-c", script], "timeout": timeout });
        let runner = asking(&fake, &[gate]);
        let started = runner.dir().join("started");
        assert!(Command::new("mkfifo").arg(&started).status().unwrap().success());
        let running = runner.spawn();
        assert_eq!(fs::read_to_string(started).unwrap(), "up\n");
        if code == 143 {
            running.signal("TERM");
        }
        let run = running.finish();
        assert_eq!(run.code, code, "{run}");
        let pids = fs::read_to_string(runner.dir().join("pids")).unwrap();
        assert_eq!(pids.split_whitespace().count(), 2);
        let ended = Instant::now();
        for pid in pids.split_whitespace() {
            // The kill is sent; the system takes its time to carry it out.
            while is_alive(pid) {
                assert!(ended.elapsed() < Duration::from_secs(30), "{pid} lives on");
            }
        }
        assert_only_read(&fake);
    }
}

/// Returns whether a process runs; one that ended and that nobody has asked about does not.
fn is_alive(pid: &str) -> bool {
    let shown = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}
