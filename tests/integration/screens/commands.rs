//! Programs that run before a promotion.

use super::stage::{Screen, aliases, assert_screen, releases, staged};
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::Runner;
use crate::support::promotion::bikes;

const PROMOTION: &str = "{ KIND: PromotionJob, id: release, needs: [train] }";

/// Makes a run of a script named `train`, with further fields, and of a promotion that needs it.
fn train(fake: &FakeMlflow, script: &str, more: &str) -> Runner {
    let job = format!("{{ KIND: CommandJob, id: train, command: [sh, -c, '{script}']{more} }}");
    releases(fake, &[&job, PROMOTION])
}

#[test]
fn a_program_trains_and_its_version_is_promoted() {
    let fake = bikes();
    let script = "echo epoch 1: rmse 0.31; echo epoch 2: rmse 0.28; echo saved";
    let screen = Screen::of(&train(&fake, script, ""));
    assert_screen!("A program succeeds, and a promotion needs it.", aliases(&fake), screen);
}

#[test]
fn a_program_fails_and_the_promotion_is_skipped() {
    let fake = bikes();
    let script = "echo epoch 1: rmse 0.31; echo FileNotFoundError data/bikes.parquet; exit 3";
    let screen = Screen::of(&train(&fake, script, ""));
    assert_screen!("A program that a promotion needs ends with exit code 3.", aliases(&fake), screen);
}

#[test]
fn a_program_takes_too_long() {
    let fake = bikes();
    let screen = Screen::of(&train(&fake, "echo waiting for data; sleep 300", ", timeout: 1"));
    assert_screen!("A program waits longer than its `timeout` of one second.", aliases(&fake), screen);
}

#[test]
fn a_program_does_not_exist() {
    let fake = bikes();
    let screen = Screen::of(&releases(
        &fake,
        &["{ KIND: CommandJob, command: [trian, --epochs, '3'] }", "{ KIND: PromotionJob }"],
    ));
    assert_screen!("The name of a program is mistyped.", aliases(&fake), screen);
}

#[test]
fn a_program_is_planned() {
    let fake = bikes();
    let screen = Screen::of(&train(&fake, "echo epoch 1", "").arg("--plan"));
    assert_screen!("A program and a promotion behind it are planned.", aliases(&fake), screen);
}

#[test]
fn a_program_is_interrupted() {
    let fake = bikes();
    let script = "trap \"echo saving a checkpoint; exit 1\" INT; echo epoch 1; while :; do sleep 0.05; done";
    let runner = train(&fake, script, "");
    let mut running = runner.spawn_on_screen();
    running.wait_for_line("epoch 1");
    running.signal("INT");
    let screen = Screen::of_running(&runner, running);
    assert_screen!("SIGINT comes while a program runs, which saves its work.", aliases(&fake), screen);
}

#[test]
fn a_job_of_the_python_template_cannot_run() {
    let config = "job:\n  KIND: TrainingJob\n  inputs: { KIND: ParquetReader, path: data/inputs_train.parquet }\n";
    let screen = Screen::of(&staged().file("confs/training.yaml", config).arg("confs/training.yaml"));
    assert_screen!("A config of the Python template trains a model.", "nothing was asked", screen);
}

#[test]
fn two_jobs_need_each_other() {
    let fake = bikes();
    let jobs = [
        "{ KIND: CommandJob, id: train, needs: [release], command: [python, train.py] }",
        "{ KIND: PromotionJob, id: release, needs: [train] }",
    ];
    let screen = Screen::of(&releases(&fake, &jobs));
    assert_screen!("A training and a promotion need each other.", aliases(&fake), screen);
}
