//! Versions that do not hold once the alias points to them.

use super::stage::{Screen, aliases, assert_screen, release};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::harness::Runner;
use crate::support::promotion::bikes;

const ALIAS: &str = "registered-models/alias";
const REFUSES: &str = r#"{ KIND: CommandGate, command: [sh, -c, "echo p99 latency is 840 ms, at most 200; exit 1"] }"#;

/// Makes a promotion that is verified by a gate, with more fields of the job.
fn verified(fake: &FakeMlflow, gate: &str, more: &str) -> Runner {
    release(fake, &format!("{{ KIND: PromotionJob, verify: {{ gates: [{gate}] }}{more} }}"))
}

#[test]
fn it_fails_and_the_alias_is_moved_back() {
    let fake = bikes();
    let screen = Screen::of(&verified(&fake, REFUSES, ""));
    assert_screen!(
        "Version 3 is too slow in production: the alias moved 2 -> 3, and back to 2.",
        aliases(&fake),
        screen
    );
}

#[test]
fn it_fails_in_every_attempt() {
    let fake = bikes();
    let job = format!("{{ KIND: PromotionJob, verify: {{ attempts: 3, interval: 0, gates: [{REFUSES}] }} }}");
    let screen = Screen::of(&release(&fake, &job));
    assert_screen!("The same with three attempts.", aliases(&fake), screen);
}

#[test]
fn it_fails_and_the_alias_is_kept() {
    let fake = bikes();
    let screen = Screen::of(&verified(&fake, REFUSES, ", on_verify_failure: keep"));
    assert_screen!("Version 3 is too slow, and the job says to keep it: the alias stays at 3.", aliases(&fake), screen);
}

#[test]
fn it_fails_and_a_new_alias_is_deleted_again() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1));
    let screen = Screen::of(&verified(&fake, REFUSES, ""));
    assert_screen!("A first promotion that does not hold: the alias is deleted again.", aliases(&fake), screen);
}

#[test]
fn it_fails_and_the_registry_is_gone() {
    let fake = bikes().fault(Fault::reset().on("registered-models/get").after(2).always());
    let screen = Screen::of(&verified(&fake, REFUSES, ""));
    assert_screen!(
        "Version 3 is too slow, and the registry cannot be asked any more: the alias stays at 3.",
        aliases(&fake),
        screen
    );
}

#[test]
fn it_fails_and_the_move_back_gets_no_answer() {
    let fake = bikes().fault(Fault::reset().on(ALIAS).method("POST").after(1).always());
    let fake = fake.fault(Fault::reset().on(ALIAS).method("GET").after(1).always());
    let screen = Screen::of(&verified(&fake, REFUSES, ""));
    assert_screen!("Version 3 is too slow, and the move back gets no answer; it was not made.", aliases(&fake), screen);
}

#[test]
fn it_fails_and_the_move_back_is_forbidden() {
    let forbidden = Fault::error(403, "PERMISSION_DENIED", "the model is frozen").on(ALIAS).method("POST");
    let fake = bikes().fault(forbidden.after(1).always());
    let screen = Screen::of(&verified(&fake, REFUSES, ""));
    assert_screen!("Version 3 is too slow, and the registry forbids to move the alias back.", aliases(&fake), screen);
}

#[test]
fn somebody_moves_the_alias_meanwhile() {
    let fake = bikes();
    let waits = r#"{ KIND: CommandGate, command: [sh, -c, "mkfifo go; echo > waiting; read line < go; exit 1"] }"#;
    let runner = verified(&fake, waits, "");
    let waiting = runner.dir().join("waiting");
    let running = runner.spawn_on_screen();
    while !waiting.exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fake.set_alias("bikes", "Champion", 1);
    std::fs::write(runner.dir().join("go"), "\n").unwrap();
    let screen = Screen::of_running(&runner, running);
    assert_screen!(
        "While version 3 is verified, somebody moves the alias to 1; then it fails.",
        aliases(&fake),
        screen
    );
}
