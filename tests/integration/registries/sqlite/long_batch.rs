//! A long batch on a database that another process writes to concurrently.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};

use crate::support::harness::Runner;

const MODELS: usize = 3;
const ALIASES: usize = 100;

fn name(model: usize) -> String {
    format!("model {model}")
}

fn config(jobs: &[Value]) -> String {
    json!({ "services": { "mlflow": { "tracking_uri": "sqlite:///mlflow.db" } }, "jobs": jobs }).to_string()
}

/// Writes in a separate transaction, and returns the number of aliases read in it.
fn write(sql: &mut Connection) -> i64 {
    let transaction = sql.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let counts = transaction.query_row("SELECT count(*) FROM registered_model_aliases", [], |row| row.get(0)).unwrap();
    assert_eq!(transaction.execute("UPDATE registered_models SET description = 'seen'", []), Ok(MODELS));
    transaction.commit().unwrap();
    counts
}

#[test]
fn a_batch_holds_no_lock_between_jobs() {
    let registration = |model| json!({ "KIND": "RegistrationJob", "name": name(model), "source": "s3://bucket/model" });
    let promotion =
        |job: usize| json!({ "KIND": "PromotionJob", "name": name(job % MODELS), "alias": format!("A{job}") });
    let runner = Runner::new()
        .file("registrations.json", config(&(0..MODELS).map(registration).collect::<Vec<_>>()))
        .file("promotions.json", config(&(0..MODELS * ALIASES).map(promotion).collect::<Vec<_>>()));
    let registered = runner.run_with(&["registrations.json"]);
    assert_eq!(registered.code, 0, "{registered}");

    let mut sql = Connection::open(runner.dir().join("mlflow.db")).unwrap();
    sql.busy_timeout(Duration::from_secs(30)).unwrap();
    let runner = runner.arg("promotions.json");
    let mut running = runner.spawn();
    let mut counts = BTreeSet::new();
    for _ in 0..MODELS * ALIASES {
        running.wait_for_line(": promoted from none to ");
        counts.insert(write(&mut sql));
    }
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(output.stdout.matches(" promoted ").count(), MODELS * ALIASES, "{output}");
    // SQLite locks are not fair, so a waiting process may starve. A lock around the whole batch would block it.
    let end = (MODELS * ALIASES) as i64;
    assert!(counts.range(1..end).next().is_some(), "nobody else could write during the batch: {counts:?}");
}
