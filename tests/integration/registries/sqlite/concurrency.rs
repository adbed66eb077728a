//! Concurrent programs on one database file.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use runner::registry::{Error, Expect, Version};

use crate::support::set_alias::SetAlias as _;
use crate::support::sqlite_fixture::{Fixture, bikes, open, to, version};

#[tokio::test]
async fn a_lock_held_by_another_program_is_an_outage_for_writes_only() {
    let fixture = Fixture::with_release("3.18.0");
    let registry = open(&format!("sqlite:///{}?timeout=0.05", fixture.path().display()));
    let other = fixture.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    let refused = registry.set_alias(&to("Champion", 3, None)).await;
    assert!(started.elapsed() >= Duration::from_millis(50), "it did not wait");
    let Err(Error::Unreachable { reason, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, "is locked by another program (waited 50ms)");
    assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap().version, version(5));
    other.execute_batch("COMMIT").unwrap();
    registry.set_alias(&to("Champion", 3, None)).await.unwrap();
}

#[tokio::test]
async fn an_exclusive_lock_is_an_outage_for_reads_too_and_never_an_absent_alias() {
    let fixture = Fixture::with_release("2.3.0");
    let registry = open(&format!("sqlite:///{}?timeout=0.05", fixture.path().display()));
    let other = fixture.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let refused = registry.get_alias(&bikes(), &"Nobody".parse().unwrap()).await;
    assert!(matches!(refused, Err(Error::Unreachable { .. })), "{refused:?}");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(registry.get_alias(&bikes(), &"Nobody".parse().unwrap()).await, Ok(None));
}

#[tokio::test]
async fn a_write_waits_for_a_lock_that_is_released_in_time() {
    let fixture = Fixture::with_release("3.18.0");
    let registry = fixture.registry();
    let other = fixture.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let promote = to("Champion", 3, None);
    let (moved, ()) = tokio::join!(registry.set_alias(&promote), async {
        tokio::task::yield_now().await;
        other.execute_batch("COMMIT").unwrap();
    });
    moved.unwrap();
}

#[tokio::test]
async fn one_of_two_moves_with_the_same_expectation_wins() {
    for fixture in Fixture::all() {
        let (one, two) = (fixture.registry(), fixture.registry());
        let expect = Some(Expect::At(version(1)));
        let (second, third) = (to("Champion", 2, expect), to("Champion", 3, expect));
        let (second, third) = tokio::join!(one.set_alias(&second), two.set_alias(&third));
        assert_eq!([&second, &third].iter().filter(|moved| moved.is_ok()).count(), 1, "{second:?} {third:?}");
        let winner = if second.is_ok() { version(2) } else { version(3) };
        let lost = second.and(third).unwrap_err();
        assert!(matches!(lost, Error::AliasMoved { actual, .. } if actual == Some(winner)), "{lost:?}");
        assert_eq!(one.get_model(&bikes()).await.unwrap().aliases["Champion"], winner);
    }
}

#[tokio::test]
async fn a_move_keeps_write_ahead_logging() {
    let fixture = Fixture::with_release("3.10.0");
    let other = fixture.sql();
    other.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    let registry = fixture.registry();
    registry.set_alias(&to("Champion", 3, None)).await.unwrap();
    let read = "SELECT version FROM registered_model_aliases WHERE alias = 'Champion'";
    assert_eq!(other.query_row(read, [], |row| row.get(0)), Ok(3));
    assert_eq!(other.query_row("PRAGMA journal_mode", [], |row| row.get(0)), Ok("wal".to_owned()));
}

#[tokio::test]
async fn a_migration_between_two_calls_is_detected() {
    let (old, new) = (Fixture::with_release("2.3.0"), Fixture::with_release("3.18.0"));
    let registry = old.registry();
    registry.set_alias(&to("Champion", 2, None)).await.unwrap();
    migrate(&old, &new);
    assert_eq!(registry.get_model(&bikes()).await.unwrap().aliases["Champion"], version(1));
    registry.set_alias(&to("Champion", 3, None)).await.unwrap();
    assert_eq!(registry.get_model(&bikes()).await.unwrap().aliases["Champion"], version(3));
    old.execute("CREATE TABLE _alembic_tmp_model_versions (a)");
    assert!(matches!(registry.latest_version(&bikes()).await, Err(Error::DatabaseUnusable { .. })));
}

/// Copies the registry tables of one database to another.
fn migrate(old: &Fixture, new: &Fixture) {
    let tables = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' \
                  AND (name LIKE 'registered_model%' OR name LIKE 'model_version%')";
    let source = new.sql();
    let mut statement = source.prepare(tables).unwrap();
    let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut steps = format!("ATTACH '{}' AS new; BEGIN;", new.path().display());
    for table in tables {
        let (name, sql): (String, String) = table.unwrap();
        steps.push_str(&format!("DROP TABLE main.{name}; {sql}; INSERT INTO main.{name} SELECT * FROM new.{name};"));
    }
    let target = old.sql();
    target.pragma_update(None, "foreign_keys", false).unwrap();
    target.execute_batch(&format!("{steps} COMMIT;")).unwrap();
}

#[tokio::test]
async fn concurrent_tag_updates_lose_no_change() {
    let fixture = Fixture::with_release("3.18.0");
    let (one, two) = (fixture.registry(), fixture.registry());
    let add = |word: &'static str| {
        move |_: Option<Version>, tags: &BTreeMap<String, String>| {
            let words = tags.get("words").map_or_else(String::new, |words| format!("{words} "));
            vec![("words".to_owned(), format!("{words}{word}")), (word.to_owned(), String::new())]
        }
    };
    for _ in 0..20 {
        let to = to("Champion", 2, None);
        let (first, second) =
            tokio::join!(one.write_alias_and_record(&to, add("one")), two.write_alias_and_record(&to, add("two")));
        let written = [first, second].map(|moved| moved.unwrap().unwrap().written.len());
        assert_eq!(written, [2, 2]);
    }
    let tags = one.get_model(&bikes()).await.unwrap().tags;
    assert_eq!(tags["words"].split_whitespace().count(), 40);
    assert_eq!((tags["one"].as_str(), tags["two"].as_str()), ("", ""));
    assert_eq!(two.get_model(&bikes()).await.unwrap().tags, tags);
}
