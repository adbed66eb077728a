//! Lists of jobs of which some do not succeed.

use super::stage::{Screen, aliases, assert_screen, releases};
use crate::support::fake_mlflow::{FakeMlflow, Fault, Model};

const ALIAS: &str = "registered-models/alias";
const MODELS: [&str; 5] = ["bikes", "boats", "cars", "trains", "trams"];

/// Starts a registry of five models, each with versions 1 to 3 and Champion at 2.
fn fleet() -> FakeMlflow {
    let fill = |model: Model| model.version(1).version(2).version(3).alias("Champion", 2);
    MODELS.iter().fold(FakeMlflow::start(), |fake, model| fake.model(model, fill))
}

/// Returns five promotions, of which the fourth cannot succeed.
fn jobs() -> Vec<String> {
    let job = |model: &&str| match *model {
        "trains" => "{ KIND: PromotionJob, name: trains, version: 9 }".to_owned(),
        model => format!("{{ KIND: PromotionJob, name: {model} }}"),
    };
    MODELS.iter().map(job).collect()
}

/// Shows the five promotions.
fn five(fake: &FakeMlflow, args: &[&str]) -> Screen {
    let jobs = jobs();
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    Screen::of(&releases(fake, &jobs).args(args.iter().copied()))
}

#[test]
fn one_of_five_fails_and_the_rest_is_skipped() {
    let fake = fleet();
    let screen = five(&fake, &[]);
    assert_screen!("The fourth of five promotions names a version that does not exist.", aliases(&fake), screen);
}

#[test]
fn one_of_five_fails_and_the_others_run() {
    let fake = fleet();
    let screen = five(&fake, &["--on-failure", "continue"]);
    assert_screen!("The same with `--on-failure continue`.", aliases(&fake), screen);
}

#[test]
fn one_of_five_fails_and_all_are_moved_back() {
    let fake = fleet();
    let screen = five(&fake, &["--on-failure", "restore"]);
    assert_screen!("The same with `--on-failure restore`.", aliases(&fake), screen);
}

#[test]
fn a_gate_blocks_one_and_all_are_moved_back() {
    let fake = fleet();
    let gated =
        "{ KIND: PromotionJob, name: cars, gates: [{ KIND: TagGate, key: validation_status, equals: approved }] }";
    let jobs = ["{ KIND: PromotionJob, name: bikes }", "{ KIND: PromotionJob, name: boats }", gated];
    let screen = Screen::of(&releases(&fake, &jobs).args(["--on-failure", "restore"]));
    assert_screen!("A gate blocks the third of three promotions, with `--on-failure restore`.", aliases(&fake), screen);
}

#[test]
fn one_cannot_be_moved_back() {
    let refused = Fault::error(403, "PERMISSION_DENIED", "only an admin deletes").on(ALIAS).method("DELETE");
    let fake = fleet().fault(refused.always());
    let new = "{ KIND: PromotionJob, name: boats, alias: Production }";
    let jobs = ["{ KIND: PromotionJob, name: bikes }", new, "{ KIND: PromotionJob, name: cars, version: 9 }"];
    let screen = Screen::of(&releases(&fake, &jobs).args(["--on-failure", "restore"]));
    assert_screen!("The third fails; the new alias of the second cannot be deleted again.", aliases(&fake), screen);
}

#[test]
fn somebody_else_moved_one_before_it_was_moved_back() {
    let fake = fleet().fault(Fault::held().on("model-versions/get"));
    let jobs = [
        "{ KIND: PromotionJob, name: bikes }",
        "{ KIND: PromotionJob, name: boats }",
        "{ KIND: PromotionJob, name: cars, version: 9 }",
    ];
    let runner = releases(&fake, &jobs).args(["--on-failure", "restore"]);
    let running = runner.spawn_on_screen();
    fake.wait_for("model-versions/get", 1);
    fake.set_alias("boats", "Champion", 1);
    fake.release();
    let screen = Screen::of_running(&runner, running);
    assert_screen!(
        "The third fails; meanwhile somebody moved boats to 1, which is left alone.",
        aliases(&fake),
        screen
    );
}

#[test]
fn the_server_dies_in_the_middle() {
    let fake = fleet().fault(Fault::reset().on("registered-models/get").after(2).always());
    let jobs = [
        "{ KIND: PromotionJob, name: bikes, version: 3 }",
        "{ KIND: PromotionJob, name: boats, version: 3 }",
        "{ KIND: PromotionJob, name: cars, version: 3 }",
    ];
    let screen = Screen::of(&releases(&fake, &jobs));
    assert_screen!("The server answers no more after the second of three promotions.", aliases(&fake), screen);
}

#[test]
fn it_is_interrupted() {
    let fake = fleet().fault(Fault::held().on(ALIAS).method("POST").after(1));
    let jobs = [
        "{ KIND: PromotionJob, name: bikes }",
        "{ KIND: PromotionJob, name: boats }",
        "{ KIND: PromotionJob, name: cars }",
    ];
    let runner = releases(&fake, &jobs);
    let mut running = runner.spawn_on_screen();
    fake.wait_for(ALIAS, 3);
    running.signal("INT");
    running.wait_for_line("a second signal ends at once");
    fake.release();
    let screen = Screen::of_running(&runner, running);
    assert_screen!("Control-C while the second of three aliases is being moved.", aliases(&fake), screen);
}

#[test]
fn it_is_interrupted_and_moved_back() {
    let fake = fleet().fault(Fault::held().on(ALIAS).method("POST").after(1));
    let jobs = [
        "{ KIND: PromotionJob, name: bikes }",
        "{ KIND: PromotionJob, name: boats }",
        "{ KIND: PromotionJob, name: cars }",
    ];
    let runner = releases(&fake, &jobs).args(["--on-failure", "restore"]);
    let mut running = runner.spawn_on_screen();
    fake.wait_for(ALIAS, 3);
    running.signal("TERM");
    running.wait_for_line("a second signal ends at once");
    fake.release();
    let screen = Screen::of_running(&runner, running);
    assert_screen!(
        "SIGTERM while the second of three aliases is being moved, with `--on-failure restore`.",
        aliases(&fake),
        screen
    );
}
