//! Mistakes in configs and arguments, found before anything starts.

use super::stage::{Screen, assert_screen, staged};
use crate::support::harness::Runner;

const UNTOUCHED: &str = "nothing was started; no registry was asked";

/// Makes a run of a config.
fn config(text: &str) -> Runner {
    staged().file("release.yaml", text).arg("release.yaml")
}

#[test]
fn a_field_of_the_job_is_misspelt() {
    let runner = config("job:\n  KIND: PromotionJob\n  name: bikes\n  alais: Champion\n");
    assert_screen!("The job says `alais` instead of `alias`.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn a_section_is_misspelt() {
    let runner = config("servcies:\n  mlflow: { registry_name: bikes }\njob:\n  KIND: PromotionJob\n");
    assert_screen!("The config says `servcies` instead of `services`.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn a_kind_is_misspelt() {
    let runner = config("job:\n  KIND: PromoteJob\n  name: bikes\n");
    assert_screen!("There is no job of the kind PromoteJob.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn a_version_is_a_word() {
    let runner = config("job:\n  KIND: PromotionJob\n  name: bikes\n  version: three\n");
    assert_screen!("The version is `three`, not a number.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn a_bracket_is_not_closed() {
    let runner = config("services:\n  mlflow: { registry_name: bikes\njob:\n  KIND: PromotionJob\n");
    assert_screen!("The bracket of line 2 is not closed.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn several_mistakes_at_once() {
    let gates = "  gates:\n    - { KIND: MetricGate, metric: rmse, treshold: 0.3 }\n    - { KIND: TagsGate, key: a, equals: b }\n";
    let runner = config(&format!("job:\n  KIND: PromotionJob\n  name: bikes\n  retries: 3\n{gates}"));
    assert_screen!(
        "A field of the job, a field of a gate and the kind of a gate are wrong.",
        UNTOUCHED,
        Screen::of(&runner)
    );
}

#[test]
fn the_model_is_not_named() {
    let runner = config("job:\n  KIND: PromotionJob\n");
    assert_screen!("Neither the job nor `services` names the model.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn a_file_is_missing() {
    assert_screen!("There is no file relaese.yaml.", UNTOUCHED, Screen::of(&staged().arg("relaese.yaml")));
}

#[test]
fn a_variable_is_not_set() {
    let runner = config("job:\n  KIND: PromotionJob\n  name: \"${env:MODEL}\"\n");
    assert_screen!("The variable MODEL, which the config names, is not set.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn an_override_names_an_unknown_field() {
    let runner = config("job:\n  KIND: PromotionJob\n  name: bikes\n").env("RUNNER__JOB__VERSON", "3");
    assert_screen!("A variable overrides `verson`, which is no field.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn no_config_is_given() {
    assert_screen!("The program is run without any argument.", UNTOUCHED, Screen::of(&staged()));
}

#[test]
fn an_option_is_misspelt() {
    let runner = config("job:\n  KIND: PromotionJob\n  name: bikes\n").arg("--plam");
    assert_screen!("The option is `--plam` instead of `--plan`.", UNTOUCHED, Screen::of(&runner));
}

#[test]
fn a_check_finds_a_mistake() {
    let runner = config("job:\n  KIND: PromotionJob\n  name: bikes\n").arg("--check");
    let runner =
        runner.file("other.yaml", "job:\n  KIND: RollbackJob\n  name: bikes\n  version: 2\n").arg("other.yaml");
    assert_screen!("`--check` of two files; the second gives a rollback a `version`.", UNTOUCHED, Screen::of(&runner));
}
