//! What a program gets: arguments, a folder, variables and an input.

use serde_json::json;

use super::{command, result, script};
use crate::support::harness::Runner;

#[test]
fn no_shell_reads_the_arguments() {
    let (run, job) = result(&command(&["printf", "%s\n", "$HOME", "a  b", "*", "", "日本"], &json!({})));
    assert_eq!(job["outcome"]["command"]["last_lines"], json!(["$HOME", "a  b", "*", "日本"]), "{run}");
}

#[test]
fn a_program_runs_in_its_folder_with_its_variables_and_its_input() {
    let fields = json!({ "cwd": "sub", "env": { "SEED": "1" }, "stdin": "one\ntwo\n" });
    let runner = command(&["./run.sh"], &fields).file("sub/run.sh", "#!/bin/sh\nbasename \"$PWD\"; echo $SEED; cat\n");
    std::process::Command::new("chmod").arg("+x").arg(runner.dir().join("sub/run.sh")).status().unwrap();
    let (run, job) = result(&runner);
    assert_eq!(job["outcome"]["command"]["last_lines"], json!(["sub", "1", "one", "two"]), "{run}");
}

#[test]
fn the_input_is_empty_by_default_and_may_be_left_unread() {
    let (run, job) = result(&script("cat; echo end", &json!({})).stdin("never\n"));
    assert_eq!(job["outcome"]["command"]["last_lines"], json!(["end"]), "{run}");
    let (run, job) = result(&script("exec <&-; echo end", &json!({ "stdin": "x".repeat(1_000_000) })));
    assert_eq!((run.code, &job["outcome"]["command"]["last_lines"]), (0, &json!(["end"])), "{run}");
}

/// A config with a login, and a job that writes its environment into a file.
fn with_login() -> Runner {
    let config = json!({
        "services": {
            "logger": { "format": "compact" },
            "alerts": { "enable": false },
            "mlflow": { "tracking_uri": "http://me-in-url:planted-url-pw@127.0.0.1:1", "tracking_username": "ada",
                        "tracking_password": "${env:MLFLOW_TRACKING_PASSWORD}", "workspace": "team" },
        },
        "job": { "KIND": "CommandJob", "command": ["sh", "-c", "env > seen.txt; env; ps -ef"], "model": "bikes",
                 "env": { "API_TOKEN": "${env:THE_TOKEN}", "SEED": "1" } },
    });
    let runner = Runner::new().file("a.json", config.to_string()).arg("a.json");
    let runner = runner.env("MLFLOW_TRACKING_PASSWORD", "planted-pw-4711").env("THE_TOKEN", "planted-token-4711");
    runner.env("RUNNER_ACTOR", "ada").env("RUNNER__SERVICES__ALERTS__APP_NAME", "Secretly")
}

#[test]
fn a_program_gets_the_addresses_and_the_login_by_its_environment() {
    let runner = with_login();
    let run = runner.run();
    assert_eq!(run.code, 0, "{run}");
    let seen = std::fs::read_to_string(runner.dir().join("seen.txt")).unwrap();
    for line in [
        "MLFLOW_TRACKING_URI=http://me-in-url:planted-url-pw@127.0.0.1:1",
        "MLFLOW_REGISTRY_URI=http://me-in-url:planted-url-pw@127.0.0.1:1",
        "MLFLOW_TRACKING_USERNAME=ada",
        "MLFLOW_TRACKING_PASSWORD=planted-pw-4711",
        "MLFLOW_WORKSPACE=team",
        "RUNNER_REGISTRY=http://127.0.0.1:1",
        "RUNNER_MODEL=bikes",
        "RUNNER_ACTOR=ada",
        "RUNNER_VERSION=",
        "API_TOKEN=planted-token-4711",
        "SEED=1",
    ] {
        assert!(seen.lines().any(|known| known == line), "{line}: {seen}");
    }
    assert!(!seen.contains("RUNNER__"), "{seen}");
}

#[test]
fn no_output_shows_a_secret_that_the_program_prints() {
    for more in [&["-o", "json", "-v"][..], &["-o", "text"], &["--report", "html=page.html", "--report", "junit=j.xml"]]
    {
        let runner = with_login();
        let run = runner.run_with(more);
        let mut text = run.to_string();
        for report in ["page.html", "j.xml"] {
            text += &std::fs::read_to_string(runner.dir().join(report)).unwrap_or_default();
        }
        assert!(run.code == 0 && text.contains("| API_TOKEN=***"), "{text}");
        for secret in ["planted-pw-4711", "planted-token-4711", "planted-url-pw"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
