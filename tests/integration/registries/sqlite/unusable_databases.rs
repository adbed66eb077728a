//! Unusable databases: a message with a hint, an exit code, and no changed byte.

use std::fs;

use super::{Sandbox, assert_unchanged};

/// A promotion that succeeds on a valid database.
const PROMOTE: [&str; 3] = ["-qqq", "--set", "job.version=2"];

fn database_after(sql: &str) -> Sandbox {
    let sandbox = Sandbox::with_release("3.18.0");
    sandbox.sql().execute_batch(sql).unwrap();
    sandbox
}

fn file_with(content: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = Sandbox::with_release("3.18.0");
    fs::write(sandbox.path(), content).unwrap();
    sandbox
}

#[test]
fn a_file_that_is_not_sqlite_is_refused() {
    let sandbox = file_with("job: { KIND: PromotionJob }\n".repeat(100));
    insta::assert_snapshot!(assert_unchanged(&sandbox, &PROMOTE), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is not a SQLite database
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: correct the path in `services.mlflow.tracking_uri` (else MLFLOW_TRACKING_URI): it must be the database of an MLflow server
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn an_empty_file_is_refused() {
    insta::assert_snapshot!(assert_unchanged(&file_with(""), &PROMOTE), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is empty
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: check the address sqlite:///mlflow.db (`services.mlflow.tracking_uri`, else MLFLOW_TRACKING_URI), or register a model first, which makes the database
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn a_database_of_another_program_is_refused() {
    let sandbox = file_with("");
    sandbox.sql().execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    insta::assert_snapshot!(assert_unchanged(&sandbox, &PROMOTE), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is a SQLite database, but not MLflow's
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: check the path: it must be the database of an MLflow server, `mlflow.db` by default
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn a_database_that_was_cut_off_is_refused() {
    let whole = Sandbox::with_release("3.18.0").bytes();
    insta::assert_snapshot!(assert_unchanged(&file_with(&whole[..whole.len() / 2]), &PROMOTE), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is damaged: database disk image is malformed
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: restore it from a backup
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn a_half_migrated_database_is_refused() {
    let sandbox = database_after("CREATE TABLE _alembic_tmp_registered_models (name TEXT)");
    insta::assert_snapshot!(assert_unchanged(&sandbox, &PROMOTE), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is half-migrated: a migration of MLflow is at work or was cut off, and left the table `_alembic_tmp_registered_models`
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: let a running migration end; if none runs, restore the database from a backup and let one MLflow alone migrate it with `mlflow db upgrade`
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn a_database_of_an_unknown_release_is_refused() {
    let sandbox = database_after("UPDATE alembic_version SET version_num = 'ffffffffffff'");
    insta::assert_snapshot!(assert_unchanged(&sandbox, &PROMOTE), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: its schema, revision "ffffffffffff", is of a release of MLflow that this program does not know; it knows 2.3 to 3.18
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: set `services.mlflow.tracking_uri` to the address of the MLflow server that uses this database, or use a newer release of this program
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_database_from_before_aliases_is_refused() {
    let sandbox = database_after("UPDATE alembic_version SET version_num = '97727af70f4d'");
    insta::assert_snapshot!(assert_unchanged(&sandbox, &PROMOTE), @r#"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: its schema, revision "97727af70f4d", is from before MLflow 2.3 and has no aliases
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: back it up and run `mlflow db upgrade` on it
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    "#);
}

#[test]
fn a_missing_database_is_refused_and_not_created() {
    let sandbox = Sandbox::with_release("3.18.0");
    fs::remove_file(sandbox.path()).unwrap();
    insta::assert_snapshot!(sandbox.runner.run_with(&PROMOTE).snapshot(), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it does not exist
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: check the address sqlite:///mlflow.db (`services.mlflow.tracking_uri`, else MLFLOW_TRACKING_URI), or register a model first, which makes the database
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
    assert!(!sandbox.path().exists());
}

#[test]
fn a_missing_folder_is_refused_and_not_created() {
    let sandbox = Sandbox::with_release("3.18.0");
    let address = "services.mlflow.tracking_uri=sqlite:///no/such/mlflow.db";
    insta::assert_snapshot!(assert_unchanged(&sandbox, &["-qqq", "--set", address]), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/no/such/mlflow.db cannot be used: it does not exist
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: check the address sqlite:///no/such/mlflow.db (`services.mlflow.tracking_uri` (from --set services.mlflow.tracking_uri), else MLFLOW_TRACKING_URI), or register a model first, which makes the database
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn a_folder_is_refused() {
    let sandbox = Sandbox::with_release("3.18.0");
    let address = "services.mlflow.tracking_uri=sqlite:///.";
    insta::assert_snapshot!(assert_unchanged(&sandbox, &["-qqq", "--set", address]), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR] cannot be used: it is a folder
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: add the name of the database to the path
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
}

#[test]
fn a_registration_creates_no_model_in_an_unsupported_database() {
    let sandbox = database_after("CREATE TABLE _alembic_tmp_registered_models (name TEXT)");
    let job = "\
services: { mlflow: { tracking_uri: 'sqlite:///mlflow.db', registry_name: new } }
job: { KIND: RegistrationJob, source: 's3://bucket/model', alias: Champion }
";
    fs::write(sandbox.runner.dir().join("promotion.yaml"), job).unwrap();
    insta::assert_snapshot!(assert_unchanged(&sandbox, &["-qqq"]), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  new    Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is half-migrated: a migration of MLflow is at work or was cut off, and left the table `_alembic_tmp_registered_models`
      now:  nothing was changed: new@Champion is where it was (not read)
      next: let a running migration end; if none runs, restore the database from a backup and let one MLflow alone migrate it with `mlflow db upgrade`
    --- stderr
    [Runner] Registration Job Failed: new@Champion
    ");
}

// Permissions do not apply to root, who runs tests in containers. With an unknown write version in its header, SQLite
// treats a file as read-only for everybody.
#[test]
fn a_read_only_database_is_refused_at_the_write() {
    let sandbox = Sandbox::with_release("3.18.0");
    let mut bytes = sandbox.bytes();
    bytes[18] = 3;
    fs::write(sandbox.path(), bytes).unwrap();
    let mut permissions = fs::metadata(sandbox.path()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(sandbox.path(), permissions).unwrap();
    insta::assert_snapshot!(assert_unchanged(&sandbox, &PROMOTE), @"
    exit: 1
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  1       2       1    failed  [SECONDS] s

    promotion.yaml failed (DATABASE_UNUSABLE): the database [DIR]/mlflow.db cannot be used: it is read-only for this user
      now:  nothing was changed: bikes@Champion is at version 1
      next: give this user write permission on the file and its folder; until then, every run ends this way
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
    let planned = assert_unchanged(&sandbox, &["-qqq", "--plan", "--set", "job.version=2"]);
    assert!(planned.starts_with("exit: 0"), "{planned}");
}

const IMPATIENT: &str = "services.mlflow.tracking_uri=sqlite:///mlflow.db?timeout=1";

// The file is read only while no lock is held: a process that closes a file loses all its locks on it.
#[test]
fn a_locked_database_is_an_outage_and_is_unchanged() {
    let sandbox = Sandbox::with_release("3.18.0");
    let before = sandbox.bytes();
    let other = sandbox.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let output = sandbox.runner.run_with(&["--set", "job.version=2", "--set", IMPATIENT]);
    insta::assert_snapshot!(output.snapshot(), @"
    exit: 4
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  1       2       1    failed  [SECONDS] s

    promotion.yaml failed (UNREACHABLE): the registry at sqlite:///mlflow.db?timeout=1 is locked by another program (waited 1s)
      now:  nothing was changed: bikes@Champion is at version 1
      next: run this again when the other program is done; or wait longer, with `?timeout=60` at the end of the address
    --- stderr
    [TIME] ERROR bikes@Champion: failed (UNREACHABLE)
    [Runner] Promotion Job Failed: bikes@Champion
    ");
    other.execute_batch("COMMIT").unwrap();
    assert!(sandbox.bytes() == before);
    assert_eq!((sandbox.runner.run_with(&PROMOTE).code, sandbox.alias("Champion")), (0, Some(2)));
}

#[test]
fn a_locked_read_is_not_an_absent_alias() {
    let sandbox = Sandbox::with_release("3.18.0");
    let before = sandbox.bytes();
    let other = sandbox.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let output = sandbox.runner.run_with(&["-qqq", "--set", "job.version=@Nobody", "--set", IMPATIENT]);
    insta::assert_snapshot!(output.snapshot(), @"
    exit: 4
    --- stdout
    JOB             MODEL  ALIAS     BEFORE  WANTED  NOW  STATUS  TIME
    promotion.yaml  bikes  Champion  ?       -       ?    failed  [SECONDS] s

    promotion.yaml failed (UNREACHABLE): the registry at sqlite:///mlflow.db?timeout=1 is locked by another program (waited 1s)
      now:  nothing was changed: bikes@Champion is where it was (not read)
      next: run this again when the other program is done; or wait longer, with `?timeout=60` at the end of the address
    --- stderr
    [Runner] Promotion Job Failed: bikes@Champion
    ");
    other.execute_batch("COMMIT").unwrap();
    assert!(sandbox.bytes() == before);
}
