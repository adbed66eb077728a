//! Runs of the program on SQLite: output, exit code and resulting database.

mod concurrency;
mod creation;
mod gates;
mod long_batch;
mod metrics;
mod promotions;
mod python_client;
pub(crate) mod quickstart;
mod reads;
mod refused_promotions;
mod unusable_calls;
mod unusable_databases;
mod writes;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::Value;

use crate::support::harness::Runner;
use crate::support::sqlite_fixture::{RELEASES, unpack};

const PROMOTION: &str = "\
services: { mlflow: { tracking_uri: 'sqlite:///mlflow.db', registry_name: bikes } }
job: { KIND: PromotionJob }
";

/// A folder with the database of a release, and a config that promotes `bikes` in it.
struct Sandbox {
    runner: Runner,
}

impl Sandbox {
    fn with_release(release: &str) -> Self {
        let runner = Runner::new().file("promotion.yaml", PROMOTION).arg("promotion.yaml").env("RUNNER_ACTOR", "ada");
        let sandbox = Self { runner };
        unpack(release, &sandbox.path());
        sandbox
    }

    fn path(&self) -> PathBuf {
        self.runner.dir().join("mlflow.db")
    }

    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    /// Returns the version of an alias of `bikes`.
    fn alias(&self, alias: &str) -> Option<i64> {
        let sql = "SELECT version FROM registered_model_aliases WHERE name = 'bikes' AND alias = ?1";
        self.sql().query_row(sql, [alias], |row| row.get(0)).optional().unwrap()
    }

    /// Returns the value of the tag that holds an alias's history.
    fn tag(&self, alias: &str) -> Option<String> {
        let sql = "SELECT value FROM registered_model_tags WHERE name = 'bikes' AND \"key\" = ?1";
        self.sql().query_row(sql, [format!("runner.history.{alias}")], |row| row.get(0)).optional().unwrap()
    }

    fn history(&self, alias: &str) -> Vec<Value> {
        serde_json::from_str(&self.tag(alias).unwrap()).unwrap()
    }

    /// Returns every row of every table as text, its table first.
    fn rows(&self) -> BTreeSet<String> {
        let sql = self.sql();
        let mut tables = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
        let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        names.iter().flat_map(|table| rows_of(&sql, table)).collect()
    }
}

fn rows_of(sql: &Connection, table: &str) -> Vec<String> {
    let mut statement = sql.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
    let cells = statement.column_count();
    let format_row = |row: &rusqlite::Row<'_>| {
        let row: Result<Vec<_>, _> = (0..cells).map(|cell| row.get_ref(cell).map(|cell| format!("{cell:?}"))).collect();
        Ok(format!("{table}: {}", row?.join(" ")))
    };
    statement.query_map([], format_row).unwrap().map(Result::unwrap).collect()
}

/// Runs the promotion on the database of every release, and returns the output, which must be equal for all.
fn on_every_release(args: &[&str], check: impl Fn(&Sandbox)) -> String {
    let outputs = RELEASES.map(|release| {
        let sandbox = Sandbox::with_release(release);
        let output = sandbox.runner.run_with(args);
        check(&sandbox);
        output.snapshot()
    });
    assert_equal_outputs(outputs)
}

/// Runs the promotion on the database of every release, and asserts that no file changes.
fn assert_unchanged_on_every_release(args: &[&str]) -> String {
    let outputs = RELEASES.map(|release| assert_unchanged(&Sandbox::with_release(release), args));
    assert_equal_outputs(outputs)
}

fn assert_equal_outputs(outputs: [String; RELEASES.len()]) -> String {
    for (release, other) in RELEASES.iter().zip(&outputs) {
        assert_eq!(other, &outputs[0], "{release} and {}", RELEASES[0]);
    }
    outputs.into_iter().next().unwrap()
}

/// Runs the promotion, and asserts that the database is unchanged and no other file remains.
fn assert_unchanged(sandbox: &Sandbox, args: &[&str]) -> String {
    let before = (sandbox.bytes(), files(sandbox));
    let output = sandbox.runner.run_with(args);
    assert!((sandbox.bytes(), files(sandbox)) == before, "something changed: {output}");
    output.snapshot()
}

fn files(sandbox: &Sandbox) -> BTreeSet<PathBuf> {
    fs::read_dir(sandbox.runner.dir()).unwrap().map(|entry| entry.unwrap().path()).collect()
}
