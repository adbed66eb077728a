//! Runs that do what they are asked to.

use serde_json::json;

use super::stage::{Screen, aliases, assert_screen, release, releases, services, staged};
use crate::jobs::rollback::{KEY, entry};
use crate::support::fake_mlflow::{FakeMlflow, Fault, Model};
use crate::support::promotion::bikes;

/// Starts a registry whose Champion is at 3 after promotions to 1, 2 and 3.
fn recorded() -> FakeMlflow {
    let moves = [
        entry(3, Some(2), Some(3), &json!({ "message": "weekly release" })),
        entry(2, Some(1), Some(2), &json!({ "actor": "ada" })),
        entry(1, None, Some(1), &json!({})),
    ];
    let history = json!(moves).to_string();
    let fill = |model: Model| model.version(1).version(2).version(3).alias("Champion", 3).tag(KEY, &history);
    FakeMlflow::start().model("bikes", fill)
}

#[test]
fn an_alias_is_moved() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, message: weekly release }"));
    assert_screen!("A promotion from 2 to 3.", aliases(&fake), screen);
}

#[test]
fn an_alias_is_moved_after_gates_and_verified() {
    let fake = bikes().run("run2", &[("rmse", 0.28)]).run("run3", &[("rmse", 0.25)]);
    let gates =
        "{ KIND: MetricGate, metric: rmse, greater_is_better: false, threshold: 0.3, min_relative_change: 0.05 }";
    let verify = r#"{ KIND: CommandGate, command: [sh, -c, "echo p99 latency is 120 ms"] }"#;
    let job = format!("{{ KIND: PromotionJob, gates: [{gates}], verify: {{ gates: [{verify}] }} }}");
    assert_screen!(
        "A promotion from 2 to 3 with a gate and a verification.",
        aliases(&fake),
        Screen::of(&release(&fake, &job))
    );
}

#[test]
fn an_alias_is_made() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, alias: Production }"));
    assert_screen!("A first promotion: the alias did not exist.", aliases(&fake), screen);
}

#[test]
fn an_alias_is_there_already() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, version: 2 }"));
    assert_screen!("The alias is where it should be.", aliases(&fake), screen);
}

#[test]
fn a_variable_overrides_the_version() {
    let fake = bikes();
    let runner = release(&fake, "{ KIND: PromotionJob, version: 3 }").env("RUNNER__JOB__VERSION", "1");
    assert_screen!(
        "The file says version 3, a variable says 1, and the variable wins.",
        aliases(&fake),
        Screen::of(&runner)
    );
}

#[test]
fn an_alias_is_rolled_back() {
    let fake = recorded();
    let screen = Screen::of(&release(&fake, "{ KIND: RollbackJob, message: errors since 02:40 }"));
    assert_screen!("A rollback from 3 to 2.", aliases(&fake), screen);
}

#[test]
fn a_version_is_registered() {
    let fake = bikes();
    let screen =
        Screen::of(&release(&fake, "{ KIND: RegistrationJob, source: 's3://models/bikes/4', alias: Challenger }"));
    assert_screen!("A registration, with an alias for the new version.", aliases(&fake), screen);
}

#[test]
fn a_history_is_shown() {
    let fake = recorded();
    assert_screen!("The history of all aliases.", aliases(&fake), Screen::of(&release(&fake, "{ KIND: HistoryJob }")));
}

#[test]
fn a_status_is_shown() {
    let fill = |model: Model| {
        let model = model.version(1).version(2).version_as(3, "PENDING_REGISTRATION").alias("Champion", 2);
        [1, 2, 3]
            .into_iter()
            .fold(model, |model, version| model.with(version, |version| version.created = 1_000_000_000_000))
    };
    let fake = FakeMlflow::start().model("bikes", fill).run("run1", &[("rmse", 0.3)]).run("run2", &[("rmse", 0.28)]);
    let fake = fake.run("run3", &[("rmse", 0.25)]);
    assert_screen!("The state of a model.", aliases(&fake), Screen::of(&release(&fake, "{ KIND: StatusJob }")));
}

#[test]
fn a_batch_succeeds() {
    let fill = |model: Model| model.version(1).version(2).alias("Champion", 1);
    let fake = bikes().model("boats", fill).model("cars", fill);
    let jobs = [
        "{ KIND: PromotionJob }",
        "{ KIND: PromotionJob, name: boats }",
        "{ KIND: PromotionJob, name: cars, version: 1 }",
    ];
    assert_screen!(
        "Two promotions, and one that is done already.",
        aliases(&fake),
        Screen::of(&releases(&fake, &jobs))
    );
}

#[test]
fn a_check_finds_nothing() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob }").arg("--check"));
    assert_screen!("`--check` of a good config.", aliases(&fake), screen);
}

#[test]
fn a_doctor_finds_nothing() {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let fake = bikes().fault(Fault::status(200).body("3.17.2").header("Date", &now).on("/version"));
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob }").arg("--doctor"));
    assert_screen!("`--doctor` of a registry in order.", aliases(&fake), screen);
}

#[test]
fn a_doctor_finds_the_server_down_and_a_model_missing() {
    let fake = bikes();
    let down = services("http://127.0.0.1:1") + "job: { KIND: StatusJob }\n";
    let runner = release(&fake, "{ KIND: PromotionJob, name: bieks }").file("elsewhere.yaml", down);
    let runner = runner.args(["elsewhere.yaml", "--doctor"]);
    assert_screen!(
        "`--doctor` of two registries: one lacks the model, the other is down.",
        aliases(&fake),
        Screen::of(&runner)
    );
}

#[test]
fn the_version_is_printed() {
    assert_screen!("`--version`.", "nothing was started", Screen::of(&staged().arg("--version")));
}

#[test]
fn the_short_help_is_printed() {
    assert_screen!("`-h`.", "nothing was started", Screen::of(&staged().arg("-h")));
}
