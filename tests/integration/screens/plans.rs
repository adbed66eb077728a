//! Plans: shown, printed as a config, and applied too late.

use super::stage::{Screen, aliases, assert_screen, release, releases, staged};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion;

const GATED: &str = "{ KIND: PromotionJob, gates: [{ KIND: TagGate, key: validation_status, equals: approved }] }";

/// Starts a registry whose versions were measured.
fn bikes() -> FakeMlflow {
    promotion::bikes().run("run1", &[("rmse", 0.3)]).run("run2", &[("rmse", 0.28)]).run("run3", &[("rmse", 0.25)])
}

/// Makes a run that applies the plan of a job.
fn planned(fake: &FakeMlflow, job: &str) -> Runner {
    let plan = release(fake, job).run_with(&["-q", "--plan", "-o", "yaml"]);
    assert_eq!(plan.code, 0, "{plan}");
    staged().file("plan.yaml", plan.stdout).arg("plan.yaml")
}

#[test]
fn a_plan_is_shown() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob }").arg("--plan"));
    assert_screen!("What a promotion would do.", aliases(&fake), screen);
}

#[test]
fn a_plan_without_metrics_is_shown() {
    let fake = promotion::bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob }").arg("--plan"));
    assert_screen!("The same where the runs of the versions were deleted.", aliases(&fake), screen);
}

#[test]
fn a_plan_of_several_jobs_is_shown() {
    let fake = bikes().model("cars", |model| model.version(1));
    let jobs = [
        "{ KIND: PromotionJob, message: weekly release }",
        "{ KIND: PromotionJob, name: cars }",
        "{ KIND: PromotionJob, alias: Staging, version: 9 }",
    ];
    let screen = Screen::of(&releases(&fake, &jobs).args(["--plan", "--on-failure", "continue"]));
    assert_screen!("What a list would do: a move, a first promotion, and one that cannot be.", aliases(&fake), screen);
}

#[test]
fn a_plan_is_printed_as_yaml() {
    let fake = bikes();
    let screen =
        Screen::of(&release(&fake, "{ KIND: PromotionJob, message: weekly release }").args(["--plan", "-o", "yaml"]));
    assert_screen!("The plan as a config, on the terminal.", aliases(&fake), screen);
}

#[test]
fn a_gate_would_block() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, GATED).arg("--plan"));
    assert_screen!("The plan of a promotion that a gate would block.", aliases(&fake), screen);
}

#[test]
fn a_gate_would_block_and_the_plan_was_to_be_printed() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, GATED).args(["--plan", "-o", "yaml"]));
    assert_screen!("The same, to be printed as a config: there is no plan to print.", aliases(&fake), screen);
}

#[test]
fn a_plan_is_applied() {
    let fake = bikes();
    let screen = Screen::of(&planned(&fake, "{ KIND: PromotionJob }"));
    assert_screen!("A plan is applied in time.", aliases(&fake), screen);
}

#[test]
fn a_plan_is_applied_twice() {
    let fake = bikes();
    let runner = planned(&fake, "{ KIND: PromotionJob }");
    assert_eq!(runner.run().code, 0);
    assert_screen!("A plan that was applied before is applied again.", aliases(&fake), Screen::of(&runner));
}

#[test]
fn the_alias_moved_after_the_plan() {
    let fake = bikes();
    let runner = planned(&fake, "{ KIND: PromotionJob }");
    fake.add_version("bikes", 4);
    fake.set_alias("bikes", "Champion", 4);
    assert_screen!(
        "After the plan (2 -> 3), somebody moved the alias to the newer version 4.",
        aliases(&fake),
        Screen::of(&runner)
    );
}

#[test]
fn the_version_was_deleted_after_the_plan() {
    let fake = bikes();
    let runner = planned(&fake, "{ KIND: PromotionJob }");
    fake.delete_version("bikes", 3);
    assert_screen!("After the plan (2 -> 3), version 3 was deleted.", aliases(&fake), Screen::of(&runner));
}

#[test]
fn a_variable_changes_the_plan() {
    let fake = bikes();
    let runner = planned(&fake, "{ KIND: PromotionJob }").env("RUNNER__JOB__VERSION", "1");
    assert_screen!("A variable overrides the version of a plan.", aliases(&fake), Screen::of(&runner));
}

#[test]
fn a_list_that_cannot_be_pinned() {
    let fake = bikes();
    let jobs = ["{ KIND: PromotionJob, alias: Staging }", "{ KIND: PromotionJob, version: '@Staging' }"];
    let screen = Screen::of(&releases(&fake, &jobs).args(["--plan", "-o", "yaml"]));
    assert_screen!("The second job of a list depends on what the first will do.", aliases(&fake), screen);
}
