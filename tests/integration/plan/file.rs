//! The config of a printed plan.

use serde_json::{Value, json};

use super::{apply_plan, plan, print_plan};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::promotion::{assert_only_read, bikes, job, promote};

#[test]
fn a_plan_is_a_config_pinned_to_the_current_state() {
    let fake = bikes();
    let runner =
        job(promote(&fake), &["message=weekly release", "gates=[{KIND: TagGate, key: a, equals: b, mode: warn}]"]);
    let run = runner.run_with(&["-q", "--plan", "-o", "yaml"]);
    insta::assert_snapshot!(run.snapshot());
    assert_only_read(&fake);
}

#[test]
fn an_applied_plan_promotes_the_planned_version_despite_a_later_one() {
    let fake = bikes();
    let plan = print_plan(&promote(&fake));
    fake.add_version("bikes", 4);
    let run = apply_plan(&plan, &fake).run();
    assert!(run.code == 0 && run.stdout.contains("promoted"), "{run}");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn a_json_plan_can_be_applied() {
    let fake = bikes();
    let run = promote(&fake).run_with(&["-q", "--plan", "-o", "json"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&plan["job"]["version"], &plan["job"]["expect"]), (&json!(3), &json!(2)), "{run}");
    let run =
        Runner::new().file("plan.json", &run.stdout).arg("plan.json").env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert!(run.code == 0 && run.stdout.contains("promoted"), "{run}");
}

#[test]
fn a_plan_of_a_first_promotion_expects_no_alias() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
    let plan = print_plan(&promote(&fake));
    assert!(plan.contains("expect: none\n") && plan.contains("bikes@Champion: none -> 1\n"), "{plan}");
    assert_eq!(apply_plan(&plan, &fake).run().code, 0);
}

#[test]
fn a_plan_of_an_unchanged_job_expects_the_current_version() {
    let fake = bikes();
    let plan = print_plan(&job(promote(&fake), &["version=2"]));
    assert!(
        plan.contains("version: 2\n") && plan.contains("expect: 2\n") && plan.contains("2 -> 2, unchanged"),
        "{plan}"
    );
    let run = apply_plan(&plan, &fake).run();
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run}");
}

#[test]
fn interpolations_are_listed_without_their_values() {
    let fake = bikes();
    let config = "services: {mlflow: {registry_name: '${env:MODEL}', tracking_uri: '${env:URI}'}}\n\
                  job: {KIND: PromotionJob, message: 'by ${env:USER,nobody}: $${x}', version: '${env:VERSION}'}";
    let runner = Runner::new().file("a.yaml", config).arg("a.yaml").env("URI", fake.uri());
    let runner = runner.env("MODEL", "bikes").env("USER", "ada").env("VERSION", "latest");
    let runner = runner.env("RUNNER__SERVICES__ALERTS__APP_NAME", "Bikes").env("MLFLOW_HTTP_REQUEST_TIMEOUT", "5");
    insta::assert_snapshot!(runner.run_with(&["-q", "--plan", "-o", "yaml"]).snapshot());
    let plan = print_plan(&runner);
    let run = apply_plan(&plan, &fake).env("URI", fake.uri()).env("MODEL", "bikes").run();
    assert_eq!(run.code, 0, "{run}");
    let history = fake.tag("bikes", "runner.history.Champion").unwrap();
    assert!(history.contains(r#""message":"by ada: ${x}""#), "{history}");
}

#[test]
fn bases_and_arguments_are_part_of_a_plan() {
    let fake = bikes();
    let runner =
        promote(&fake).file("base.yaml", "services: {alerts: {app_name: Base}, mlflow: {http_request_timeout: 7}}");
    let runner =
        runner.args(["--base", "base.yaml", "-e", "{job: {message: from the extras}}", "--set", "job.record=false"]);
    let plan = print_plan(&runner);
    for part in ["app_name: Bikes", "http_request_timeout: 7", "message: from the extras", "record: false"] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
}

#[test]
fn variables_of_the_job_are_part_of_a_plan_and_named() {
    let fake = bikes();
    let run = promote(&fake).env("RUNNER__JOB__VERSION", "1").run_with(&["-q", "--plan", "-o", "yaml"]);
    assert!(run.stdout.contains("version: 1\n"), "{run}");
    assert!(run.stderr.contains("the plan holds what RUNNER__JOB__VERSION says: unset it"), "{run}");
}

#[test]
fn several_files_become_one_list_with_shared_services_on_top() {
    let fake = bikes().model("cars", |model| model.version(1));
    let first = "services: {alerts: {app_name: One}, mlflow: {registry_name: bikes}}\n\
                 jobs: [{KIND: PromotionJob}, {KIND: RegistrationJob, source: 's3://bucket/model', alias: New}]";
    let second = "services: {alerts: {app_name: Two}, mlflow: {registry_name: bikes}}\n\
                  job: {KIND: PromotionJob, name: cars, logger_service: {level: DEBUG}}";
    let runner = Runner::new().file("a.yaml", first).file("b.yaml", second).args(["a.yaml", "b.yaml"]);
    let runner = runner.env("MLFLOW_TRACKING_URI", fake.uri());
    insta::assert_snapshot!(runner.run_with(&["-q", "--plan", "-o", "yaml"]).snapshot());
    let run = apply_plan(&print_plan(&runner), &fake).run();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.stderr.contains("[One] Promotion Job") && run.stderr.contains("[Two] Promotion Job"), "{run}");
    assert_eq!((fake.alias("bikes", "New"), fake.alias("cars", "Champion")), (Some(4), Some(1)));
}

#[test]
fn a_job_that_depends_on_an_earlier_one_cannot_be_pinned() {
    let fake = bikes();
    let jobs = "services: {mlflow: {registry_name: bikes}}\n\
                jobs: [{KIND: PromotionJob, alias: Staging}, {KIND: PromotionJob, version: '@Staging'}]";
    let runner = Runner::new().file("a.yaml", jobs).arg("a.yaml").env("MLFLOW_TRACKING_URI", fake.uri());
    insta::assert_snapshot!(runner.run_with(&["-q", "--plan", "-o", "yaml"]).snapshot());
    let twice = "services: {mlflow: {registry_name: bikes}}\n\
                 jobs: [{KIND: PromotionJob, version: 1}, {KIND: PromotionJob, version: 3}]";
    let run = runner.file("a.yaml", twice).run_with(&["-q", "--plan", "-o", "yaml"]);
    assert!(run.code == 3 && run.stdout.is_empty() && run.stderr.contains("NOT_PLANNED_YET"), "{run}");
}

#[test]
fn a_job_without_a_plan_prints_nothing_and_sets_the_exit_code() {
    let blocked = job(promote(&bikes()), &["expect=1"]).run_with(&["-q", "--plan", "-o", "yaml"]);
    insta::assert_snapshot!(blocked.snapshot());
    let failed = job(promote(&bikes()), &["version=9"]).run_with(&["--plan", "-o", "json"]);
    assert!(failed.code == 1 && failed.stdout.is_empty() && failed.stderr.contains("has no version 9"), "{failed}");
    let broken = bikes().fault(Fault::status(503).always());
    let down = promote(&broken).run_with(&["--plan", "-o", "yaml"]);
    assert!(down.code == 4 && down.stdout.is_empty() && down.stderr.contains("answered 503"), "{down}");
}

#[test]
fn the_report_stays_the_result_of_the_run() {
    let fake = bikes();
    let (run, report) = plan(&promote(&fake), &["-o", "yaml"]);
    assert!(run.stdout.starts_with("# Planned"), "{run}");
    assert_eq!((&report["jobs"][0]["status"], &report["exit_code"]), (&json!("planned"), &json!(0)));
}

#[test]
fn yaml_is_for_plans_only() {
    insta::assert_snapshot!(Runner::new().args(["-o", "yaml", "a.yaml"]).run().snapshot());
    let logging = "services: {logger: {sink: stdout}}\njob: {KIND: PromotionJob, name: bikes}";
    let run = Runner::new().file("a.yaml", logging).args(["--plan", "-o", "yaml", "a.yaml"]).run();
    assert!(run.code == 2 && run.stderr.contains("where `--output yaml` writes its document"), "{run}");
}

#[test]
fn every_name_and_message_survives_a_plan() {
    let odd = [
        "it's",
        "dq\"x",
        "both'\"",
        "two words",
        "Fahrräder 日本",
        "100%25 + a&b=c#d?",
        "back\\slash",
        " padded ",
        "yes",
        "007",
        "a: b",
        "- x",
        "# x",
        "null",
        "line\nbreak",
        "\u{2028}x",
        "${env:HOME}",
        "{x}",
        "<<",
    ];
    for name in odd {
        let fake = FakeMlflow::start().model(name, |model| model.version(1).version(2).alias("Champion", 1));
        let message = format!("{name}\n  {name}\n");
        let config = json!({ "job": { "KIND": "PromotionJob", "name": name.replace("${", "$${"), "message": message.replace("${", "$${") } });
        let runner =
            Runner::new().file("a.json", config.to_string()).arg("a.json").env("MLFLOW_TRACKING_URI", fake.uri());
        let run = apply_plan(&print_plan(&runner), &fake).run();
        assert!(run.code == 0 && fake.alias(name, "Champion") == Some(2), "{name:?}: {run}");
        let history = fake.tag(name, "runner.history.Champion").unwrap();
        let entries: Value = serde_json::from_str(&history).unwrap();
        assert_eq!(entries[0]["message"], json!(message), "{history}");
    }
}
