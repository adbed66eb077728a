//! What somebody else does while gates take their time.

use super::gated;
use crate::support::fake_mlflow::FakeMlflow;
use crate::support::harness::{Output, Runner};

/// Versions 1 to 3, the second the Champion, on a server and in a database.
fn fake() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1).version(2).version(3).alias("Champion", 2))
}

/// Runs a promotion whose gate is another run of the program, of these jobs.
fn meanwhile(fake: &FakeMlflow, promotion: Runner, versions: &[u64]) -> Output {
    let jobs: Vec<String> =
        versions.iter().map(|version| format!("{{KIND: PromotionJob, name: bikes, version: {version}}}")).collect();
    let promotion = promotion.file("theirs.yaml", format!("jobs: [{}]", jobs.join(", ")));
    let run = promotion.env("MLFLOW_TRACKING_URI", fake.uri()).run();
    assert!(!run.stdout.contains("COMMAND_FAILED"), "{run}");
    run
}

fn gate() -> String {
    format!("[{{KIND: CommandGate, command: [{:?}, -q, theirs.yaml]}}]", env!("CARGO_BIN_EXE_runner"))
}

#[test]
fn an_alias_that_moves_while_gates_are_asked_is_left_where_it_is() {
    let fake = fake();
    let run = meanwhile(&fake, gated(&fake, &gate()), &[1]);
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (3, Some(1)), "{run}");
    assert!(run.stderr.contains("ALIAS_MOVED"), "{run}");
    let history = fake.tag("bikes", "runner.history.Champion").unwrap();
    assert_eq!(history.matches("\"version\":").count(), 1, "{history}");
}

#[test]
fn what_others_record_while_gates_are_asked_stays_in_the_history() {
    let fake = fake();
    let run = meanwhile(&fake, gated(&fake, &gate()), &[1, 2]);
    assert_eq!((run.code, fake.alias("bikes", "Champion")), (0, Some(3)), "{run}");
    let history = fake.tag("bikes", "runner.history.Champion").unwrap();
    assert_eq!(history.matches("\"version\":").count(), 3, "{history}");
}
