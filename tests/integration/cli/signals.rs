//! Signals to the process: finished work, skipped work and teardown.

use std::io::{self, Write as _};
use std::time::Instant;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::promotion::bikes;

const ALIAS: &str = "registered-models/alias";

const BATCH: &str = "\
services:
  logger: { format: compact, level: DEBUG }
  mlflow: { registry_name: bikes }
jobs:
  - { KIND: PromotionJob }
  - { KIND: PromotionJob, alias: Staging }
";

fn batch(fake: &FakeMlflow) -> Runner {
    let runner = Runner::new().file("batch.yaml", BATCH).arg("batch.yaml");
    runner.env("MLFLOW_TRACKING_URI", fake.uri()).env("RUNNER_ACTOR", "ada")
}

#[test]
fn a_signal_aborts_a_read_and_stops_all_services() {
    let fake = bikes().fault(Fault::hang().on("registered-models/get").always());
    let runner = batch(&fake);
    let running = runner.spawn();
    fake.wait_for("registered-models/get", 1);
    running.signal("INT");
    insta::assert_snapshot!(running.finish().snapshot_with_log(), @"
    exit: 130
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS       TIME
    batch.yaml[0]  bikes  Champion  ?       -       ?    interrupted  [SECONDS] s
    batch.yaml[1]  bikes  Staging   ?       -       ?    skipped      [SECONDS] s

    batch.yaml[0] interrupted (INTERRUPTED): interrupted by SIGINT
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: run the same command again

    batch.yaml[1] skipped: not started after the signal
      now:  nothing was changed: bikes@Staging is where it was
      next: run the batch again

    1 interrupted, 1 skipped; 2 of 2 aliases are where they were
    --- stderr
    DEBUG started the service logger
    DEBUG started the service alerts
    DEBUG started the service mlflow
    DEBUG batch.yaml[0] running PromotionJob
    SIGINT: a write in flight is finished, jobs that have not started are skipped; a second signal ends at once
    ERROR batch.yaml[0] bikes@Champion: interrupted (INTERRUPTED)
    DEBUG batch.yaml[0] ended: interrupted
    DEBUG stopping the service mlflow
    DEBUG stopping the service alerts
    DEBUG stopping the service logger
    ");
    assert_eq!((fake.alias("bikes", "Champion"), fake.alias("bikes", "Staging")), (Some(2), None));
}

#[test]
fn each_signal_has_its_own_exit_code() {
    for (signal, code, name) in [("INT", 130, "SIGINT"), ("TERM", 143, "SIGTERM")] {
        let fake = bikes().fault(Fault::hang().on("registered-models/get").always());
        let runner = batch(&fake).args(["-o", "json"]);
        let running = runner.spawn();
        fake.wait_for("registered-models/get", 1);
        running.signal(signal);
        let run = running.finish();
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.code, &document["exit_code"]), (code, &code.into()), "{run}");
        assert_eq!(document["status"], "interrupted", "{run}");
        assert_eq!(document["jobs"][0]["error"]["code"], "INTERRUPTED", "{run}");
        assert_eq!(document["jobs"][0]["error"]["message"], format!("interrupted by {name}"), "{run}");
    }
}

#[test]
fn a_signal_lets_an_alias_write_finish_with_its_check_and_record() {
    let fake = bikes().fault(Fault::held().on(ALIAS).method("POST"));
    let runner = batch(&fake);
    let mut running = runner.spawn();
    fake.wait_for(ALIAS, 1);
    running.signal("INT");
    running.wait_for_line("a second signal ends at once");
    fake.release();
    insta::assert_snapshot!(running.finish().snapshot_with_log(), @"
    exit: 130
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    batch.yaml[0]  bikes  Champion  2       3       3    promoted  [SECONDS] s
    batch.yaml[1]  bikes  Staging   ?       -       ?    skipped   [SECONDS] s

    batch.yaml[1] skipped: not started after the signal
      now:  nothing was changed: bikes@Staging is where it was
      next: run the batch again

    1 promoted, 1 skipped; 1 of 2 aliases are where they were
    --- stderr
    DEBUG started the service logger
    DEBUG started the service alerts
    DEBUG started the service mlflow
    DEBUG batch.yaml[0] running PromotionJob
    INFO batch.yaml[0] bikes@Champion: selected version 3 (latest), now at 2
    DEBUG batch.yaml[0] bikes@Champion: setting the alias to version 3
    SIGINT: a write in flight is finished, jobs that have not started are skipped; a second signal ends at once
    INFO batch.yaml[0] bikes@Champion: promoted from 2 to 3 (confirmed)
    DEBUG batch.yaml[0] bikes@Champion: recorded in the tag runner.history.Champion
    [Runner] Promotion Job Finished: bikes@Champion: 2 -> 3
    DEBUG batch.yaml[0] ended: promoted
    DEBUG stopping the service mlflow
    DEBUG stopping the service alerts
    DEBUG stopping the service logger
    ");
    assert_eq!((fake.alias("bikes", "Champion"), fake.alias("bikes", "Staging")), (Some(3), None));
    assert!(fake.tag("bikes", "runner.history.Champion").is_some());
}

#[test]
fn a_signal_ends_a_retry_delay() {
    let busy = Fault::status(503).header("Retry-After", "100").on("registered-models/get");
    let fake = bikes().fault(busy.always());
    let runner = batch(&fake);
    let mut running = runner.spawn();
    running.wait_for_line(" in 100 s");
    running.signal("TERM");
    let run = running.finish();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (143, Some(2)), "{run}");
}

#[test]
fn a_signal_ends_the_wait_for_a_version() {
    let fake = FakeMlflow::start().model("bikes", |model| model.creates("PENDING_REGISTRATION"));
    let registration = "job: { KIND: RegistrationJob, source: s, name: bikes, alias: Champion }";
    let runner = batch(&fake).file("batch.yaml", registration);
    let running = runner.spawn();
    fake.wait_for("model-versions/get", 1);
    running.signal("INT");
    let run = running.finish();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (130, None), "{run}");
    // The version exists, and the result reports it.
    assert!(run.stdout.contains("bikes  Champion  ?       1       ?    failed"), "{run}");
}

#[test]
fn a_second_signal_exits_immediately() {
    for (second, code) in [("INT", 130), ("TERM", 143)] {
        let silence = if second == "INT" { Fault::hang() } else { Fault::drip() };
        let fake = bikes().fault(silence.on(ALIAS).method("POST").always());
        let runner = batch(&fake);
        let mut running = runner.spawn();
        fake.wait_for(ALIAS, 1);
        running.signal("INT");
        running.wait_for_line("a second signal ends at once");
        let began = Instant::now();
        running.signal(second);
        let run = running.finish();
        assert_eq!(run.code, code, "{run}");
        // Much less than the request timeout.
        assert!(began.elapsed().as_secs() < 30, "{run}");
    }
}

#[test]
fn a_second_signal_exits_immediately_even_if_the_output_is_not_read() {
    let fake = bikes();
    let stuck = "services: { logger: { sink: stdout }, mlflow: { registry_name: bikes } }\njob: { KIND: PromotionJob }";
    let runner = batch(&fake).file("stuck.yaml", stuck).arg("stuck.yaml");
    let (_reader, mut writer) = io::pipe().unwrap();
    // Fills the pipe: the next write blocks until somebody reads.
    writer.write_all(&[b'\n'; 65_536]).unwrap();
    let mut running = runner.spawn_to(writer.into());
    running.wait_for_line("batch.yaml[1] ended: promoted");
    running.signal("INT");
    running.wait_for_line("a second signal ends at once");
    running.signal("TERM");
    let run = running.finish();
    assert_eq!(run.code, 143, "{run}");
}

#[test]
fn reading_a_config_from_standard_input_can_be_interrupted() {
    // The shell holds the write end as well, so the pipe has no data and no end.
    let script = "mkfifo pipe && exec 3<>pipe && exec \"$0\" - <&3";
    let runner = Runner::with_program("/bin/sh").args(["-c", script, env!("CARGO_BIN_EXE_runner")]);
    let running = runner.spawn();
    // Not INT: background processes of a shell ignore it until they install a handler.
    running.signal("TERM");
    let run = running.finish();
    assert_eq!(run.code, 143, "{run}");
}
