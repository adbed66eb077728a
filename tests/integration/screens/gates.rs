//! Gates that refuse a version, and gates that cannot judge it.

use super::stage::{Screen, aliases, assert_screen, release};
use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::promotion::bikes;
use crate::support::receiver::{Receiver, Reply};

/// Starts a registry whose versions 2 and 3 have metrics.
fn measured() -> FakeMlflow {
    bikes().run("run2", &[("rmse", 0.28), ("r2", 0.91)]).run("run3", &[("rmse", 0.31), ("r2", 0.93)])
}

/// Shows a promotion that asks these gates.
fn asking(fake: &FakeMlflow, gates: &str) -> Screen {
    Screen::of(&release(fake, &format!("{{ KIND: PromotionJob, gates: [{gates}] }}")))
}

#[test]
fn a_metric_is_too_high() {
    let fake = measured();
    let screen = asking(&fake, "{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3 }");
    assert_screen!("The rmse of version 3 is 0.31, and may be 0.3.", aliases(&fake), screen);
}

#[test]
fn a_metric_is_worse_than_the_champion() {
    let fake = measured();
    let gate = "{ KIND: MetricGate, metric: rmse, greater_is_better: false, min_relative_change: 0.05 }";
    let screen = asking(&fake, gate);
    assert_screen!(
        "The rmse of version 3 must be 5 % lower than that of version 2, and is higher.",
        aliases(&fake),
        screen
    );
}

#[test]
fn one_of_two_gates_of_one_kind_refuses() {
    let fake = measured();
    let gate = |metric: &str, greater: bool, threshold: &str| {
        format!("{{ KIND: MetricGate, metric: {metric}, greater_is_better: {greater}, threshold: {threshold} }}")
    };
    let screen = asking(&fake, &[gate("r2", true, "0.9"), gate("rmse", false, "0.3")].join(", "));
    assert_screen!("Two metrics are judged: r2 is good, rmse is not.", aliases(&fake), screen);
}

#[test]
fn two_gates_refuse() {
    let fake = measured();
    let tag = "{ KIND: TagGate, key: validation_status, equals: approved }";
    let metric = "{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3 }";
    let screen = asking(&fake, &format!("{metric}, {tag}"));
    assert_screen!("The rmse is too high, and nobody approved the version.", aliases(&fake), screen);
}

#[test]
fn a_gate_only_warns() {
    let fake = measured();
    let gate = "{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3, mode: warn }";
    let screen = asking(&fake, gate);
    assert_screen!("A gate in the mode `warn` refuses, and the alias moves all the same.", aliases(&fake), screen);
}

#[test]
fn the_metric_was_not_logged() {
    let fake = bikes().run("run3", &[("accuracy", 0.93)]);
    let screen = asking(&fake, "{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3 }");
    assert_screen!("The run of version 3 has no metric rmse: the evidence is missing.", aliases(&fake), screen);
}

#[test]
fn the_evidence_cannot_be_read() {
    let fake = measured().fault(Fault::status(500).on("runs/get").always());
    let screen = asking(&fake, "{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3 }");
    assert_screen!("The server answers 500 when it is asked for the run of version 3.", aliases(&fake), screen);
}

#[test]
fn a_program_says_no() {
    let fake = bikes();
    let script = "print('loading version 3'); print('FAIL: 12 of 1000 predictions are NaN'); raise SystemExit(1)";
    let gate = format!(r#"{{ KIND: CommandGate, command: [python3, -c, "{script}"] }}"#);
    assert_screen!("The check ran, and says that predictions are NaN.", aliases(&fake), asking(&fake, &gate));
}

#[test]
fn a_program_ends_with_a_traceback() {
    let fake = bikes();
    let script = "def check():\n    model = {}['model']\ncheck()\n";
    let gate = "{ KIND: CommandGate, command: [python3, checks/smoke.py] }";
    let runner = release(&fake, &format!("{{ KIND: PromotionJob, gates: [{gate}] }}")).file("checks/smoke.py", script);
    assert_screen!("The check itself is broken: it ends with a Python exception.", aliases(&fake), Screen::of(&runner));
}

#[test]
fn a_program_crashes() {
    let fake = bikes();
    let gate = r#"{ KIND: CommandGate, command: [sh, -c, "echo loading; kill -SEGV $$"] }"#;
    assert_screen!("The check crashes with a signal.", aliases(&fake), asking(&fake, gate));
}

#[test]
fn a_program_takes_too_long() {
    let fake = bikes();
    let gate = r#"{ KIND: CommandGate, command: [sh, -c, "echo waiting for the GPU; sleep 60"], timeout: 2 }"#;
    assert_screen!("The check is not done within its two seconds.", aliases(&fake), asking(&fake, gate));
}

#[test]
fn a_program_does_not_exist() {
    let fake = bikes();
    let gate = "{ KIND: CommandGate, command: [./checks/smoke.sh] }";
    assert_screen!("There is no program checks/smoke.sh.", aliases(&fake), asking(&fake, gate));
}

#[test]
fn an_endpoint_is_unreachable() {
    let fake = bikes();
    let gate = "{ KIND: HttpGate, url: 'http://127.0.0.1:1/ping' }";
    assert_screen!("Nothing listens where the gate asks.", aliases(&fake), asking(&fake, gate));
}

#[test]
fn an_endpoint_answers_with_an_error() {
    let (fake, endpoint) = (bikes(), Receiver::start([Reply::saying(503, "model is loading")]));
    let gate = format!("{{ KIND: HttpGate, url: '{}' }}", endpoint.url("/ping"));
    assert_screen!("The endpoint answers 503.", aliases(&fake), asking(&fake, &gate));
}
