//! Registrations: the files of a model become a new version.

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;

const CONFIG: &str = "\
services:
  logger: { format: compact }
  mlflow: { registry_name: bikes, http_request_max_retries: 1, http_request_backoff_factor: 0,
            http_request_backoff_jitter: 0 }
job:
  KIND: RegistrationJob
  source: runs:/r1/model
";

fn register(fake: &FakeMlflow) -> Runner {
    let runner = Runner::new().file("registration.yaml", CONFIG).arg("registration.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada")
}

fn bikes() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1).alias("Champion", 1))
}

#[test]
fn a_new_model_gets_its_first_version() {
    let fake = FakeMlflow::start();
    insta::assert_snapshot!(register(&fake).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB                MODEL  ALIAS  BEFORE  WANTED  NOW  STATUS      TIME
    registration.yaml  bikes  -      -       1       -    registered  [SECONDS] s
    --- stderr
    INFO bikes: created the registered model
    INFO bikes: registered version 1
    [Runner] Registration Job Finished: bikes: version 1
    ");
    insta::assert_snapshot!(fake.calls().join("\n"), @r"
    POST registered-models/create
    POST model-versions/create
    ");
}

#[test]
fn an_existing_model_gets_its_next_version() {
    let fake = bikes();
    insta::assert_snapshot!(register(&fake).run().snapshot(), @"
    exit: 0
    --- stdout
    JOB                MODEL  ALIAS  BEFORE  WANTED  NOW  STATUS      TIME
    registration.yaml  bikes  -      -       2       -    registered  [SECONDS] s
    --- stderr
    [Runner] Registration Job Finished: bikes: version 2
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
}

#[test]
fn all_fields_of_a_version_are_sent_to_the_registry() {
    let fake = bikes();
    let extras = "{job: {run_id: r1, description: 'it''s new', tags: {git: abc, '日本': ' x '}}}";
    assert_eq!(register(&fake).args(["-e", extras]).run().code, 0);
    let created = fake.requests().into_iter().find(|request| request.endpoint() == "model-versions/create");
    insta::assert_snapshot!(created.map(|request| request.json().to_string()).unwrap_or_default(), @r#"{"name":"bikes","source":"runs:/r1/model","run_id":"r1","description":"it's new","tags":[{"key":"git","value":"abc"},{"key":"日本","value":" x "}]}"#);
}

#[test]
fn the_run_or_logged_model_of_a_source_is_sent_as_python_sends_it() {
    let source = |source: &str, config: &str| {
        let fake = bikes();
        let run = register(&fake).args(["--set", &format!("job.source={source}"), "-e", config]).run();
        let created = fake.requests().into_iter().find(|request| request.endpoint() == "model-versions/create");
        let sent = created.map(|request| request.json()).unwrap_or_default();
        (run.code, sent["run_id"].as_str().map(str::to_owned), sent["model_id"].as_str().map(str::to_owned))
    };
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(source("runs:/r1/model", "{}"), (0, some("r1"), None));
    assert_eq!(source("models:/m-1b3d", "{}"), (0, None, some("m-1b3d")));
    assert_eq!(source("models:/m-1b3d", "{job: {run_id: r2}}"), (0, some("r2"), some("m-1b3d")));
    assert_eq!(source("models:/bikes/1", "{}"), (0, None, None));
    assert_eq!(source("s3://bucket/model", "{}"), (0, None, None));
    assert_eq!(source("models:/bikes/7", "{}"), (1, None, None));
    // Values of the config are sent unchanged.
    assert_eq!(source("runs:/r1/model", "{job: {run_id: r2}}"), (1, some("r2"), None));
}

#[test]
fn a_prompt_is_distinguished_from_a_model() {
    let prompt = |model: crate::support::fake_mlflow::Model| model.tag("mlflow.prompt.is_prompt", "true").version(1);
    let fake = FakeMlflow::start().model("greeting", |model| prompt(model).alias("Old", 1));
    let taken = "Tried to create a registered model with name 'greeting', but the name is already taken by a prompt.";
    let fake = fake.fault(Fault::error(400, "RESOURCE_ALREADY_EXISTS", taken).on("registered-models/create"));
    for job in [
        "KIND: PromotionJob",
        "KIND: PromotionJob, select: {order_by: metrics.rmse ASC}",
        "KIND: PromotionJob, version: 1",
        "KIND: PromotionJob, version: 2",
        "KIND: PromotionJob, version: '@Champion'",
        "KIND: RollbackJob",
        "KIND: RollbackJob, to: 1",
        "KIND: StatusJob",
        "KIND: RegistrationJob, source: s3://b/m",
    ] {
        let config = format!("job: {{{job}, name: greeting}}\n");
        let run = Runner::new().file("a.yaml", config).arg("a.yaml").env("MLFLOW_TRACKING_URI", fake.uri()).run();
        assert!(run.code == 1 && run.stdout.contains("\"greeting\" is a prompt, and no model"), "{run}");
    }
    assert_eq!(fake.alias("greeting", "Champion"), None);
}

#[test]
fn an_alias_moves_to_the_new_version_and_the_move_is_recorded() {
    let fake = bikes();
    let run = register(&fake).args(["--set", "job.alias=Champion", "--set", "job.message=retrained"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 0
    --- stdout
    JOB                MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS      TIME
    registration.yaml  bikes  Champion  1       2       2    registered  [SECONDS] s
    --- stderr
    [Runner] Registration Job Finished: bikes@Champion: 1 -> 2
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
    let history = fake.tag("bikes", "runner.history.Champion").unwrap_or_default();
    assert!(history.starts_with(r#"[{"version":2,"previous_version":1,"#), "{history}");
    assert!(history.contains(r#""actor":"ada","message":"retrained"#), "{history}");
}

#[test]
fn a_plan_of_a_registration_sends_no_request() {
    let fake = FakeMlflow::start();
    insta::assert_snapshot!(register(&fake).args(["--plan", "--set", "job.alias=Champion"]).run().snapshot_with_log(), @"
    exit: 0
    --- stdout
    JOB                MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS   TIME
    registration.yaml  bikes  Champion  ?       -       ?    planned  [SECONDS] s

    to apply exactly this, add `-o yaml > plan.yaml` to the command, then: runner plan.yaml
    --- stderr
    INFO bikes: planned a new version from runs:/r1/model, nothing was changed
    ");
    assert!(fake.calls().iter().all(|call| call.starts_with("GET ")), "{:?}", fake.calls());
}

#[test]
fn a_registration_waits_for_a_pending_version() {
    let fake = FakeMlflow::start().model("bikes", |model| model.creates("PENDING_REGISTRATION"));
    let runner = register(&fake).args(["--set", "job.alias=Champion"]);
    let running = runner.spawn();
    fake.wait_for("model-versions/get", 1);
    assert_eq!(fake.alias("bikes", "Champion"), None);
    fake.set_status("bikes", 1, "READY");
    let run = running.finish();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(1)), "{run}");
}

#[test]
fn a_failed_version_is_reported_and_gets_no_alias() {
    let fake = FakeMlflow::start().model("bikes", |model| model.creates("FAILED_REGISTRATION"));
    insta::assert_snapshot!(register(&fake).args(["--set", "job.alias=Champion"]).run().snapshot(), @r#"
    exit: 1
    --- stdout
    JOB                MODEL  ALIAS     BEFORE  WANTED  NOW   STATUS  TIME
    registration.yaml  bikes  Champion  none    1       none  failed  [SECONDS] s

    registration.yaml failed (VERSION_NOT_READY): version 1 of "bikes" is FAILED_REGISTRATION, not READY
      now:  version 1 of bikes was registered; bikes@Champion does not exist
      next: it will not become READY: register it again, or set `job.version` to another version
    --- stderr
    ERROR bikes@Champion: failed (VERSION_NOT_READY)
    [Runner] Registration Job Failed: bikes@Champion
    "#);
    assert_eq!(fake.alias("bikes", "Champion"), None);
}

#[test]
fn a_lost_response_does_not_create_a_version_twice() {
    for fault in [Fault::lost(), Fault::truncated(), Fault::covered(503), Fault::status(503)] {
        let fake = bikes().fault(fault.on("model-versions/create"));
        let run = register(&fake).run();
        assert_eq!(run.code, 1, "{run}");
        let created = fake.calls().iter().filter(|call| *call == "POST model-versions/create").count();
        assert_eq!(created, 1, "{run}");
    }
}

#[test]
fn an_unconfirmed_creation_is_reported_as_unconfirmed() {
    let fake = bikes().fault(Fault::lost().on("model-versions/create"));
    insta::assert_snapshot!(register(&fake).arg("-qq").run().snapshot(), @"
    exit: 1
    --- stdout
    JOB                MODEL  ALIAS  BEFORE  WANTED  NOW  STATUS   TIME
    registration.yaml  bikes  -      -       -       -    unknown  [SECONDS] s

    registration.yaml unknown (UNCONFIRMED): it is not known whether the registry at http://127.0.0.1:[PORT] applied this: create a version of bikes: the connection was reset
      now:  unknown: a new version of bikes may have been registered
      next: look with a StatusJob whether it is there; if it is, do not run the job again
    --- stderr
    ERROR bikes: unknown (UNCONFIRMED)
    [Runner] Registration Job Unknown: bikes
    ");
}

#[test]
fn a_rejected_source_is_reported_with_the_message_of_the_registry() {
    let no = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "Run 'r1' not found");
    let run = register(&bikes().fault(no.on("model-versions/create"))).arg("-qq").run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 1
    --- stdout
    JOB                MODEL  ALIAS  BEFORE  WANTED  NOW  STATUS  TIME
    registration.yaml  bikes  -      -       -       -    failed  [SECONDS] s

    registration.yaml failed (REGISTRY_REFUSED): the registry at http://127.0.0.1:[PORT] refused to create a version of bikes: RESOURCE_DOES_NOT_EXIST: Run 'r1' not found
      now:  nothing was changed
      next: correct what the registry complains about; running the job again as it is ends in the same error
    --- stderr
    ERROR bikes: failed (REGISTRY_REFUSED)
    [Runner] Registration Job Failed: bikes
    ");
}
