//! Applying a plan after the registry changed.

use super::{apply_plan, assert_blocked, print_plan};
use crate::support::fake_mlflow::Fault;
use crate::support::harness::Runner;
use crate::support::promotion::{bikes, job, promote};

#[test]
fn a_plan_whose_alias_has_moved_is_blocked() {
    let fake = bikes();
    let plan = print_plan(&promote(&fake));
    fake.set_alias("bikes", "Champion", 1);
    let run = apply_plan(&plan, &fake).run();
    assert_blocked(&run, "ALIAS_MOVED");
    insta::assert_snapshot!(run.snapshot());
    assert_eq!(fake.alias("bikes", "Champion"), Some(1));
}

#[test]
fn a_plan_is_applied_only_once() {
    let fake = bikes();
    let plan = print_plan(&promote(&fake));
    assert_eq!(apply_plan(&plan, &fake).run().code, 0);
    let again = apply_plan(&plan, &fake).run();
    assert_blocked(&again, "ALIAS_MOVED");
    assert!(again.stdout.contains("next: nothing, if this plan was already applied"), "{again}");
    assert!(!again.stdout.contains("job.expect"), "{again}");
}

#[test]
fn a_plan_that_is_shown_says_how_it_is_applied() {
    let fake = bikes();
    let shown = promote(&fake).run_with(&["-q", "--plan"]);
    assert!(shown.code == 0 && shown.stdout.contains("add `-o yaml > plan.yaml` to the command"), "{shown}");
    let applied = promote(&fake).run_with(&["-q"]);
    assert!(applied.code == 0 && !applied.stdout.contains("plan.yaml"), "{applied}");
}

#[test]
fn a_plan_of_a_first_promotion_is_blocked_if_the_alias_exists() {
    let fake = bikes();
    let plan = print_plan(&job(promote(&fake), &["alias=New"]));
    fake.set_alias("bikes", "New", 1);
    assert_blocked(&apply_plan(&plan, &fake).run(), "ALIAS_MOVED");
}

#[test]
fn a_plan_whose_version_was_deleted_is_blocked() {
    let fake = bikes();
    let plan = print_plan(&promote(&fake));
    fake.delete_version("bikes", 3);
    let run = apply_plan(&plan, &fake).run();
    assert_blocked(&run, "VERSION_NOT_FOUND");
    insta::assert_snapshot!(run.snapshot());
}

#[test]
fn a_plan_whose_version_is_no_longer_ready_is_blocked() {
    let fake = bikes();
    let plan = print_plan(&promote(&fake));
    fake.set_status("bikes", 3, "FAILED_REGISTRATION");
    assert_blocked(&apply_plan(&plan, &fake).run(), "VERSION_NOT_READY");
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
}

#[test]
fn a_planned_rollback_is_pinned_and_applied_once() {
    let fake = bikes();
    assert_eq!(promote(&fake).run().code, 0);
    let config = "services: {mlflow: {registry_name: bikes}}\njob: {KIND: RollbackJob, message: errors since 02:40}";
    let runner = Runner::new().file("back.yaml", config).arg("back.yaml").env("MLFLOW_TRACKING_URI", fake.uri());
    let plan = print_plan(&runner);
    assert!(plan.contains("  to: 2\n") && plan.contains("expect: 3\n") && !plan.contains("version:"), "{plan}");
    let run = apply_plan(&plan, &fake).run();
    assert!(run.code == 0 && fake.alias("bikes", "Champion") == Some(2), "{run}");
    assert_blocked(&apply_plan(&plan, &fake).run(), "ALIAS_MOVED");
    fake.set_alias("bikes", "Champion", 3);
    fake.delete_version("bikes", 2);
    assert_eq!(apply_plan(&plan, &fake).run().code, 3);
}

#[test]
fn a_plan_keeps_read_only_jobs() {
    let fake = bikes();
    let jobs = "services: {mlflow: {registry_name: bikes}}\n\
                jobs: [{KIND: StatusJob}, {KIND: PromotionJob}, {KIND: HistoryJob, alias: Champion}]";
    let runner = Runner::new().file("a.yaml", jobs).arg("a.yaml").env("MLFLOW_TRACKING_URI", fake.uri());
    let plan = print_plan(&runner);
    insta::assert_snapshot!(plan.split_once("jobs:").unwrap().1);
    assert_eq!(apply_plan(&plan, &fake).run().code, 0);
}

#[test]
fn an_applied_plan_evaluates_its_gates_again() {
    let fake = bikes();
    let plan = print_plan(&job(promote(&fake), &["gates=[{KIND: TagGate, key: a, equals: b, mode: warn}]"]));
    let plan = plan.replace("mode: warn", "mode: enforce");
    assert_blocked(&apply_plan(&plan, &fake).run(), "GATE_FAILED");
}

#[test]
fn an_alias_moved_during_the_gates_is_not_overwritten() {
    let gates = "gates=[{KIND: TagGate, key: a, equals: b, mode: warn}]";
    let fake = bikes().fault(Fault::held().on("registered-models/get").after(1));
    let runner = job(promote(&fake), &["version=3", "expect=2", gates]);
    let running = runner.spawn();
    fake.wait_for("registered-models/get", 2);
    fake.set_alias("bikes", "Champion", 1);
    fake.release();
    assert_blocked(&running.finish(), "ALIAS_MOVED");
    assert!(!fake.calls().contains(&"POST registered-models/alias".to_owned()), "{:?}", fake.calls());
}

#[test]
fn a_plan_lists_its_omitted_secrets() {
    let fake = bikes();
    let channel = "{services: {alerts: {channels: [{KIND: SlackChannel, webhook_url: 'https://host/hunter2'}]}}}";
    let plan = print_plan(&promote(&fake).args(["-e", channel]));
    let run = apply_plan(&plan, &fake).run();
    assert!(run.code == 2 && run.stderr.contains("needs `webhook_url`"), "{run}");
    let given = "RUNNER__SERVICES__ALERTS__CHANNELS__0__WEBHOOK_URL";
    let run = apply_plan(&plan, &fake).env(given, "http://127.0.0.1:1/x").run();
    assert!(run.code == 0 && run.stdout.contains("promoted"), "{run}");
}

#[test]
fn a_plan_is_read_from_standard_input() {
    let fake = bikes();
    let plan = print_plan(&promote(&fake));
    let run = Runner::new().arg("-").stdin(plan).env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
}

#[test]
fn a_variable_that_overrides_a_plan_is_reported() {
    let warning = ", so this is not what was planned; for that, unset it and plan again";
    let fake = bikes();
    fake.set_alias("bikes", "Challenger", 1);
    let plan = print_plan(&promote(&fake).env("RUNNER__JOB__VERSION", "3"));
    let cases = [
        ("RUNNER__JOB__VERSION", "@Challenger", Some("sets job.version to @Challenger instead of 3")),
        ("RUNNER__job__message", "other", Some("sets job.message")),
        ("RUNNER__JOB__VERSION", "3", None),
        ("RUNNER__JOB__MLFLOW_SERVICE__TRACKING_TOKEN", "hunter2", None),
        ("RUNNER__SERVICES__MLFLOW__HTTP_REQUEST_TIMEOUT", "9", None),
    ];
    for (name, value, change) in cases {
        for mode in ["--plan", "--check"] {
            let run = apply_plan(&plan, &fake).env(name, value).run_with(&["-q", mode]);
            let is_told =
                change.is_some_and(|change| run.stderr.contains(&format!("plan.yaml: {name} {change}{warning}")));
            assert_eq!((run.code, is_told), (0, change.is_some()), "{name}: {run}");
            assert!(change.is_some() || !run.stderr.contains(warning), "{name}: {run}");
        }
    }
    let by_hand = apply_plan(&plan, &fake).run_with(&["-q", "--plan", "--set", "job.message=other"]);
    assert!(by_hand.code == 0 && !by_hand.stderr.contains(warning), "{by_hand}");
    let no_plan = promote(&fake).env("RUNNER__JOB__VERSION", "1").run_with(&["-q", "--plan"]);
    assert!(no_plan.code == 0 && !no_plan.stderr.contains(warning), "{no_plan}");
}

#[test]
fn all_variables_that_override_several_plans_are_reported_together() {
    let fake = bikes();
    let job = |alias: &str| format!("{{KIND: PromotionJob, name: bikes, alias: {alias}, version: 1, expect: none}}");
    let plan = format!("jobs: [{}, {}]", job("A"), job("B"));
    let runner = apply_plan(&plan, &fake).env("RUNNER__JOBS__0__VERSION", "2").env("RUNNER__JOBS__1__VERSION", "2");
    let run = runner.run_with(&["-q", "--plan"]);
    let expected = "RUNNER__JOBS__0__VERSION sets jobs[0].version to 2 instead of 1, RUNNER__JOBS__1__VERSION sets \
                jobs[1].version to 2 instead of 1, so this is not what was planned";
    assert!(run.code == 0 && run.stderr.matches(expected).count() == 1, "{run}");
}
