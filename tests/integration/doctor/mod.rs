//! `--doctor`: the diagnosis of working and broken connections, without writes.

pub(crate) mod certificates;
mod registries;

use serde_json::Value;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::{Output, Runner};
use crate::support::promotion::{assert_only_read, bikes, promote};

const ME: &str = "users/current";
const MINE: &str = "/api/3.0/mlflow/users/permissions/get";

/// Builds a `--doctor` run on a registry, with short timeouts.
fn doctor(fake: &FakeMlflow) -> Runner {
    promote(fake).arg("--doctor").env("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
}

/// Asserts that the line of a topic contains a text.
#[track_caller]
pub(crate) fn saw(run: &Output, status: &str, topic: &str, text: &str) {
    let fits = |line: &str| {
        let mut words = line.split_whitespace();
        words.next() == Some(status) && words.next() == Some(topic) && line.contains(text)
    };
    assert!(run.stdout.lines().any(fits), "no line says {status} {topic} {text:?}:\n{run}");
}

/// Asserts the exit code, the line of a topic and the hint for a server with a fault.
#[track_caller]
fn assert_diagnosis(fault: Fault, code: i32, (status, topic, text): (&str, &str, &str)) {
    let fake = bikes().fault(fault);
    let run = doctor(&fake).run();
    assert_eq!(run.code, code, "{run}");
    saw(&run, status, topic, text);
    assert!(run.stdout.contains("to do: "), "{run}");
}

#[test]
fn a_healthy_server_is_diagnosed_without_writes() {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let fake = bikes().fault(Fault::status(200).body("3.17.2").header("Date", &now).on("/version"));
    let run = doctor(&fake).run();
    let output = run.snapshot();
    let output = regex::Regex::new(r"\d+ ms").unwrap().replace(&output, "3 ms");
    insta::assert_snapshot!(output, @"
    exit: 0
    --- stdout
    http://127.0.0.1:[PORT] (promotion.yaml)
      ok           address     from the variable MLFLOW_TRACKING_URI
      ok           tls         not used
      ok           latency     the first answer came after 3 ms, with a new connection
      ok           clock       both clocks agree
      ok           server      MLflow 3.17.2, over REST
      ok           login       none is set, and the server asked for none
      ok           workspace   this server has no workspaces
      ok           model       bikes: Champion points to version 2
      unknown      permission  bikes: not known without writing

    all is well
    --- stderr
    ");
    assert_only_read(&fake);
}

#[test]
fn an_outage_exits_with_4() {
    assert_diagnosis(Fault::hang().on("/version"), 4, ("unavailable", "server", "no answer within 1 s"));
    assert_diagnosis(Fault::reset().on("/version"), 4, ("unavailable", "server", "the connection was reset"));
    assert_diagnosis(Fault::status(503).on("/version"), 4, ("unavailable", "server", "503"));
    assert_diagnosis(
        Fault::hang().on("registered-models/get"),
        4,
        ("unavailable", "model", "did not answer within 1 s"),
    );
}

#[test]
fn a_uri_is_reported_with_its_source() {
    let at = "http://127.0.0.1:1";
    let config = format!(
        "[services.mlflow]\nregistry_name = \"bikes\"\ntracking_uri = \"{at}\"\n\n[[jobs]]\nKIND = \"StatusJob\"\n\n\
         [[jobs]]\nKIND = \"StatusJob\"\n[jobs.mlflow_service]\nregistry_uri = \"{at}/other\"\n"
    );
    let runner = Runner::new().file("jobs.toml", config).args(["--doctor", "jobs.toml"]);
    let run = runner.run();
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "ok", "address", "from `services.mlflow.tracking_uri` in jobs.toml, line 3");
    saw(&run, "ok", "address", "from `jobs[1].mlflow_service.registry_uri` in jobs.toml, line 11");
    let run = runner.run_with(&["--set", "services.mlflow.tracking_uri=http://127.0.0.1:2"]);
    saw(&run, "ok", "address", "from `services.mlflow.tracking_uri` in --set services.mlflow.tracking_uri");
    let run = runner.env("RUNNER__SERVICES__MLFLOW__TRACKING_URI", at).run();
    saw(&run, "ok", "address", "from the variable RUNNER__SERVICES__MLFLOW__TRACKING_URI");
}

#[test]
fn an_unreachable_server_exits_with_4() {
    let run = doctor(&bikes()).env("MLFLOW_TRACKING_URI", "http://127.0.0.1:1").run();
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "unavailable", "server", "connection refused");
}

#[test]
fn a_refused_login_is_reported_with_its_source_and_without_its_secret() {
    let fault = || Fault::status(401).body("no hunter2secret, no t0ken-secret").on("/version");
    assert_diagnosis(fault(), 4, ("unavailable", "login", "none is set"));
    let fake = bikes().fault(fault());
    let run = doctor(&fake).args(["--set", "services.mlflow.tracking_token=t0ken-secret", "-o", "json", "-vv"]).run();
    assert_eq!(run.code, 4, "{run}");
    let all = run.to_string();
    assert!(all.contains("the owner of a token") && all.contains("in --set services.mlflow.tracking_token)"), "{all}");
    assert!(!all.contains("t0ken-secret"), "{all}");
    let fake = bikes().fault(fault());
    let uri = fake.uri().replace("//", "//ada:hunter2secret@");
    let run = doctor(&fake).env("MLFLOW_TRACKING_URI", uri).run();
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "unavailable", "login", "a user, with a password (from the address)");
    // The user name may be a token, as in many services.
    assert!(!run.stdout.contains("ada,") && !run.to_string().contains("hunter2secret"), "{run}");
}

#[test]
fn credentials_of_the_host_are_used_and_reported_with_their_source() {
    let filed = "[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = hunter2secret\n";
    let netrc = "machine 127.0.0.1 login ada password hunter2secret\n";
    for (path, text, place) in
        [(".mlflow/credentials", filed, "~/.mlflow/credentials"), (".netrc", netrc, "the netrc file")]
    {
        let fake = bikes();
        let run = doctor(&fake).file(path, text).run();
        assert_eq!(run.code, 0, "{run}");
        saw(&run, "ok", "login", &format!("ada, with a password (from {place})"));
        assert!(fake.requests().iter().all(|request| request.header("authorization").is_some()));
        assert!(!run.to_string().contains("hunter2secret"), "{run}");
    }
}

#[test]
fn a_configured_workspace_is_reported_as_found_or_missing() {
    let in_team = |fake: &FakeMlflow| doctor(fake).env("MLFLOW_WORKSPACE", "team-a").run();
    let run = in_team(&bikes());
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "workspace", "there are no workspaces, and so no workspace team-a");
    assert!(!run.stdout.contains("  model  "), "the same is said twice: {run}");
    let info = Fault::status(200).body(r#"{"workspaces_enabled": true}"#).on("/api/3.0/mlflow/server-info").always();
    let model = Fault::status(404).on("registered-models/get").always();
    saw(&in_team(&bikes().fault(info).fault(model)), "ok", "workspace", "team-a, as configured");
}

#[test]
fn a_server_that_is_not_mlflow_is_a_failure() {
    let elsewhere = Fault::status(301).header("Location", "https://other.example/mlflow").on("/version");
    assert_diagnosis(elsewhere, 1, ("failed", "server", "it redirects to https://other.example/mlflow"));
    assert_diagnosis(Fault::html(200).always(), 1, ("failed", "model", "it answers with a page titled \"Sign in\""));
    assert_diagnosis(
        Fault::html(404).always(),
        1,
        ("failed", "model", "asked for registered-models/get, it answered 404"),
    );
    assert_diagnosis(
        Fault::status(403).always(),
        1,
        ("failed", "permission", "does not let this login read the model bikes"),
    );
    assert_diagnosis(
        Fault::status(200).body("2.2.1").on("/version"),
        1,
        ("failed", "server", "MLflow 2.2.1 has no aliases"),
    );
}

#[test]
fn a_sign_in_page_is_reported_as_missing_credentials() {
    let sso = || Fault::status(302).header("Location", "https://sso.example/login?rd=x");
    assert_diagnosis(sso().on("/version"), 4, ("unavailable", "login", "it redirects to https://sso.example/login"));
    assert_diagnosis(
        sso().on("registered-models/get").always(),
        4,
        ("unavailable", "login", "https://sso.example/login"),
    );
}

#[test]
fn a_server_that_rejects_its_host_name_is_reported_with_a_hint() {
    let reply = "Invalid Host header - possible DNS rebinding attack detected";
    // MLflow still responds to `/version`.
    let fake = bikes().fault(Fault::status(403).body(reply).after(1).always());
    let run = doctor(&fake).run();
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "server", reply);
    assert!(run.stdout.contains("--allowed-hosts"), "{run}");
    assert!(!run.stdout.contains("  login  ") && !run.stdout.contains("  workspace  "), "{run}");
}

#[test]
fn a_missing_model_is_a_failure_unless_a_job_registers_it() {
    let fake = FakeMlflow::start();
    let run = doctor(&fake).run();
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "model", "no registered model \"bikes\"");
    let job = "{job: {KIND: RegistrationJob, name: boats, source: x}}";
    let run = Runner::new().file("boats.yaml", job).args(["--doctor", "boats.yaml"]);
    let run = run.env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert_eq!(run.code, 0, "{run}");
    saw(&run, "ok", "model", "a job makes it");
}

#[test]
fn permissions_are_reported_if_the_server_exposes_them() {
    let me = |admin: bool| {
        let user = format!(r#"{{"user": {{"id": 1, "username": "ada", "is_admin": {admin}}}, "is_basic_auth": true}}"#);
        Fault::status(200).body(&user).on(ME).always()
    };
    let may = |permission: &str| {
        Fault::status(200).body(&format!(r#"{{"allowed": true, "permission": "{permission}"}}"#)).on(MINE)
    };
    for (faults, code, status, text) in [
        (vec![me(true)], 0, "ok", "ada is an administrator"),
        (vec![me(false), may("EDIT")], 0, "ok", "ada has EDIT, and may move"),
        (vec![me(false), may("READ")], 1, "failed", "ada has READ, which does not let"),
        (vec![me(false)], 0, "unknown", "not known without writing"),
    ] {
        let fake = faults.into_iter().fold(bikes(), FakeMlflow::fault);
        let login = [("MLFLOW_TRACKING_USERNAME", "ada"), ("MLFLOW_TRACKING_PASSWORD", "hunter2secret")];
        let run = login.into_iter().fold(doctor(&fake), |runner, (name, value)| runner.env(name, value)).run();
        assert_eq!(run.code, code, "{run}");
        saw(&run, status, "permission", text);
        saw(&run, "ok", "login", "from the variable MLFLOW_TRACKING_PASSWORD");
        saw(&run, "ok", "server", "MLflow 3.17.2 with basic-auth");
        assert!(!run.to_string().contains("hunter2secret"), "{run}");
    }
}

#[test]
fn clock_skew_is_a_warning() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let fault = Fault::status(200).body("3.17.2").header("Date", date).on("/version");
    assert_diagnosis(fault, 0, ("warning", "clock", "behind this machine's"));
}

#[test]
fn each_connection_is_inspected_once() {
    let fake = bikes();
    let job = "job: {KIND: StatusJob, name: bikes}\nservices: {mlflow: {http_request_max_retries: 0}}\n";
    let run = doctor(&fake).file("status.yaml", job).args(["status.yaml", "promotion.yaml"]).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stdout.contains("(promotion.yaml, status.yaml)"), "{run}");
    assert_eq!(fake.calls().iter().filter(|call| *call == "GET /version").count(), 1);
}

#[test]
fn the_json_document_matches_the_printed_diagnosis() {
    let fake = bikes();
    let run = doctor(&fake).args(["-o", "json", "--set", "services.logger.sink=stdout"]).run();
    assert_eq!(run.code, 0, "{run}");
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&document["status"], &document["exit_code"]), (&"ok".into(), &0.into()));
    let connection = &document["connections"][0];
    assert_eq!(connection["configs"], serde_json::json!(["promotion.yaml"]));
    let topics: Vec<&str> = connection["observations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|observation| observation["topic"].as_str().unwrap())
        .collect();
    let expected = ["address", "tls", "latency", "clock", "server", "login", "workspace", "model", "permission"];
    assert_eq!(topics, expected);
}

#[test]
fn a_bad_config_is_reported_before_anything_is_inspected() {
    let fake = bikes();
    let run = doctor(&fake).args(["--set", "job.alais=x"]).run();
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{run}");
    assert!(fake.calls().is_empty());
}

#[test]
fn doctor_conflicts_with_every_other_mode() {
    for other in [vec!["--plan"], vec!["--check"], vec!["--report", "json=x.json"], vec!["--schema"]] {
        let run = doctor(&bikes()).args(other).run();
        assert_eq!(run.code, 2, "{run}");
        assert!(run.stderr.contains("cannot be used with"), "{run}");
    }
}

#[test]
fn a_proxy_that_refuses_is_reported() {
    let to = |proxy: String| {
        let runner = doctor(&bikes()).env("MLFLOW_TRACKING_URI", "http://mlflow.test:5000");
        runner.env("HTTP_PROXY", proxy.replace("//", "//u:pr0xy-secret@")).run()
    };
    let run = to("http://127.0.0.1:1".to_owned());
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "unavailable", "proxy", "the proxy http://127.0.0.1:1 (HTTP_PROXY) refused the connection");
    let proxy = FakeMlflow::start().fault(Fault::status(407));
    let run = to(proxy.uri());
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "unavailable", "proxy", "wants a login (407)");
    assert!(!run.to_string().contains("pr0xy-secret"), "{run}");
}

#[test]
fn ignored_credentials_are_reported_with_their_source() {
    let fake = bikes();
    let run = doctor(&fake).env("MLFLOW_TRACKING_USERNAME", "ada").run();
    assert_eq!(run.code, 0, "{run}");
    let half = "tracking_username (from the variable MLFLOW_TRACKING_USERNAME) is ignored: the other half of the login";
    saw(&run, "warning", "login", half);
    saw(&run, "ok", "login", "none is set");
    let runner = doctor(&fake).env("MLFLOW_TRACKING_USERNAME", "ada").env("MLFLOW_TRACKING_TOKEN", "t0ken-secret");
    let run = runner.env("MLFLOW_TRACKING_PASSWORD", "hunter2secret").run();
    let beaten = "tracking_token (from the variable MLFLOW_TRACKING_TOKEN) is ignored: a user with a password wins";
    saw(&run, "warning", "login", beaten);
    saw(&run, "ok", "login", "ada, with a password");
    assert!(run.stdout.contains("all is well, but for the warnings"), "{run}");
    assert!(!run.to_string().contains("t0ken-secret") && !run.to_string().contains("hunter2secret"), "{run}");
}
