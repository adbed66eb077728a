//! Credentials that a registry repeats in its responses.

use super::{ODD, PLAIN, USER, Watched, assert_hidden, repeated};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::promotion::bikes;

const JOB: &str = "job: {KIND: PromotionJob, name: bikes, message: 'by the book'}\n";

/// A credential source.
struct Place {
    name: &'static str,
    secret: &'static str,
    plant: fn(Runner, &FakeMlflow) -> Runner,
}

fn config(mlflow: &str) -> String {
    format!("services: {{mlflow: {{http_request_max_retries: 0, {mlflow}}}}}\n{JOB}")
}

fn at(runner: Runner, fake: &FakeMlflow, mlflow: &str) -> Runner {
    runner.file("a.yaml", config(mlflow)).env("MLFLOW_TRACKING_URI", fake.uri())
}

fn quoted(secret: &str) -> String {
    serde_json::to_string(secret).unwrap()
}

/// Every credential source for an MLflow server.
fn credential_sources() -> Vec<Place> {
    vec![
        Place {
            name: "the variable of the password",
            secret: ODD,
            plant: |runner, fake| {
                let runner = at(runner, fake, "").env("MLFLOW_TRACKING_USERNAME", USER);
                runner.env("MLFLOW_TRACKING_PASSWORD", ODD)
            },
        },
        Place {
            name: "the variable of the token",
            secret: PLAIN,
            plant: |runner, fake| at(runner, fake, "").env("MLFLOW_TRACKING_TOKEN", PLAIN),
        },
        Place {
            name: "the config",
            secret: ODD,
            plant: |runner, fake| {
                at(runner, fake, &format!("tracking_username: {USER}, tracking_password: {}", quoted(ODD)))
            },
        },
        Place {
            name: "a variable that the config names",
            secret: PLAIN,
            plant: |runner, fake| at(runner, fake, "tracking_token: '${env:WHATEVER}'").env("WHATEVER", PLAIN),
        },
        Place {
            name: "a file that the config names",
            secret: ODD,
            plant: |runner, fake| {
                let fields = format!("tracking_username: {USER}, tracking_password: '${{file:mounted}}'");
                at(runner, fake, &fields).file("mounted", format!("{ODD}\n"))
            },
        },
        Place {
            name: "an override",
            secret: PLAIN,
            plant: |runner, fake| {
                let argument = format!("services.mlflow.tracking_token={PLAIN}");
                at(runner, fake, "").arg("--set").arg(argument)
            },
        },
        Place {
            name: "the address",
            secret: ODD,
            plant: |runner, fake| {
                let password = percent_encoding::utf8_percent_encode(ODD, super::USERINFO);
                let uri = fake.uri().replace("http://", &format!("http://{USER}:{password}@"));
                runner.file("a.yaml", config("")).env("MLFLOW_TRACKING_URI", uri)
            },
        },
        Place {
            name: "the netrc file",
            secret: PLAIN,
            plant: |runner, fake| {
                at(runner, fake, "").file(".netrc", format!("machine 127.0.0.1 login {USER} password {PLAIN}\n"))
            },
        },
        Place {
            name: "the file of MLflow's logins",
            secret: PLAIN,
            plant: |runner, fake| {
                let login = format!("mlflow_tracking_username = {USER}\nmlflow_tracking_password = {PLAIN}\n");
                at(runner, fake, "").file(".mlflow/credentials", format!("[mlflow]\n{login}"))
            },
        },
    ]
}

/// Every response in which a server may repeat a request.
fn echo_responses(secret: &str) -> Vec<(&'static str, Fault)> {
    let said = repeated(secret);
    let far = |form: &str| format!("{}{form}", "x".repeat(499 - form.chars().count() / 2));
    let location = format!("https://login.example/{}/x", said.replace(['\n', '"', 'é', '<', '>', ' '], ""));
    vec![
        ("the message", Fault::error(400, "INVALID_PARAMETER_VALUE", &said)),
        ("the code", Fault::error(400, &said, "no")),
        ("a code that passes", Fault::error(503, &said, &said)),
        ("a permission", Fault::error(403, "PERMISSION_DENIED", &said)),
        ("a refused login", Fault::error(401, "UNAUTHENTICATED", &said)),
        ("a long message", Fault::error(400, "INVALID_PARAMETER_VALUE", &far(secret))),
        ("a long text", Fault::status(502).body(&far(secret))),
        ("a text", Fault::status(500).body(&said)),
        ("a page", Fault::status(403).body(&format!("<!doctype html><p>{said}"))),
        ("a success that is none", Fault::status(200).body(&said)),
        ("a JSON that is none", Fault::status(200).body(&format!("{{\"registered_model\": {}}}", quoted(&said)))),
        ("a redirect", Fault::status(302).header("Location", &location)),
    ]
}

#[test]
fn no_credential_source_and_no_response_reveals_a_login() {
    for Place { name, secret, plant } in credential_sources() {
        for (way, _) in echo_responses(secret) {
            let fault = |(_, fault): (_, Fault)| fault.always();
            let find = || echo_responses(secret).into_iter().find(|(known, _)| *known == way).map(fault).unwrap();
            let fake = bikes().fault(find().on("registered-models/get"));
            let watched = Watched::new(secret, plant(Runner::new(), &fake).arg("a.yaml"));
            let run = watched.run(&format!("{name}, {way}"));
            assert_ne!(run.code, 0, "{name}, {way}: {run}");
            assert!(!fake.requests().is_empty(), "{name}, {way}: {run}");
        }
    }
}

#[test]
fn no_credential_source_reveals_a_login_before_a_job_runs() {
    for Place { name, secret, plant } in credential_sources() {
        let refused = || echo_responses(secret).swap_remove(4).1.always();
        for fake in [bikes(), bikes().fault(refused()), bikes().fault(echo_responses(secret).swap_remove(7).1.always())]
        {
            Watched::new(secret, plant(Runner::new(), &fake).arg("a.yaml")).look_only(name);
        }
    }
}

#[test]
fn a_login_repeated_by_a_proxy_is_redacted() {
    let password = percent_encoding::utf8_percent_encode(ODD, super::USERINFO).to_string();
    for status in [400, 407, 500, 200] {
        let reply = |_| crate::support::receiver::Reply::saying(status, &repeated(ODD));
        let receiver = crate::support::receiver::Receiver::start((0..99).map(reply));
        let runner = Runner::new().file("a.yaml", config("")).arg("a.yaml");
        let runner = runner.env("MLFLOW_TRACKING_URI", "http://mlflow.example");
        let proxy = receiver.url("").replace("http://", &format!("http://{USER}:{password}@"));
        let watched = Watched::new(ODD, runner.env("HTTP_PROXY", proxy));
        assert_ne!(watched.run("a proxy").code, 0);
        watched.look_only("a proxy");
        assert!(!receiver.requests().is_empty());
    }
}

#[test]
fn logins_stored_in_a_registry_are_redacted() {
    for Place { name, secret, plant } in credential_sources() {
        let fake = bikes();
        let said = repeated(secret);
        fake.change(|store| {
            for version in store.get("bikes").unwrap().versions.values_mut() {
                version.source.clone_from(&said);
                version.run_id = Some(said.clone());
                version.description = Some(said.clone());
                version.tags.insert(format!("key {said}"), said.clone());
            }
        });
        let watched = Watched::new(secret, plant(Runner::new(), &fake).arg("a.yaml"));
        watched.look_only(name);
        let run = watched.run(name);
        assert_eq!(run.code, 0, "{name}: {run}");
        let runner = plant(Runner::new(), &fake).arg("a.yaml");
        let config = std::fs::read_to_string(runner.dir().join("a.yaml")).unwrap();
        let runner = runner.file("a.yaml", config.replace(JOB, "job: {KIND: StatusJob, name: bikes}\n"));
        let run = Watched::new(secret, runner).run(name);
        assert_eq!(run.code, 0, "{name}: {run}");
    }
}

#[test]
fn a_login_in_a_message_is_redacted_in_the_history_and_the_report() {
    let fake = bikes();
    let runner = Runner::new().file("a.yaml", config("")).env("MLFLOW_TRACKING_URI", fake.uri());
    let runner = runner.env("MLFLOW_TRACKING_TOKEN", PLAIN).arg("a.yaml");
    let runner = runner.args(["--set"]).arg(format!("job.message=deployed with {PLAIN}"));
    let watched = Watched::new(PLAIN, runner);
    watched.look_only("a message");
    let run = watched.run("a message");
    assert_eq!(run.code, 0, "{run}");
    let history = fake.tag("bikes", "runner.history.Champion").unwrap();
    assert_hidden(PLAIN, "the history", &history);
    assert!(history.contains("deployed with ***"), "{history}");
}

#[test]
fn messages_of_the_program_repeat_no_known_secret() {
    let planted = format!("no-{PLAIN}");
    let missing = format!("{planted}/x");
    let report = format!("json={missing}");
    let log = format!("services.logger.sink={missing}");
    let kind = format!("job.KIND={planted}");
    let key = format!("job.{planted}=1");
    for (what, arguments) in [
        ("a config that is not there", vec![missing.as_str()]),
        ("a report that cannot be written", vec!["--report", &report]),
        ("a log that cannot be written", vec!["--set", &log]),
        ("a kind that is none", vec!["--set", &kind]),
        ("a key that is none", vec!["--set", &key]),
        ("a base that is not there", vec!["--base", &missing]),
    ] {
        let fake = bikes();
        let runner = Runner::new().file("a.yaml", config("")).env("MLFLOW_TRACKING_URI", fake.uri()).arg("a.yaml");
        let run = runner.env("MLFLOW_TRACKING_TOKEN", PLAIN).run_with(&arguments);
        assert_ne!(run.code, 0, "{what}: {run}");
        assert_hidden(PLAIN, what, &run.to_string());
        assert!(run.to_string().contains("***"), "{what}: {run}");
    }
}

#[test]
fn a_password_that_is_a_common_word_breaks_no_document() {
    for word in ["status", "promoted", "name", "jobs", "bikes", "Champion", "true"] {
        let fake = bikes();
        let runner = Runner::new().file("a.yaml", config("")).env("MLFLOW_TRACKING_URI", fake.uri());
        let runner = runner.env("MLFLOW_TRACKING_USERNAME", USER).env("MLFLOW_TRACKING_PASSWORD", word).arg("a.yaml");
        let plan = runner.run_with(&["--plan", "-o", "yaml"]);
        let plan: serde_json::Value = serde_yaml::from_str(&plan.stdout).unwrap();
        assert_eq!((&plan["job"]["name"], &plan["job"]["alias"]), (&"bikes".into(), &"Champion".into()), "{word}");
        let run = runner.run_with(&["-o", "json", "--report", "junit=j.xml"]);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let job = &document["jobs"][0];
        assert_eq!((&job["status"], &job["outcome"]["name"]), (&"promoted".into(), &"bikes".into()), "{word}");
        let report = std::fs::read_to_string(runner.dir().join("j.xml")).unwrap();
        assert!(report.contains("<testcase name=") && report.contains("bikes@Champion: 2 -&gt; 3"), "{word}: {report}");
    }
}
