//! What the registry holds does not fit what the job asks for.

use serde_json::json;

use super::stage::{Screen, aliases, assert_screen, release, releases, services, staged};
use crate::jobs::rollback::{KEY, entry};
use crate::support::fake_mlflow::{FakeMlflow, Model};
use crate::support::promotion::bikes;

#[test]
fn the_model_does_not_exist() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, name: bieks }"));
    assert_screen!("The job names a model that does not exist.", aliases(&fake), screen);
}

#[test]
fn the_model_has_no_version() {
    let fake = FakeMlflow::start().model("bikes", |model| model);
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob }"));
    assert_screen!("The model exists and has no version.", aliases(&fake), screen);
}

#[test]
fn the_version_does_not_exist() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, version: 9 }"));
    assert_screen!("The job names version 9, and the model has versions 1 to 3.", aliases(&fake), screen);
}

#[test]
fn the_version_in_a_list_does_not_exist() {
    let fake = bikes();
    let screen = Screen::of(&releases(&fake, &["{ KIND: PromotionJob, version: 9 }"]));
    assert_screen!("The only job of a list names version 9, and there is none.", aliases(&fake), screen);
}

#[test]
fn the_version_comes_from_a_variable_and_does_not_exist() {
    let fake = bikes();
    let runner = release(&fake, "{ KIND: PromotionJob, version: 3 }").env("RUNNER__JOB__VERSION", "9");
    assert_screen!(
        "The file names version 3, a variable says 9, and there is none.",
        aliases(&fake),
        Screen::of(&runner)
    );
}

#[test]
fn the_version_is_being_registered() {
    let fake = bikes();
    fake.set_status("bikes", 3, "PENDING_REGISTRATION");
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob }"));
    assert_screen!("The latest version is still being registered.", aliases(&fake), screen);
}

#[test]
fn the_registration_of_the_version_failed() {
    let fake = bikes();
    fake.set_status("bikes", 3, "FAILED_REGISTRATION");
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, version: 3 }"));
    assert_screen!("The registration of the version that the job names failed.", aliases(&fake), screen);
}

#[test]
fn the_alias_to_take_the_version_from_does_not_exist() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, version: '@Challenger' }"));
    assert_screen!("The version is that of an alias which does not exist.", aliases(&fake), screen);
}

#[test]
fn the_alias_is_not_where_the_job_expects_it() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, expect: 1 }"));
    assert_screen!("The job expects the alias at version 1; it is at 2.", aliases(&fake), screen);
}

#[test]
fn the_alias_must_not_exist_and_does() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: PromotionJob, expect: none }"));
    assert_screen!("The job expects that the alias does not exist; it is at 2.", aliases(&fake), screen);
}

#[test]
fn two_files_move_one_alias() {
    let fake = bikes();
    let config = |job: &str| services(&fake.uri()) + &format!("job: {job}\n");
    let runner = staged().file("old.yaml", config("{ KIND: PromotionJob, version: 1 }")).arg("old.yaml");
    let runner = runner.file("new.yaml", config("{ KIND: PromotionJob, version: 3 }")).arg("new.yaml");
    assert_screen!(
        "Two files move the same alias, the first to 1 and the second to 3.",
        aliases(&fake),
        Screen::of(&runner)
    );
}

#[test]
fn a_rollback_has_no_history() {
    let fake = bikes();
    let screen = Screen::of(&release(&fake, "{ KIND: RollbackJob }"));
    assert_screen!("A rollback of an alias whose moves were never recorded.", aliases(&fake), screen);
}

#[test]
fn a_rollback_finds_that_somebody_moved_the_alias() {
    let history = json!([entry(2, Some(1), Some(2), &json!({})), entry(1, None, Some(1), &json!({}))]).to_string();
    let fill = |model: Model| model.version(1).version(2).version(3).alias("Champion", 3).tag(KEY, &history);
    let fake = FakeMlflow::start().model("bikes", fill);
    let screen = Screen::of(&release(&fake, "{ KIND: RollbackJob }"));
    assert_screen!(
        "By its history the alias is at 2; somebody moved it to 3 without a record.",
        aliases(&fake),
        screen
    );
}

#[test]
fn a_rollback_finds_that_the_version_before_was_deleted() {
    let history = json!([entry(2, Some(1), Some(2), &json!({})), entry(1, None, Some(1), &json!({}))]).to_string();
    let fake = FakeMlflow::start().model("bikes", |model| model.version(2).alias("Champion", 2).tag(KEY, &history));
    let screen = Screen::of(&release(&fake, "{ KIND: RollbackJob }"));
    assert_screen!("The version to go back to, 1, was deleted.", aliases(&fake), screen);
}
