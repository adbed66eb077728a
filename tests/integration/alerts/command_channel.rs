//! The command channel, with programs that succeed, fail, hang or cannot be started.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{assert_sent, delivery_error};
use crate::support::harness::Runner;
use crate::support::mlflow_server::programs;

/// Creates a run that registers a model and has a channel with this command.
fn run_command(command: Value, timeout: u64) -> Runner {
    let channel = json!({ "KIND": "CommandChannel", "command": command });
    let config = json!({
        "services": {
            "logger": { "level": "TRACE" },
            "alerts": { "app_name": "Bikes", "timeout": timeout, "channels": [channel] },
            "mlflow": { "tracking_uri": "sqlite:///mlflow.db" },
        },
        "job": { "KIND": "RegistrationJob", "name": "bikes", "source": "s" },
    });
    let runner = Runner::new().file("job.json", config.to_string()).env("RUNNER_ACTOR", "ann");
    runner.args(["--output", "json", "job.json"])
}

fn sh(script: &str) -> Runner {
    run_command(json!(["sh", "-c", script]), 30)
}

#[test]
fn a_program_receives_rendered_arguments_and_the_outcome_on_standard_input() {
    let script = r#"cat > input.json; printf '%s\n' "$@" > args.txt"#;
    let args = ["sh", "-c", script, "sh", "{{ title }}", "--body={{ message }} \u{0}", "$(touch pwned); * ~"];
    let runner = run_command(json!(args), 30);
    assert_sent(&runner.run());
    let read = |name: &str| fs::read_to_string(runner.dir().join(name)).unwrap();
    assert_eq!(read("args.txt"), "Registration Job Finished\n--body=bikes: version 1 \u{fffd}\n$(touch pwned); * ~\n");
    let input: Value = serde_json::from_str(&read("input.json")).unwrap();
    assert_eq!((&input["title"], &input["app_name"]), (&json!("Registration Job Finished"), &json!("Bikes")));
    let job = &input["jobs"][0];
    assert_eq!((&job["status"], &job["outcome"]["version"]), (&json!("registered"), &json!(1)));
    assert!(!runner.dir().join("pwned").exists());
}

#[test]
fn the_apprise_program_delivers_a_message() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("json://{}/hook", listener.local_addr().unwrap());
    let got = thread::spawn(move || request(&listener));
    let apprise = programs().join("apprise");
    let run = run_command(json!([apprise, "-t", "{{ title }}", "-b", "{{ message }}", url]), 60).run();
    assert_sent(&run);
    let body = got.join().unwrap();
    assert_eq!((&body["title"], &body["message"]), (&json!("Registration Job Finished"), &json!("bikes: version 1")));
}

/// Responds to one request, and returns its JSON.
fn request(listener: &TcpListener) -> Value {
    let (connection, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn the_last_output_of_a_failed_program_is_quoted_without_its_arguments() {
    let script = r#"i=0; while [ $i -lt 900 ]; do echo "line $i"; i=$((i+1)); done >&2
        echo "cannot reach $1 $2" >&2; echo "is http://me:hunter2@h up?" >&2; exit 3"#;
    let args = ["sh", "-c", script, "sh", "slack://hunter2/token", "--key=hunter2hunter2"];
    let run = run_command(json!(args), 30).run();
    let error = delivery_error(&run);
    let expected =
        "the program in `command` ended with exit code 3: line 899 | cannot reach *** *** | is http://***@h up?";
    assert_eq!(error, expected);
    assert!(!run.to_string().contains("hunter2"), "{run}");
}

#[test]
fn a_killed_program_is_reported_with_its_signal() {
    let error = delivery_error(&sh("echo dying; kill -9 $$").run());
    assert_eq!(error, "the program in `command` was ended by signal: 9 (SIGKILL): dying");
}

#[test]
fn a_program_that_cannot_be_started_is_reported_with_a_hint_and_without_arguments() {
    let missing = run_command(json!(["no-such-program", "hunter2-token"]), 30).run();
    let expected = "the program in `command` cannot be started: it was not found; install it, or write its whole path";
    assert_eq!(delivery_error(&missing), expected);
    let forbidden = run_command(json!(["./job.json", "hunter2-token"]), 30).run();
    let expected = "the program in `command` cannot be started: it is no file that this user may execute; make it \
                    executable, or run it with its interpreter";
    assert_eq!(delivery_error(&forbidden), expected);
    for run in [missing, forbidden] {
        assert!(!run.to_string().contains("hunter2"), "{run}");
    }
}

#[test]
fn a_program_that_ignores_its_input_and_prints_too_much_succeeds() {
    assert_sent(&sh("exec <&-; head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2").run());
}

#[test]
fn a_program_inherits_the_environment_without_the_secrets_of_the_runner() {
    let run = sh("env > environment.txt").env("RUNNER__SERVICES__ALERTS__APP_NAME", "hunter2");
    let run = run.env("MLFLOW_TRACKING_PASSWORD", "hunter2").env("MLFLOW_TRACKING_USERNAME", "me");
    let run = run.env("CHAT_TOKEN", "for the program");
    assert_sent(&run.run());
    let environment = fs::read_to_string(run.dir().join("environment.txt")).unwrap();
    assert!(environment.contains("CHAT_TOKEN=for the program\n"), "{environment}");
    assert!(environment.contains("MLFLOW_TRACKING_USERNAME=me\n"), "{environment}");
    assert!(!environment.contains("hunter2"), "{environment}");
}

#[test]
fn a_program_is_killed_with_its_children_at_the_deadline() {
    let script = "trap '' TERM HUP INT; sleep 300 & (trap '' TERM; sleep 300) & echo $$ $! > pids; wait";
    let runner = run_command(json!(["sh", "-c", script]), 1);
    assert_eq!(delivery_error(&runner.run()), "no delivery within 1 s");
    let pids = fs::read_to_string(runner.dir().join("pids")).unwrap();
    assert_eq!(pids.split_whitespace().count(), 2);
    let deadline_start = Instant::now();
    for pid in pids.split_whitespace() {
        // The kill was sent; the system may carry it out later.
        while is_alive(pid) {
            assert!(deadline_start.elapsed() < Duration::from_secs(30), "{pid} lives on");
        }
    }
}

/// Returns whether a process runs; a zombie does not.
fn is_alive(pid: &str) -> bool {
    let shown = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[test]
fn an_error_in_an_argument_is_reported_at_load() {
    let run = run_command(json!(["echo", "{{ alais }}"]), 30).run();
    assert_eq!(run.code, 2, "{run}");
    assert!(run.stderr.contains("there is no `alais`") && run.stderr.contains("channels[0].command[1]"), "{run}");
}
