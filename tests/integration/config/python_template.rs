//! Configs of the Python template run unchanged.

use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::bikes;

/// An unchanged file of the template.
const BARE: &str = "job:\n  KIND: PromotionJob\n";

fn template(fake: &FakeMlflow, text: &str) -> Runner {
    let runner = Runner::new().file("confs/promotion.yaml", text).arg("confs/promotion.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri())
}

#[test]
fn a_config_with_only_a_kind_promotes_the_latest_version() {
    let fake = bikes();
    let run = template(&fake, BARE).env("RUNNER__SERVICES__MLFLOW__REGISTRY_NAME", "bikes").run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
    assert!(run.stderr.ends_with("[Runner] Promotion Job Finished: bikes@Champion: 2 -> 3\n"), "{run}");
}

#[test]
fn the_name_can_be_given_on_the_command_line() {
    let fake = bikes();
    let run = template(&fake, BARE).args(["-e", "{services: {mlflow: {registry_name: bikes}}}"]).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn a_missing_name_lists_the_ways_to_give_it() {
    let fake = bikes();
    insta::assert_snapshot!(template(&fake, BARE).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: `job` names no registered model
     --> confs/promotion.yaml:1:1
      |
    1 | job:
      | ^^^ job
      |
      = help: write `job.name` or `services.mlflow.registry_name` into the config, set the variable `RUNNER__JOB__NAME`, or pass `--set job.name=…`

    nothing was started, and no registry was asked
    ");
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn the_services_of_a_job_are_merged_over_those_of_the_file() {
    let fake = bikes();
    let text = format!(
        "services:
  logger: {{ level: ERROR, format: compact }}
  alerts: {{ app_name: Everybody, enable: false }}
  mlflow: {{ tracking_uri: 'http://127.0.0.1:1', registry_name: bikes }}
job:
  KIND: PromotionJob
  logger_service: {{ level: WARNING }}
  alerts_service: {{ app_name: Bikes, enable: true }}
  mlflow_service: {{ tracking_uri: '{}' }}
",
        fake.uri()
    );
    insta::assert_snapshot!(template(&fake, &text).run().snapshot(), @"
    exit: 0
    --- stdout
    JOB                   MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    confs/promotion.yaml  bikes  Champion  2       3       3    promoted  [SECONDS] s
    --- stderr
    [Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3
    ");
    assert_eq!(fake.alias("bikes", "Champion"), Some(3));
}

#[test]
fn python_only_fields_are_listed_in_one_warning() {
    let fake = bikes();
    let text = "\
job:
  KIND: PromotionJob
  alias: Champion
  version: null
  logger_service:
    sink: stderr
    level: INFO
    format: \"<green>[{time:YYYY-MM-DD HH:mm:ss.SSS}]</green>\"
    colorize: false
    serialize: false
    backtrace: true
    diagnose: false
    catch: true
  alerts_service: { enable: true, app_name: Bikes, timeout: null }
  mlflow_service:
    registry_name: bikes
    experiment_name: bikes
    autolog_disable: false
    autolog_log_models: false
";
    let run = template(&fake, text).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
    let warnings: Vec<&str> = run.stderr.lines().filter(|line| line.contains(" WARN ")).collect();
    assert_eq!(warnings.len(), 1, "{run}");
    insta::assert_snapshot!(warnings[0].split(" WARN ").last().unwrap_or_default(), @"confs/promotion.yaml: only Python uses `logger.backtrace`, `logger.catch`, `logger.diagnose`, `logger.format`, `mlflow.autolog_disable`, `mlflow.autolog_log_models`, `mlflow.experiment_name`: ignored");
}

#[test]
fn silent_alerts_send_no_notification() {
    let fake = bikes();
    let text = "{services: {alerts: {enable: false}, mlflow: {registry_name: bikes}}, job: {KIND: PromotionJob}}";
    let run = template(&fake, text).args(["-o", "json"]).run();
    assert!(run.code == 0 && !run.stderr.contains("Promotion Job Finished"), "{run}");
    assert!(run.stdout.contains("\"notifications\": []"), "{run}");
}
