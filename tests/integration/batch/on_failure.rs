//! `--on-failure stop` and `continue`, and the exit code of a mixed batch.

use super::{ALIAS, batch, champions, document, promotions, runner, server_with_models, statuses};
use crate::support::fake_mlflow::Fault;

/// Three promotions, the second of which fails.
const JOBS: [&str; 3] = [
    "{ KIND: PromotionJob, name: m0 }",
    "{ KIND: PromotionJob, name: m1, version: 9 }",
    "{ KIND: PromotionJob, name: m2 }",
];

#[test]
fn a_failure_skips_jobs_that_have_not_started() {
    let fake = server_with_models(3);
    insta::assert_snapshot!(batch(&fake, &JOBS).run().snapshot(), @r#"
    exit: 1
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    batch.yaml[0]  m0     Champion  2       3       3    promoted  [SECONDS] s
    batch.yaml[1]  m1     Champion  2       -       2    failed    [SECONDS] s
    batch.yaml[2]  m2     Champion  ?       -       ?    skipped   [SECONDS] s

    batch.yaml[1] failed (VERSION_NOT_FOUND): the model "m1" has no version 9
      now:  nothing was changed: m1@Champion is at version 2
      next: set `jobs[1].version` (or `--set jobs.1.version=…`) to a version that exists; a StatusJob lists them

    batch.yaml[2] skipped: not started because batch.yaml[1] ended as failed
      now:  nothing was changed: m2@Champion is where it was
      next: correct batch.yaml[1], then run the batch again

    1 promoted, 1 failed, 1 skipped; 2 of 3 aliases are where they were
    --- stderr
    ERROR batch.yaml[1] m1@Champion: failed (VERSION_NOT_FOUND)
    "#);
    assert_eq!(champions(&fake, 3), [3, 2, 2].map(Some));
}

#[test]
fn a_failure_does_not_skip_jobs_under_continue() {
    let fake = server_with_models(3);
    let run = batch(&fake, &JOBS).args(["-q", "--on-failure", "continue"]).run();
    insta::assert_snapshot!(run.snapshot(), @r#"
    exit: 1
    --- stdout
    JOB            MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    batch.yaml[0]  m0     Champion  2       3       3    promoted  [SECONDS] s
    batch.yaml[1]  m1     Champion  2       -       2    failed    [SECONDS] s
    batch.yaml[2]  m2     Champion  2       3       3    promoted  [SECONDS] s

    batch.yaml[1] failed (VERSION_NOT_FOUND): the model "m1" has no version 9
      now:  nothing was changed: m1@Champion is at version 2
      next: set `jobs[1].version` (or `--set jobs.1.version=…`) to a version that exists; a StatusJob lists them

    2 promoted, 1 failed; 1 of 3 aliases are where they were
    --- stderr
    ERROR batch.yaml[1] m1@Champion: failed (VERSION_NOT_FOUND)
    "#);
    assert_eq!(champions(&fake, 3), [3, 2, 3].map(Some));
}

#[test]
fn a_failure_lets_running_jobs_finish() {
    let fake = server_with_models(4).fault(Fault::held().on(ALIAS).method("POST").always());
    let jobs = [JOBS[0], JOBS[2], JOBS[1], "{ KIND: PromotionJob, name: m3 }"];
    let runner = batch(&fake, &jobs).args(["-j", "3", "-o", "json"]);
    let mut running = runner.spawn();
    fake.wait_for(ALIAS, 2);
    running.wait_for_line("failed (VERSION_NOT_FOUND)");
    fake.release();
    let run = running.finish();
    assert_eq!((run.code, statuses(&document(&run))), (1, vec!["promoted", "promoted", "failed", "skipped"]), "{run}");
    assert_eq!(champions(&fake, 4), [3, 2, 3, 2].map(Some));
}

#[test]
fn unchanged_jobs_are_no_failures() {
    let fake = server_with_models(2);
    let jobs = ["{ KIND: PromotionJob, name: m0, version: 2 }", "{ KIND: PromotionJob, name: m1 }"];
    let run = batch(&fake, &jobs).args(["-o", "json"]).run();
    assert_eq!((run.code, statuses(&document(&run))), (0, vec!["unchanged", "promoted"]), "{run}");
}

#[test]
fn the_exit_code_is_the_most_severe_of_the_batch() {
    let blocked = "{ KIND: PromotionJob, name: m0, expect: 1 }";
    let unavailable = "{ KIND: PromotionJob, name: m1 }";
    let failed = JOBS[1];
    let fine = JOBS[2];
    for (jobs, code, status) in [
        (&[fine][..], 0, "ok"),
        (&[fine, blocked], 3, "blocked"),
        (&[blocked, unavailable, fine], 4, "unavailable"),
        (&[blocked, unavailable, failed], 1, "failed"),
    ] {
        let fake = server_with_models(3).fault(Fault::status(503).on(ALIAS).method("POST").times(1));
        let fake = if jobs.contains(&unavailable) { fake } else { server_with_models(3) };
        let run = batch(&fake, jobs).args(["-o", "json", "--on-failure", "continue"]).run();
        let document = document(&run);
        assert_eq!((run.code, document["status"].as_str()), (code, Some(status)), "{run}");
        assert_eq!(document["exit_code"], code, "{run}");
    }
}

#[test]
fn a_plan_of_a_batch_changes_nothing_under_any_policy() {
    for policy in ["stop", "continue", "restore"] {
        let fake = server_with_models(3);
        let (run, report) = crate::plan::plan(&batch(&fake, &JOBS), &["--on-failure", policy]);
        let third = if policy == "continue" { "planned" } else { "skipped" };
        assert_eq!((run.code, statuses(&report)), (1, vec!["planned", "failed", third]), "{run}");
        assert!(fake.calls().iter().all(|call| call.starts_with("GET ")), "{run}");
    }
}

#[test]
fn an_unknown_policy_is_wrong_usage() {
    let fake = server_with_models(1);
    let run = batch(&fake, &promotions(1)).args(["--on-failure", "retry"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: invalid value 'retry' for '--on-failure <POLICY>'
      [possible values: stop, continue, restore]

      tip: a similar value exists: 'restore'

    For more information, try '--help'.

    nothing was started, and no registry was asked
    ");
}

#[test]
fn a_job_whose_services_fail_to_start_fails_alone() {
    let fake = server_with_models(2);
    let good = super::list(&promotions(1));
    let bad = good.replace("m0", "m1").replace("logger: {", "logger: { sink: missing/run.log,");
    let runner = runner(&fake).file("bad.yaml", bad).file("good.yaml", good);
    let run = runner.args(["-q", "--on-failure", "continue", "bad.yaml", "good.yaml"]).run();
    insta::assert_snapshot!(run.snapshot(), @"
    exit: 1
    --- stdout
    JOB        MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS    TIME
    bad.yaml   m1     Champion  ?       -       ?    failed    [SECONDS] s
    good.yaml  m0     Champion  2       3       3    promoted  [SECONDS] s

    bad.yaml failed (SERVICE_FAILED): the service logger did not start: the log file missing/run.log cannot be opened: No such file or directory (os error 2)
      now:  nothing was changed: m1@Champion is where it was (not read)
      next: make its folder, or set `services.logger.sink` to `stderr` or another path

    1 failed, 1 promoted; 1 of 2 aliases are where they were
    --- stderr
    error: bad.yaml: failed (SERVICE_FAILED)
    ");
    assert_eq!(champions(&fake, 2), [3, 2].map(Some));
}
