//! Golden files: standard output and exit codes of many runs on each kind of registry.
//!
//! A case is a sequence of runs on one registry. Its golden file holds the exit code and the standard output
//! of each: the JSON document, or the plan. Standard error is checked by the tests of each feature.

use regex::Regex;

use crate::support::fake_mlflow::{FakeMlflow, Model};
use crate::support::file_store_fixture::{copy_folder, mlflow_store};
use crate::support::harness::{Runner, redacted};
use crate::support::sqlite_fixture::unpack;

const SERVICES: &str = "services: { mlflow: { registry_name: bikes, http_request_max_retries: 0 } }\n";

const PROMOTE: &str = "job: { KIND: PromotionJob, version: 3, message: weekly }";
const PROMOTE_2: &str = "job: { KIND: PromotionJob, version: 2 }";
const BACK: &str = "job: { KIND: RollbackJob }";
const REGISTER: &str = "job: { KIND: RegistrationJob, source: 's3://models/bikes/6', alias: New, tags: { by: ada } }";
const SELECT: &str = "\
job: { KIND: PromotionJob, select: { filter: \"tags.validation_status = 'approved'\", order_by: metrics.rmse ASC } }";
const GATES: &str = "\
job:
  KIND: PromotionJob
  version: 3
  gates:
    - { KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.25, min_absolute_change: 0.01 }
    - { KIND: TagGate, key: validation_status, equals: approved, mode: warn }
    - { KIND: AliasGate, alias: Staging }
    - { KIND: CommandGate, command: [sh, -c, exit 1] }";
const PASSES: &str =
    "job: { KIND: PromotionJob, version: 3, verify: { gates: [{ KIND: CommandGate, command: ['true'] }] } }";
const FAILS: &str = "\
job:
  KIND: PromotionJob
  version: 3
  verify: { attempts: 2, interval: 0, gates: [{ KIND: CommandGate, command: [sh, -c, echo no; exit 1] }] }";
const BATCH: &str = "\
jobs:
  - { KIND: PromotionJob, version: 3 }
  - { KIND: PromotionJob, alias: New, version: 2 }
  - { KIND: PromotionJob, alias: Bad, version: 9 }
  - { KIND: PromotionJob, alias: Late, version: 1 }";
const HISTORY: &str = "job: { KIND: HistoryJob }";
const STATUS: &str = "job: { KIND: StatusJob, metrics: [rmse, r2] }";
/// The plan that the previous run printed.
const PLAN: &str = "";

/// A case: its name, and the arguments and the jobs of each of its runs.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

/// Cases that depend on the backend, and run on all backends.
const EVERYWHERE: [Case; 8] = [
    ("promoted", &[("-o json", PROMOTE), ("-o json", PROMOTE), ("-o json --set job.record=false", PROMOTE_2)]),
    ("selected", &[("-o json", SELECT)]),
    ("plan_applied", &[("--plan -o yaml", PROMOTE), ("-o json", PLAN), ("-o json", PROMOTE_2), ("-o json", PLAN)]),
    ("registered", &[("--plan -o yaml", REGISTER), ("-o json", REGISTER), ("-o json --set job.name=new", REGISTER)]),
    ("rolled_back", &[("-o json", PROMOTE), ("--plan -o yaml", BACK), ("-o json", BACK), ("-o json", BACK)]),
    ("history", &[("-o json", PROMOTE), ("-o json", PROMOTE_2), ("-o json", HISTORY)]),
    ("status", &[("-o json", STATUS)]),
    ("doctor", &[("--doctor -o json", PROMOTE), ("--doctor -o json --set job.name=cars", PROMOTE)]),
];

/// Cases that are equal on all backends, and run on a server only.
const ON_A_SERVER: [Case; 15] = [
    ("blocked_by_gates", &[("-o json", GATES), ("--plan -o yaml", GATES)]),
    ("blocked_by_expect", &[("-o json --set job.expect=2", PROMOTE), ("-o json --set job.expect=none", PROMOTE)]),
    ("blocked_by_status", &[("-o json --set job.version=5", PROMOTE)]),
    ("version_not_found", &[("-o json --set job.version=9", PROMOTE)]),
    ("model_not_found", &[("-o json --set job.name=cars", PROMOTE)]),
    ("unavailable", &[("-o json --set services.mlflow.tracking_uri=http://127.0.0.1:1", PROMOTE)]),
    ("bad_config", &[("-o json --set job.versio=3", PROMOTE), ("--check", PROMOTE)]),
    ("planned", &[("--plan --report json=report.json", PROMOTE), ("--plan --report json=report.json", GATES)]),
    ("plan", &[("--plan -o yaml", PROMOTE), ("--plan -o json", PROMOTE), ("--plan -o yaml", SELECT)]),
    ("plan_of_a_batch", &[("--plan -o yaml --set jobs.2.version=3", BATCH), ("--plan -o yaml", BATCH)]),
    ("verified", &[("-o json", PASSES)]),
    ("verification_failed", &[("-o json", FAILS), ("-o json --set job.on_verify_failure=keep", FAILS)]),
    ("batch_stopped", &[("-o json", BATCH)]),
    ("batch_continued", &[("-o json --on-failure continue", BATCH)]),
    ("batch_restored", &[("-o json --on-failure restore", BATCH)]),
];

#[test]
fn runs_on_a_server_match_their_golden_files() {
    compare(&[&EVERYWHERE[..], &ON_A_SERVER].concat(), "server", |runner| {
        let fill = |model: Model| {
            let ready = [(1, "approved"), (2, "approved"), (3, "pending")];
            let model = ready.into_iter().fold(model, |model, (number, status)| {
                let status = ("validation_status".to_owned(), status.to_owned());
                model.version(number).with(number, |version| version.tags.extend([status]))
            });
            model.version_as(5, "PENDING_REGISTRATION").alias("Champion", 1).alias("Staging", 2)
        };
        let fake = FakeMlflow::start().model("bikes", fill);
        let metrics = [("run1", 0.3, 0.75), ("run2", 0.25, 0.8), ("run3", 0.21, 0.85)];
        let fake = metrics.iter().fold(fake, |fake, (run, rmse, r2)| fake.run(run, &[("rmse", *rmse), ("r2", *r2)]));
        let uri = fake.uri();
        (runner.env("MLFLOW_TRACKING_URI", uri), Some(fake))
    });
}

#[test]
fn runs_on_sqlite_match_their_golden_files() {
    compare(&EVERYWHERE, "sqlite", |runner| {
        unpack("3.18.0", &runner.dir().join("mlflow.db"));
        (runner.env("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db"), None)
    });
}

#[test]
fn runs_on_the_file_store_match_their_golden_files() {
    compare(&EVERYWHERE, "files", |runner| {
        copy_folder(&mlflow_store(), &runner.dir().join("mlruns"));
        (runner.env("MLFLOW_TRACKING_URI", "./mlruns"), None)
    });
}

/// Compares every case with its golden file; each starts with a fresh registry.
fn compare(cases: &[Case], registry: &str, prepare: impl Fn(Runner) -> (Runner, Option<FakeMlflow>)) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(registry);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, runs) in cases {
        let (runner, fake) = prepare(Runner::new().env("RUNNER_ACTOR", "ada"));
        let printed = runs.iter().fold(String::new(), |printed, (args, jobs)| printed + &print(&runner, args, jobs));
        settings.bind(|| insta::assert_snapshot!(*name, printed));
        drop(fake);
    }
}

/// Runs jobs, and returns the exit code and the normalized output.
fn print(runner: &Runner, args: &str, jobs: &str) -> String {
    let config = if jobs == PLAN { "plan.yaml" } else { "jobs.yaml" };
    if jobs != PLAN {
        std::fs::write(runner.dir().join(config), format!("{SERVICES}{jobs}\n")).unwrap();
    }
    let args: Vec<&str> = args.split(' ').chain(["-qqq", config]).collect();
    let run = runner.run_with(&args);
    if args.contains(&"yaml") {
        std::fs::write(runner.dir().join("plan.yaml"), &run.stdout).unwrap();
    }
    let report = std::fs::read_to_string(runner.dir().join("report.json"));
    let stdout = redacted(&report.unwrap_or(run.stdout), runner.dir());
    let stdout = Regex::new(r#"("age": )\d+|\b1[78]\d{11}\b|\b\d+ ms\b"#).unwrap().replace_all(&stdout, "${1}[TIME]");
    format!("$ runner {}\nexit: {}\n{stdout}\n", args.join(" "), run.code)
}
