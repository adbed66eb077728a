//! How a process is found to be ready.

use std::net::TcpListener;

use super::{JOB, assert_nothing_left, runner, seen};
use crate::support::harness::Runner;

/// A small HTTP server that begins to listen after a while.
const WEB: &str = "import http.server, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.end_headers()
    def log_message(self, *_):
        pass
time.sleep(0.3)
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
";

fn web(ready: &str, timeout: u32) -> Runner {
    let config = format!(
        "services:\n  processes:\n    - name: web\n      command: [python3, web.py, '${{port:web}}']\n      ready: {{ {ready}, \
         timeout: {timeout}, interval: 0.1 }}\njob: {{ KIND: CommandJob, command: [sh, -c, {JOB:?}] }}\n"
    );
    runner(&config).file("web.py", WEB)
}

#[test]
fn http_tcp_and_a_command_tell_when_a_process_is_ready() {
    let ask = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])";
    let command = format!("command: [python3, -c, \"{ask}\", 'http://127.0.0.1:${{port:web}}/200']");
    for ready in [
        "http: 'http://127.0.0.1:${port:web}/200'",
        "http: 'http://127.0.0.1:${port:web}/204'",
        "http: 'http://127.0.0.1:${port:web}/404', status: 404",
        "tcp: '127.0.0.1:${port:web}'",
        &command,
    ] {
        // A proxy is for other machines.
        let run = web(ready, 20).env("HTTP_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "127.0.0.1");
        let output = run.run();
        assert_eq!((output.code, seen(run.dir())), (0, vec!["job".to_owned()]), "{ready}: {output}");
        output.assert_logged("the process web is ready after");
        assert_nothing_left(run.dir());
    }
}

#[test]
fn a_process_that_is_not_ready_in_time_says_what_the_last_check_found() {
    for (ready, said) in [
        ("http: 'http://127.0.0.1:${port:web}/503'", "/503 answered with status 503)"),
        ("http: 'http://127.0.0.1:${port:web}/200', status: 204", "/200 answered with status 200)"),
        ("http: 'http://127.0.0.1:${port:web}/302'", "/302 answered with status 302)"),
        ("tcp: '127.0.0.1:${port:other}'", "no connection to 127.0.0.1:"),
        (
            "command: [sh, -c, 'echo not yet >&2; exit 4']",
            "the program in `ready.command` ended with exit code 4: not yet)",
        ),
        ("command: [no-such-program]", "the program in `ready.command` cannot be started: it was not found)"),
    ] {
        let run = web(ready, 2).env("NO_PROXY", "*");
        let output = run.run();
        assert!(output.code == 1 && output.stdout.contains("the process web was not ready within 2 s ("), "{output}");
        assert!(output.stdout.contains(said), "{ready}: {output}");
        assert_nothing_left(run.dir());
    }
}

#[test]
fn another_program_at_the_address_is_not_taken_for_the_process() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    for ready in [format!("tcp: '{address}'"), format!("http: 'http://{address}/'")] {
        let run = web(&ready, 20);
        let output = run.run();
        let said = format!("the process web was not started: another program listens at {address}");
        assert!(output.code == 1 && output.stdout.contains(&said), "{output}");
        assert_nothing_left(run.dir());
    }
}

#[test]
fn a_program_that_cannot_start_is_named_with_the_reason() {
    for (process, said) in [
        ("command: [no-such-program]", "the process p did not start: it was not found"),
        ("command: [./a.yaml]", "the process p did not start: it is no file that this user may execute"),
        ("command: [sh], cwd: no/such/folder", "the process p did not start: the folder no/such/folder does not exist"),
    ] {
        let config = format!(
            "services: {{ processes: [{{ name: p, {process} }}] }}\njob: {{ KIND: CommandJob, command: [echo] }}\n"
        );
        let output = runner(&config).run();
        assert!(output.code == 1 && output.stdout.contains(said), "{output}");
        assert!(output.stdout.contains("SERVICE_FAILED"), "{output}");
    }
}

#[test]
fn a_process_has_its_folder_and_its_variables() {
    let script =
        "test $GREETING = hello && test $MLFLOW_TRACKING_URI = http://mlflow:5000 && basename $PWD && sleep 300";
    let config = format!(
        "services:\n  mlflow: {{ tracking_uri: 'http://mlflow:5000' }}\n  processes: [{{ name: p, command: [sh, -c, '{script}'], cwd: \
         sub, env: {{ GREETING: hello }}, ready: {{ log: '^sub$' }} }}]\njob: {{ KIND: CommandJob, command: [echo] }}\n"
    );
    let output = runner(&config).file("sub/x", "").run();
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn the_process_of_the_registry_does_not_get_its_address() {
    let script = "test -z $MLFLOW_TRACKING_URI && test -z $MLFLOW_REGISTRY_URI && echo up && sleep 300";
    let config = format!(
        "services:\n  mlflow: {{ tracking_uri: 'http://127.0.0.1:${{port:m}}' }}\n  processes: [{{ name: p, command: [sh, -c, '{script}', \
         '${{port:m}}'], ready: {{ log: '^up$' }} }}]\njob: {{ KIND: CommandJob, command: [echo] }}\n"
    );
    let output = runner(&config).run();
    assert_eq!(output.code, 0, "{output}");
}

#[test]
fn a_check_runs_in_the_folder_of_its_process_and_leaves_nothing_behind() {
    let check = "sleep 300 & echo $! >> ../pids; test -e again || { touch again; exit 1; }";
    let alive =
        "for pid in $(cat pids); do grep State: /proc/$pid/status | grep -v Z; done >> seen; wc -l < pids >> seen";
    let job = serde_json::json!(["sh", "-c", alive]);
    let config = format!(
        "services: {{ processes: [{{ name: p, command: [sleep, '300'], cwd: sub, ready: {{ command: [sh, ./check.sh], timeout: 5, \
         interval: 0.05 }} }}] }}\njob: {{ KIND: CommandJob, command: {job} }}\n"
    );
    let run = runner(&config).file("sub/check.sh", check);
    let output = run.run();
    assert_eq!((output.code, seen(run.dir())), (0, vec!["2".to_owned()]), "{output}");
    assert_nothing_left(run.dir());
}
