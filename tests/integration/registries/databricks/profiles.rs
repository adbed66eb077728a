//! `~/.databrickscfg`.

use std::fs;

use super::{BIKES, bikes, promote};
use crate::support::fake_databricks::FakeDatabricks;
use crate::support::harness::Runner;

/// Writes profiles into the home folder of a run; `HOST` stands for the workspace.
fn with_profiles(fake: &FakeDatabricks, text: &str) -> Runner {
    promote().file(".databrickscfg", text.replace("HOST", &fake.uri()))
}

fn assert_promotes(fake: &FakeDatabricks, runner: Runner) {
    let run = runner.run();
    assert_eq!((run.code, fake.alias(BIKES, "Champion")), (0, Some(10)), "{run}");
}

const PROFILES: &str = "\
; written by hand
[DEFAULT]
host = HOST
token = dapi-good

[machine]
host: HOST/
client_id     = app
client_secret = s3cret

[wrong]
host = HOST
token = dapi-bad
";

#[test]
fn the_default_profile_counts_unless_another_is_named() {
    let fake = bikes();
    assert_promotes(&fake, with_profiles(&fake, PROFILES));
}

#[test]
fn the_address_or_a_variable_names_another_profile() {
    let fake = bikes();
    assert_promotes(
        &fake,
        with_profiles(&fake, PROFILES).args(["--set", "services.mlflow.registry_uri=databricks-uc://machine"]),
    );
    let fake = bikes();
    assert_promotes(&fake, with_profiles(&fake, PROFILES).env("DATABRICKS_CONFIG_PROFILE", "machine"));
    assert_eq!(fake.access().issued, 1);
}

#[test]
fn variables_win_field_by_field_over_a_profile() {
    let fake = bikes();
    let runner = with_profiles(&fake, PROFILES).env("DATABRICKS_TOKEN", "dapi-good");
    assert_promotes(&fake, runner.args(["--set", "services.mlflow.registry_uri=databricks-uc://wrong"]));
}

#[test]
fn variables_without_a_profile_stand_alone() {
    let fake = bikes();
    let run = with_profiles(&fake, PROFILES).env("DATABRICKS_TOKEN", "dapi-good").run();
    assert!(run.code == 1 && run.stdout.contains("no Databricks workspace is given"), "{run}");
}

#[test]
fn the_profiles_may_be_in_another_file() {
    let fake = bikes();
    let runner = promote().file("here.cfg", PROFILES.replace("HOST", &fake.uri()));
    assert_promotes(&fake, runner.env("DATABRICKS_CONFIG_FILE", "here.cfg"));
}

#[test]
fn unusable_profiles_are_refused_without_their_secrets() {
    let mut all = vec![];
    for (profile, text) in [
        ("none", "[DEFAULT]\nhost = h.example\ntoken = hunter2\n[other]\n"),
        ("p", "[p]\ntoken = hunter2\n"),
        ("p", "[p]\nhost = h.example\n"),
        ("p", "[p]\nhost = h.example\ntoken = hunter2\nclient_id = app\nclient_secret = hunter2\n"),
        ("p", "[p]\nhost = h.example\nauth_type = databricks-cli\n"),
        ("p", "[p\nhost = h.example\ntoken = hunter2\n"),
        ("p", "token = hunter2\n[p]\n"),
        ("p", "[p]\nhunter2\n"),
        ("p", "[p]\nhost = https://h.example/path\ntoken = hunter2\n"),
        ("", "[other]\nhost = h.example\ntoken = hunter2\n"),
    ] {
        let uri = format!("services.mlflow.registry_uri=databricks-uc://{profile}");
        let run = promote().file(".databrickscfg", text).args(["--set", &uri, "-vv"]).run();
        let text = run.snapshot();
        assert!(run.code == 1 && !text.contains("hunter2"), "{text}");
        let why = text.split("failed (SERVICE_FAILED): ").nth(1).unwrap().split("--- stderr").next().unwrap();
        all.push(why.trim().to_owned());
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_missing_or_unreadable_file_is_named() {
    let uri = ["--set", "services.mlflow.registry_uri=databricks-uc://p"];
    let run = promote().args(uri).run();
    assert!(
        run.stdout.contains("looked in the profile `p` of") && run.stdout.contains("which does not exist"),
        "{run}"
    );
    let runner = promote().args(uri);
    fs::create_dir(runner.dir().join(".databrickscfg")).unwrap();
    let run = runner.run();
    assert!(run.stdout.contains("the file of Databricks profiles") && run.stdout.contains("cannot be read"), "{run}");
}
