//! Signals to a batch: running jobs finish, the rest is skipped, and the history is complete.

use std::fs;

use super::{ALIAS, batch, champions, document, files, promotions, server_with_models, statuses};
use crate::support::fake_mlflow::Fault;
use crate::support::harness::redacted;

/// The last lines of every orderly run.
const TEARDOWN: &str = "\
DEBUG stopping the service mlflow service=\"mlflow\"
DEBUG stopping the service alerts service=\"alerts\"
DEBUG stopping the service logger service=\"logger\"
";

/// Interrupts a batch of six jobs while all running ones write, and checks the resulting state.
fn check_interruption(width: usize, policy: &str, signal: &str, code: i32) {
    let fake = server_with_models(6).fault(Fault::held().on(ALIAS).method("POST").times(width));
    let runner = batch(&fake, &promotions(6)).args(["-v", "-o", "json", "-j", &width.to_string()]);
    let runner = runner.args(["--on-failure", policy, "--report", "json=report.json", "--report", "junit=junit.xml"]);
    let mut running = runner.spawn();
    fake.wait_for(ALIAS, width);
    running.signal(signal);
    running.wait_for_line("a second signal ends at once");
    fake.release();
    let run = running.finish();
    let (done, champion) = if policy == "restore" { ("restored", 2) } else { ("promoted", 3) };
    let expected: Vec<&str> = (0..6).map(|job| if job < width { done } else { "skipped" }).collect();
    let document = document(&run);
    assert_eq!((run.code, statuses(&document)), (code, expected), "{run}");
    assert_eq!((&document["status"], &document["exit_code"]), (&"interrupted".into(), &code.into()), "{run}");
    let expected: Vec<_> = (0..6).map(|job| Some(if job < width { champion } else { 2 })).collect();
    assert_eq!(champions(&fake, 6), expected, "{run}");
    assert!(run.stderr.ends_with(TEARDOWN), "{run}");
    assert_eq!(fs::read_to_string(runner.dir().join("report.json")).unwrap(), run.stdout);
    assert_eq!(files(&runner), ["batch.yaml", "junit.xml", "report.json"]);
}

#[test]
fn a_signal_interrupts_a_sequential_batch_under_every_policy() {
    check_interruption(1, "stop", "INT", 130);
    check_interruption(1, "continue", "TERM", 143);
    check_interruption(1, "restore", "INT", 130);
}

#[test]
fn a_signal_interrupts_concurrent_jobs_under_every_policy() {
    check_interruption(4, "stop", "TERM", 143);
    check_interruption(4, "continue", "INT", 130);
    check_interruption(4, "restore", "TERM", 143);
}

#[test]
fn interrupted_read_only_jobs_change_nothing() {
    let fake = server_with_models(3).fault(Fault::hang().on("registered-models/get").always());
    let runner = batch(&fake, &promotions(3)).args(["-q", "-j", "2", "--on-failure", "continue"]);
    let running = runner.spawn();
    fake.wait_for("registered-models/get", 2);
    running.signal("INT");
    let run = running.finish();
    assert_eq!(run.code, 130, "{run}");
    insta::assert_snapshot!(redacted(&run.stdout, runner.dir()), @"
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS       TIME
    batch.yaml[0]  m0     Champion  ?       -       ?    interrupted  [SECONDS] s
    batch.yaml[1]  m1     Champion  ?       -       ?    interrupted  [SECONDS] s
    batch.yaml[2]  m2     Champion  ?       -       ?    skipped      [SECONDS] s

    batch.yaml[0] interrupted (INTERRUPTED): interrupted by SIGINT
      now:  nothing was changed: m0@Champion is where it was (not read)
      next: run the same command again

    batch.yaml[1] interrupted (INTERRUPTED): interrupted by SIGINT
      now:  nothing was changed: m1@Champion is where it was (not read)
      next: run the same command again

    batch.yaml[2] skipped: not started after the signal
      now:  nothing was changed: m2@Champion is where it was
      next: run the batch again

    2 interrupted, 1 skipped; 3 of 3 aliases are where they were
    ");
    assert_eq!(champions(&fake, 3), [Some(2); 3]);
}

#[test]
fn a_signal_during_a_restore_lets_it_finish() {
    // The fourth write is the first restore.
    let jobs = [promotions(3), vec!["{ KIND: PromotionJob, name: m0, alias: Nothing, version: 9 }".into()]].concat();
    let fake = server_with_models(3).fault(Fault::held().on(ALIAS).method("POST").after(3));
    let runner = batch(&fake, &jobs).args(["-o", "json", "--on-failure", "restore"]);
    let mut running = runner.spawn();
    // Each promotion sends a write and a confirming read.
    fake.wait_for(ALIAS, 7);
    running.signal("TERM");
    running.wait_for_line("a second signal ends at once");
    fake.release();
    let run = running.finish();
    assert_eq!(
        (run.code, statuses(&document(&run))),
        (143, vec!["restored", "restored", "restored", "failed"]),
        "{run}"
    );
    assert_eq!(champions(&fake, 3), [Some(2); 3]);
}

#[test]
fn a_second_signal_exits_immediately_and_leaves_no_files() {
    for (second, code) in [("INT", 130), ("TERM", 143)] {
        let fake = server_with_models(4).fault(Fault::hang().on(ALIAS).method("POST").always());
        let runner = batch(&fake, &promotions(4)).args(["-j", "4", "--report", "json=report.json"]);
        let mut running = runner.spawn();
        fake.wait_for(ALIAS, 4);
        running.signal("TERM");
        running.wait_for_line("a second signal ends at once");
        running.signal(second);
        let run = running.finish();
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{run}");
        assert_eq!(files(&runner), ["batch.yaml"]);
    }
}
