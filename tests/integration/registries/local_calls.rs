//! Calls that behave equally on SQLite databases and the file store.

use std::any::Any;
use std::collections::BTreeMap;

use runner::registry::file::FileStore;
use runner::registry::{AliasChange, Error, Expect, NewVersion, Registry, Version};

use crate::support::file_store_fixture::{copy_folder, mlflow_store};
use crate::support::set_alias::SetAlias as _;
use crate::support::sqlite_fixture::{self, Fixture, bikes, model, to, version};

/// A registry in files that MLflow wrote: `bikes` with versions 1 to 5, of which 4 is deleted, and Champion at 1.
struct LocalRegistry {
    title: String,
    registry: Registry,
    _files: Box<dyn Any>,
}

impl LocalRegistry {
    /// The databases of all releases, and the file store.
    fn all() -> impl Iterator<Item = Self> {
        let database = |fixture: Fixture| Self {
            title: format!("the database of MLflow {}", fixture.release),
            registry: fixture.registry(),
            _files: Box::new(fixture),
        };
        Fixture::all().map(database).chain([Self::file_store()])
    }

    fn file_store() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&mlflow_store(), folder.path());
        let registry = open_file_store(&folder.path().display().to_string());
        Self { title: "the file store".to_owned(), registry, _files: Box::new(folder) }
    }
}

fn open_file_store(path: &str) -> Registry {
    Registry::File(FileStore::new(path).unwrap())
}

fn delete(number: u64) -> AliasChange {
    AliasChange::delete(bikes(), "Champion".parse().unwrap(), version(number))
}

#[tokio::test]
async fn an_alias_cannot_point_to_a_missing_version() {
    for LocalRegistry { title, registry, .. } in LocalRegistry::all() {
        for number in [4, 6, Version::MAX] {
            let expected = Error::VersionNotFound { name: bikes(), version: version(number) };
            assert_eq!(registry.set_alias(&to("Champion", number, None)).await, Err(expected), "{}", title);
        }
        let mut elsewhere = to("Champion", 1, None);
        elsewhere.name = model("missing");
        assert_eq!(registry.set_alias(&elsewhere).await, Err(Error::ModelNotFound { name: model("missing") }));
        assert_eq!(registry.get_model(&bikes()).await.unwrap().aliases["Champion"], version(1));
    }
}

#[tokio::test]
async fn an_alias_moves_only_from_the_expected_version() {
    for LocalRegistry { title, registry, .. } in LocalRegistry::all() {
        for (alias, expected, actual) in [
            ("Champion", Expect::At(version(2)), Some(version(1))),
            ("Champion", Expect::Absent, Some(version(1))),
            ("Fresh", Expect::At(version(1)), None),
        ] {
            let refused = registry.set_alias(&to(alias, 3, Some(expected))).await;
            let alias = alias.parse().unwrap();
            assert_eq!(refused, Err(Error::AliasMoved { name: bikes(), alias, expected, actual }));
        }
        registry.set_alias(&to("Champion", 3, Some(Expect::At(version(1))))).await.unwrap();
        registry.set_alias(&to("Fresh", 3, Some(Expect::Absent))).await.unwrap();
        let aliases = registry.get_model(&bikes()).await.unwrap().aliases;
        assert_eq!((aliases["Champion"], aliases["Fresh"]), (version(3), version(3)), "{}", title);
    }
}

#[tokio::test]
async fn a_move_records_the_version_right_before_the_write() {
    for LocalRegistry { title, registry, .. } in LocalRegistry::all() {
        let amend = |previous: Option<Version>, tags: &BTreeMap<String, String>| {
            assert!(tags.contains_key("team"));
            vec![("moved".to_owned(), previous.map_or(0, Version::get).to_string())]
        };
        // Another client moved it first; the current version counts.
        registry.set_alias(&to("Champion", 2, None)).await.unwrap();
        let moved = registry.write_alias_and_record(&to("Champion", 3, None), amend).await.unwrap().unwrap();
        assert_eq!((moved.previous, moved.written[0].1.as_str()), (Some(version(2)), "2"), "{title}");
        let removed = registry.write_alias_and_record(&delete(3), amend).await.unwrap().unwrap();
        assert_eq!((removed.previous, removed.written[0].1.as_str()), (Some(version(3)), "3"));
        let created =
            registry.write_alias_and_record(&to("Champion", 1, Some(Expect::Absent)), amend).await.unwrap().unwrap();
        assert_eq!((created.previous, created.written[0].1.as_str()), (None, "0"));
        assert_eq!(registry.get_model(&bikes()).await.unwrap().tags["moved"], "0");
    }
}

#[tokio::test]
async fn a_move_that_cannot_be_recorded_is_not_applied() {
    for LocalRegistry { title, registry, .. } in LocalRegistry::all() {
        let before = registry.get_model(&bikes()).await.unwrap();
        let amend = |_: Option<Version>, _: &BTreeMap<String, String>| {
            vec![("first".to_owned(), "1".to_owned()), ("long".to_owned(), "x".repeat(100_001))]
        };
        let moved = registry.write_alias_and_record(&to("Champion", 3, None), amend).await.unwrap();
        assert!(matches!(moved, Err(Error::Refused { .. })), "{title}: {moved:?}");
        let removed = registry.write_alias_and_record(&delete(1), amend).await.unwrap();
        assert!(matches!(removed, Err(Error::Refused { .. })), "{title}: {removed:?}");
        let elsewhere = to("Champion", 3, Some(Expect::At(version(2))));
        let blocked =
            registry.write_alias_and_record(&elsewhere, |_, _| panic!("asked of a move that is not made")).await;
        assert!(matches!(blocked, Some(Err(Error::AliasMoved { .. }))), "{title}: {blocked:?}");
        assert_eq!(registry.get_model(&bikes()).await, Ok(before));
    }
}

#[tokio::test]
async fn concurrent_creations_create_each_model_and_version_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").display().to_string();
    let databases: Vec<_> = (0..8).map(|_| sqlite_fixture::open(&format!("sqlite:///{path}/mlflow.db"))).collect();
    let stores: Vec<_> = (0..8).map(|_| open_file_store(&format!("{path}/mlruns"))).collect();
    for registries in [databases, stores] {
        let name = bikes();
        let created =
            futures_util::future::join_all(registries.iter().map(|registry| registry.ensure_model(&name))).await;
        assert_eq!(created.iter().filter(|created| **created == Ok(true)).count(), 1, "{created:?}");
        assert_eq!(created.iter().filter(|created| **created == Ok(false)).count(), 7, "{created:?}");
        let new = NewVersion { name, source: "s3://x".into(), run_id: None, description: None, tags: BTreeMap::new() };
        let versions = registries.iter().map(|registry| async { registry.create_version(&new).await.unwrap() });
        let created = futures_util::future::join_all(versions).await;
        let mut numbers: Vec<_> = created.iter().map(|created| created.version.get()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
