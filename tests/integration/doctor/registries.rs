//! Databases, file stores and a real server.

use std::fs;

use super::saw;
use crate::support::harness::{Output, Runner};
use crate::support::mlflow_server::MlflowServer;
use crate::support::sqlite_fixture::unpack;

const JOB: &str = "{services: {mlflow: {registry_name: bikes}}, job: {KIND: PromotionJob}}";

/// Diagnoses a database of MLflow 3.18 after another client ran a statement.
fn diagnose_database(sql: &str) -> Output {
    let runner = Runner::new().file("job.yaml", JOB).args(["--doctor", "job.yaml"]);
    let path = runner.dir().join("mlflow.db");
    unpack("3.18.0", &path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch(sql).unwrap();
    runner.env("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db?timeout=0").run()
}

#[test]
fn a_database_is_reported_with_its_release_and_not_changed() {
    for (release, expected) in [("2.3.0", "as MLflow 2.3.0 leaves it"), ("3.18.0", "as MLflow 3.18.0 leaves it")] {
        let runner = Runner::new().file("job.yaml", JOB).args(["--doctor", "job.yaml"]);
        let path = runner.dir().join("mlflow.db");
        unpack(release, &path);
        let before = fs::read(&path).unwrap();
        let run = runner.run();
        assert_eq!(run.code, 0, "{run}");
        saw(&run, "ok", "address", "MLflow's own default");
        saw(&run, "ok", "server", expected);
        saw(&run, "ok", "model", "bikes: ");
        saw(&run, "ok", "permission", "this user may write");
        assert!(fs::read(&path).unwrap() == before, "the database of {release} was changed");
    }
}

#[test]
fn an_unusable_database_is_reported_with_the_reason() {
    let run = diagnose_database("BEGIN EXCLUSIVE");
    assert_eq!(run.code, 4, "{run}");
    saw(&run, "unavailable", "server", "locked by another program");
    let run = diagnose_database("UPDATE alembic_version SET version_num = 'fedcba987654'");
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "server", "is of a release of MLflow that this program does not know; it knows 2.3 to 3.18");
    let run = diagnose_database("CREATE TABLE _alembic_tmp_runs (a)");
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "server", "half-migrated");
    let run = Runner::new().file("job.yaml", JOB).args(["--doctor", "job.yaml"]).run();
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "failed", "server", "it does not exist");
}

#[test]
fn an_alias_of_a_deleted_version_is_a_warning() {
    let runner = Runner::new().file("job.yaml", JOB).env("MLFLOW_TRACKING_URI", "./mlruns");
    let runner = runner.file("make.yaml", "{job: {KIND: RegistrationJob, name: bikes, source: x, alias: Champion}}");
    assert_eq!(runner.run_with(&["-qqq", "make.yaml"]).code, 0);
    saw(&runner.run_with(&["--doctor", "job.yaml"]), "ok", "model", "Champion points to version 1");
    fs::remove_dir_all(runner.dir().join("mlruns/models/bikes/version-1")).unwrap();
    let run = runner.run_with(&["--doctor", "job.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    saw(&run, "warning", "model", "Champion points to version 1, which is not there");
}

#[test]
fn the_workspace_of_a_database_is_reported() {
    for (release, workspace, status, topic, expected) in [
        ("2.3.0", "", "ok", "workspace", "databases of this release have none"),
        ("3.5.0", "default", "ok", "workspace", "databases of this release have none"),
        ("3.5.0", "team-a", "failed", "server", "it has no workspaces"),
        ("3.18.0", "", "ok", "workspace", "the default one"),
        ("3.18.0", "team-a", "ok", "workspace", "team-a, as configured"),
        ("3.18.0", "team-b", "failed", "server", "it has no workspace team-b"),
    ] {
        let runner =
            Runner::new().file("job.yaml", JOB).args(["--doctor", "job.yaml"]).env("MLFLOW_WORKSPACE", workspace);
        let path = runner.dir().join("mlflow.db");
        unpack(release, &path);
        if release == "3.18.0" {
            let other = rusqlite::Connection::open(&path).unwrap();
            other.execute_batch("INSERT INTO workspaces (name) VALUES ('team-a')").unwrap();
        }
        saw(&runner.run(), status, topic, expected);
    }
}

#[test]
fn a_login_for_a_database_or_a_file_store_is_reported_as_ignored() {
    for uri in ["sqlite:///mlflow.db", "./mlruns"] {
        let runner = Runner::new().file("job.yaml", JOB).args(["--doctor", "job.yaml"]);
        let run = runner.env("MLFLOW_TRACKING_URI", uri).env("MLFLOW_TRACKING_TOKEN", "t0ken-secret").run();
        saw(&run, "warning", "login", "is ignored: a database or a file store asks for none");
        assert!(!run.to_string().contains("t0ken-secret"), "{run}");
    }
}

#[test]
fn a_file_store_is_reported_with_a_warning() {
    let runner = Runner::new().file("job.yaml", JOB).env("MLFLOW_TRACKING_URI", "./mlruns");
    let make = "{job: {KIND: RegistrationJob, name: bikes, source: x}}";
    let runner = runner.file("make.yaml", make);
    assert_eq!(runner.run_with(&["-qqq", "make.yaml"]).code, 0);
    let run = runner.run_with(&["--doctor", "job.yaml"]);
    assert_eq!(run.code, 0, "{run}");
    saw(&run, "warning", "server", "MLflow's file store, with one model");
    saw(&run, "ok", "model", "Champion does not exist yet");
    saw(&run, "ok", "permission", "this user may write");
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_or_file_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    for (uri, folder, expected) in [
        ("sqlite:///store/mlflow.db", "store", "store, where SQLite makes the journal"),
        ("./store", "store", "store, where runners lock the store"),
        ("./store", "store/models/bikes", "models/bikes"),
        ("./store", "store/models/bikes/aliases", "models/bikes/aliases"),
    ] {
        let runner = Runner::without_rights().file("job.yaml", JOB).env("MLFLOW_TRACKING_URI", uri);
        let make = "{job: {KIND: RegistrationJob, name: bikes, source: x, alias: Champion}}";
        let runner = runner.file("make.yaml", make);
        assert_eq!(runner.run_with(&["-qqq", "make.yaml"]).code, 0);
        let folder = runner.dir().join(folder);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
        let run = runner.run_with(&["--doctor", "job.yaml"]);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(run.code, 1, "{run}");
        saw(&run, "failed", "permission", expected);
    }
}

#[cfg(unix)]
#[test]
fn a_registry_that_cannot_be_created_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    for uri in ["sqlite:///store/x/new.db", "./store/new"] {
        let make = "{job: {KIND: RegistrationJob, name: bikes, source: x}}";
        let runner = Runner::without_rights().file("make.yaml", make).file("store/kept", "");
        let runner = runner.args(["--doctor", "make.yaml"]).env("MLFLOW_TRACKING_URI", uri);
        let folder = runner.dir().join("store");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
        let run = runner.run();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(run.code, 1, "{run}");
        saw(&run, "failed", "server", "this user may not make it in");
    }
}

#[test]
fn a_registry_that_a_job_creates_may_be_missing() {
    for uri in ["sqlite:///new.db", "./new"] {
        let make = "{job: {KIND: RegistrationJob, name: bikes, source: x}}";
        let runner = Runner::new().file("make.yaml", make).args(["--doctor", "make.yaml"]);
        let runner = runner.env("MLFLOW_TRACKING_URI", uri);
        let run = runner.run();
        assert_eq!(run.code, 0, "{run}");
        saw(&run, "ok", "server", "there is none yet, and a job makes it");
        assert_eq!(fs::read_dir(runner.dir()).unwrap().count(), 1, "something was made");
    }
}

#[test]
fn a_real_server_reports_its_release_and_its_clock() {
    let server = MlflowServer::start();
    let job = "{job: {KIND: PromotionJob, name: nobody-made-it}}";
    let runner = Runner::new().file("job.yaml", job).args(["--doctor", "job.yaml"]);
    let runner = runner.env("MLFLOW_TRACKING_URI", server.uri());
    // The doctor waits at most 5 s for an answer; on a busy machine a new server may need longer for its first ones.
    let mut runs = std::iter::repeat_with(|| runner.run()).take(10);
    let run = runs.find(|run| run.code != 4).expect("the server gives no answer within 5 s, ten times");
    assert_eq!(run.code, 1, "{run}");
    saw(&run, "ok", "server", "MLflow 3.17.2, over REST");
    saw(&run, "ok", "clock", "both clocks agree");
    saw(&run, "ok", "workspace", "");
    saw(&run, "failed", "model", "no registered model");
}
