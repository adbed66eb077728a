//! Services: their order, and the destination and format of log lines.

use std::fs;

use serde_json::Value;

use crate::support::harness::{Output, Runner};
use crate::support::promotion::{bikes, job, promote};

/// Returns the starts and stops of services in a log, in order.
fn service_events(log: &str) -> String {
    let parse_event = |line: &str| {
        let (before, service) = line.split_once(" the service ")?;
        let verb = before.split_whitespace().last()?;
        Some(format!("{verb} {}", service.split_whitespace().next()?))
    };
    log.lines().filter_map(parse_event).collect::<Vec<_>>().join(", ")
}

fn with_logger(runner: Runner, fields: &[&str]) -> Runner {
    fields.iter().fold(runner, |runner, field| runner.arg("--set").arg(format!("services.logger.{field}")))
}

const WHOLE: &str = "started logger, started alerts, started mlflow, stopping mlflow, stopping alerts, stopping logger";

#[test]
fn services_start_in_order_and_stop_in_reverse_for_every_outcome() {
    for (fields, code) in [(&[][..], 0), (&["version=9"], 1), (&["expect=1"], 3)] {
        let run = job(promote(&bikes()), fields).arg("-v").run();
        assert_eq!((run.code, service_events(&run.stderr).as_str()), (code, WHOLE), "{run}");
    }
}

#[test]
fn service_starts_and_stops_are_logged_at_debug_level() {
    let run = promote(&bikes()).arg("-v").run();
    let log = run.snapshot_with_log();
    let event: Vec<&str> = log.lines().filter(|line| line.starts_with("DEBUG")).collect();
    insta::assert_snapshot!(event.join("\n"), @r#"
    DEBUG started the service logger service="logger"
    DEBUG started the service alerts service="alerts"
    DEBUG started the service mlflow service="mlflow"
    DEBUG running PromotionJob config="promotion.yaml" index=0 registry="http://127.0.0.1:[PORT]"
    DEBUG bikes@Champion: setting the alias to version 3 model=bikes alias=Champion version=3
    DEBUG bikes@Champion: recorded in the tag runner.history.Champion model=bikes alias=Champion
    DEBUG ended: promoted config="promotion.yaml" index=0
    DEBUG stopping the service mlflow service="mlflow"
    DEBUG stopping the service alerts service="alerts"
    DEBUG stopping the service logger service="logger"
    "#);
}

#[test]
fn concurrent_jobs_log_at_their_own_levels() {
    let jobs = "services: { mlflow: { registry_name: bikes } }
jobs:
  - { KIND: PromotionJob, version: 9, logger_service: { sink: errors.log, level: ERROR, format: compact } }
  - { KIND: PromotionJob, alias: Staging, logger_service: { sink: all.log, level: DEBUG, format: compact } }
  - { KIND: PromotionJob, alias: A, version: 9, logger_service: { sink: errors.log, level: ERROR, format: compact } }";
    let fake = bikes();
    let runner = promote(&fake).file("promotion.yaml", jobs).args(["-j", "3", "--on-failure", "continue"]);
    let run = runner.run();
    assert_eq!(run.code, 1, "{run}");
    let read = |log: &str| fs::read_to_string(runner.dir().join(log)).unwrap();
    let levels = |log: &str, job: usize| {
        let (log, of_job) = (read(log), format!(" promotion.yaml[{job}] "));
        let event = log.lines().filter(|line| line.contains(&of_job));
        event.filter_map(|line| line.split_whitespace().next()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((levels("errors.log", 0), levels("errors.log", 2)), ("ERROR".into(), "ERROR".into()));
    assert_eq!(read("errors.log").lines().count(), 2, "{run}");
    assert_eq!(levels("all.log", 1), "DEBUG INFO DEBUG INFO DEBUG DEBUG");
}

#[test]
fn jobs_with_equal_services_share_them() {
    let jobs = "services: { mlflow: { registry_name: bikes } }
jobs: [{ KIND: PromotionJob }, { KIND: PromotionJob, alias: Staging, alerts_service: { app_name: Staging } }]";
    let fake = bikes();
    let run = promote(&fake).file("promotion.yaml", jobs).arg("-v").run();
    let expected = "started logger, started alerts, started mlflow, started alerts, \
                    stopping alerts, stopping mlflow, stopping alerts, stopping logger";
    assert_eq!((run.code, service_events(&run.stderr).as_str()), (0, expected), "{run}");
}

#[test]
fn an_unusable_log_file_prevents_later_services_from_starting() {
    let fake = bikes();
    let run = with_logger(promote(&fake), &["sink=no/such/folder/run.log"]).arg("-v").run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (SERVICE_FAILED): the service logger did not start: the log file no/such/folder/run.log cannot be opened: No such file or directory (os error 2)
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: make its folder, or set `services.logger.sink` to `stderr` or another path
    --- stderr
    error: promotion.yaml: failed (SERVICE_FAILED)
    ");
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn an_unsupported_registry_stops_the_started_services() {
    let run = promote(&bikes()).env("MLFLOW_TRACKING_URI", "ftp://me:hunter2@host").arg("-v").run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: the registry cannot be used: no backend takes the address ftp://***@host
    --> environment variable MLFLOW_TRACKING_URI
     = note: at `services.mlflow.tracking_uri`
     = help: use `http://`, `https://`, `sqlite:///path`, `databricks-uc` or a folder such as `./mlruns`; for any other store, point at the MLflow server in front of it

    nothing was started, and no registry was asked
    ");
}

#[test]
fn log_lines_are_appended_to_a_file() {
    let fake = bikes();
    let runner = with_logger(promote(&fake).file("run.log", "before\n"), &["sink=run.log"]);
    let run = runner.run();
    let log = fs::read_to_string(runner.dir().join("run.log")).unwrap();
    assert!(log.starts_with("before\nINFO bikes@Champion: selected") && log.lines().count() == 3, "{log}");
    assert_eq!(run.stderr, "[Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3\n");
    assert!(!run.stdout.contains("INFO"), "{run}");
}

#[test]
fn log_lines_on_standard_output_come_before_the_result() {
    let fake = bikes();
    let run = with_logger(promote(&fake), &["sink=stdout"]).run();
    assert!(run.stdout.starts_with("INFO bikes@Champion: selected"), "{run}");
    assert_eq!(run.stderr, "[Bikes] Promotion Job Finished: bikes@Champion: 2 -> 3\n");
}

#[test]
fn log_lines_on_standard_output_conflict_with_json_output() {
    let fake = bikes();
    let run = with_logger(promote(&fake), &["sink=stdout"]).args(["-o", "json"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: promotion.yaml: `services.logger.sink` is `stdout`, where `--output json` writes its document; log to `stderr` or a file

    nothing was started, and no registry was asked
    ");
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn standard_output_holds_only_the_result() {
    let fake = bikes();
    let run = promote(&fake).args(["-vv", "-o", "json"]).run();
    assert!(serde_json::from_str::<Value>(&run.stdout).is_ok(), "{run}");
}

/// Returns the log line of the promotion.
fn promotion_line(run: &Output) -> String {
    let log = run.snapshot_with_log();
    log.lines().find(|line| line.contains("promoted from ")).unwrap_or_default().to_owned()
}

#[test]
fn pretty_lines_have_a_time_and_compact_lines_do_not() {
    let run = |format| with_logger(promote(&bikes()), &[format]).run();
    insta::assert_snapshot!(promotion_line(&run("format=pretty")), @"[TIME] INFO bikes@Champion: promoted from 2 to 3 (confirmed)");
    insta::assert_snapshot!(promotion_line(&run("format=compact")), @"INFO bikes@Champion: promoted from 2 to 3 (confirmed)");
}

#[test]
fn the_time_is_in_utc() {
    let run = with_logger(promote(&bikes()), &["format=pretty"]).env("TZ", "Asia/Tokyo").run();
    let lines = run.stderr.lines().filter(|line| line.contains(" INFO "));
    assert!(
        lines.clone().count() > 1 && lines.clone().all(|line| line.split(' ').next().unwrap().ends_with('Z')),
        "{run}"
    );
}

#[test]
fn a_json_line_is_one_object_with_the_fields() {
    for field in ["format=json", "serialize=true"] {
        let fake = bikes();
        let run = with_logger(promote(&fake).args(["--set", "services.alerts.enable=false"]), &[field]).run();
        let lines: Vec<Value> = run.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line["timestamp"].is_string()), "{run}");
        let event =
            lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains("promoted from ")));
        let event = event.unwrap();
        assert_eq!(
            (&event["level"], &event["model"], &event["alias"]),
            (&"INFO".into(), &"bikes".into(), &"Champion".into())
        );
    }
}

#[test]
fn log_lines_are_coloured_only_on_request() {
    let escape = '\u{1b}';
    for (fields, args, colored) in [
        (&[][..], &[][..], false),
        (&["colorize=true"], &[], true),
        (&["colorize=false"], &[], false),
        (&[], &["--color", "always"], true),
        (&["colorize=true"], &["--color", "never"], false),
        (&["colorize=false"], &["--color", "always"], true),
    ] {
        let run = with_logger(promote(&bikes()), fields).args(args.iter().copied()).run();
        assert_eq!(run.stderr.contains(escape), colored, "{fields:?} {args:?} {run}");
        assert!(!run.stdout.contains(escape), "{run}");
    }
}

#[test]
fn the_level_names_of_loguru_are_accepted() {
    // A blocked run logs one error and several INFO lines.
    let logged_levels = |level: &str| {
        let run = with_logger(
            job(promote(&bikes()), &["gates=[{KIND: TagGate, key: a, equals: b}]"]),
            &[&format!("level={level}")],
        )
        .run();
        let has = |word: &str| run.stderr.lines().any(|line| line.trim_start().starts_with(word));
        [has("DEBUG"), has("INFO"), has("ERROR")]
    };
    for (level, expected) in [
        ("TRACE", [true, true, true]),
        ("DEBUG", [true, true, true]),
        ("INFO", [false, true, true]),
        ("SUCCESS", [false, true, true]),
        ("WARNING", [false, false, true]),
        ("ERROR", [false, false, true]),
        ("CRITICAL", [false, false, true]),
    ] {
        assert_eq!(logged_levels(level), expected, "{level}");
    }
}

#[test]
fn the_command_line_raises_and_lowers_the_level() {
    for (args, debug, info) in [("-v", true, true), ("-vv", true, true), ("-q", false, false), ("-vq", false, true)] {
        let run = promote(&bikes()).arg(args).run();
        assert_eq!((run.stderr.contains("DEBUG"), run.stderr.contains("INFO")), (debug, info), "{args} {run}");
    }
}
