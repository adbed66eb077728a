//! SQLite databases that cannot be used.

use std::fs;

use rusqlite::{Connection, OptionalExtension as _};

use super::stage::{Screen, assert_screen, release_at, services, with_variables};
use crate::support::harness::Runner;
use crate::support::sqlite_fixture::unpack;

const ADDRESS: &str = "sqlite:///mlflow.db";
const PROMOTION: &str = "{ KIND: PromotionJob, version: 2 }";

/// Makes a promotion of bikes, Champion at version 1 of 5, in a database in the folder of the run.
fn on_database() -> Runner {
    let runner = release_at(ADDRESS, PROMOTION);
    unpack("3.18.0", &runner.dir().join("mlflow.db"));
    runner
}

fn sql(runner: &Runner) -> Connection {
    Connection::open(runner.dir().join("mlflow.db")).unwrap()
}

/// Returns where the alias is.
fn champion(runner: &Runner) -> String {
    let sql_text = "SELECT version FROM registered_model_aliases WHERE name = 'bikes' AND alias = 'Champion'";
    let version: Option<i64> = sql(runner).query_row(sql_text, [], |row| row.get(0)).optional().unwrap();
    format!("bikes@Champion is at version {}", version.unwrap())
}

#[test]
fn another_program_writes() {
    let runner = on_database().args(["--set", "services.mlflow.tracking_uri=sqlite:///mlflow.db?timeout=1"]);
    let other = sql(&runner);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let screen = Screen::of(&runner);
    other.execute_batch("ROLLBACK").unwrap();
    assert_screen!(
        "Another program holds the lock of the database for longer than a second.",
        champion(&runner),
        screen
    );
}

#[test]
fn it_is_another_kind_of_file() {
    let runner = on_database();
    fs::write(runner.dir().join("mlflow.db"), "this is a note, not a database\n".repeat(50)).unwrap();
    assert_screen!("The file is a text.", "the file is as it was", Screen::of(&runner));
}

#[test]
fn it_belongs_to_another_program() {
    let runner = on_database();
    fs::remove_file(runner.dir().join("mlflow.db")).unwrap();
    sql(&runner).execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    assert_screen!("The database is not MLflow's.", "the file is as it was", Screen::of(&runner));
}

#[test]
fn it_does_not_exist() {
    let runner = on_database();
    fs::remove_file(runner.dir().join("mlflow.db")).unwrap();
    assert_screen!("There is no such file.", "there is still no file", Screen::of(&runner));
}

// The mode bits that users meet do not bind root, who runs tests in containers. A format version for writing that
// SQLite does not know makes it treat the file as read-only for everybody.
#[test]
fn it_is_read_only() {
    let runner = on_database();
    let path = runner.dir().join("mlflow.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[18] = 3;
    fs::write(&path, bytes).unwrap();
    let screen = Screen::of(&runner);
    assert_screen!("This user may not write the file.", champion(&runner), screen);
}

// A limit on the size of files stands in for a full disk, which cannot be made without rights.
#[test]
fn the_disk_takes_no_more() {
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let args = ["-c", script, env!("CARGO_BIN_EXE_runner"), "release.yaml"];
    let runner = with_variables(Runner::with_program("sh")).args(args);
    let runner = runner.file("release.yaml", services(ADDRESS) + &format!("job: {PROMOTION}\n"));
    unpack("3.18.0", &runner.dir().join("mlflow.db"));
    let screen = Screen::of_command("runner release.yaml", runner.dir(), runner.spawn_on_screen());
    assert_screen!("No file may grow: every write fails.", champion(&runner), screen);
}

#[test]
fn its_schema_is_too_new() {
    let runner = on_database();
    sql(&runner).execute_batch("UPDATE alembic_version SET version_num = 'ffffffffffff'").unwrap();
    let screen = Screen::of(&runner);
    assert_screen!(
        "A release of MLflow that this program does not know wrote the database.",
        champion(&runner),
        screen
    );
}

#[test]
fn it_is_damaged() {
    let runner = on_database();
    let path = runner.dir().join("mlflow.db");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_screen!("The second half of the file is missing.", "the file is as it was", Screen::of(&runner));
}
