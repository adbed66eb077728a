//! Reads of the databases of every release.

use std::collections::BTreeMap;

use runner::registry::{Error, Status};

use crate::support::set_alias::SetAlias as _;
use crate::support::sqlite_fixture::{Fixture, bikes, model, to, unusable, version};

#[tokio::test]
async fn every_release_is_read_identically() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let read = registry.get_model(&bikes()).await.unwrap();
        let aliases = BTreeMap::from([("Champion".to_owned(), version(1)), ("Staging".to_owned(), version(2))]);
        assert_eq!(read.aliases, aliases, "{}", fixture.release);
        assert_eq!(read.tags, BTreeMap::from([("team".to_owned(), "demand".to_owned())]));

        let second = registry.get_version(&bikes(), version(2)).await.unwrap();
        assert_eq!(second.status, Status::Ready);
        assert_eq!(second.source.as_deref(), Some("s3://models/bikes/2"));
        assert_eq!(second.tags, BTreeMap::from([("validation_status".to_owned(), "approved".to_owned())]));
        assert_eq!(second.aliases, ["Staging"]);
        assert_eq!(second.run_id.map(|id| id.len()), Some(32));
        assert_eq!((second.description, second.status_message), (None, None));
        assert!(second.creation_timestamp.unwrap() > 1_700_000_000_000);
        assert_eq!(second.creation_timestamp, second.last_updated_timestamp);
    }
}

#[tokio::test]
async fn the_latest_version_is_the_highest_live_one_whatever_its_status() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let latest = registry.latest_version(&bikes()).await.unwrap().unwrap();
        assert_eq!((latest.version, latest.status, latest.run_id), (version(5), Status::Pending, None));
        fixture.execute("UPDATE model_versions SET current_stage = 'Deleted_Internal' WHERE version = 5");
        assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap().version, version(3));
        assert_eq!(registry.latest_version(&model("empty")).await, Ok(None));
        assert_eq!(registry.latest_version(&model("missing")).await, Ok(None));
    }
}

#[tokio::test]
async fn deleted_and_missing_versions_are_not_found() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        for (name, number) in [("bikes", 4), ("bikes", 6), ("bikes", i64::MAX as u64), ("empty", 1), ("missing", 1)] {
            let expected = Error::VersionNotFound { name: model(name), version: version(number) };
            assert_eq!(registry.get_version(&model(name), version(number)).await, Err(expected), "{}", fixture.release);
        }
    }
}

#[tokio::test]
async fn an_absent_alias_is_none_and_a_missing_model_is_an_error() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let champion = registry.get_alias(&bikes(), &"Champion".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((champion.version, champion.aliases), (version(1), vec!["Champion".to_owned()]));
        for absent in ["champion", "Nobody"] {
            assert_eq!(registry.get_alias(&bikes(), &absent.parse().unwrap()).await, Ok(None), "{}", fixture.release);
        }
        let missing = registry.get_alias(&model("missing"), &"Champion".parse().unwrap()).await;
        assert_eq!(missing, Err(Error::ModelNotFound { name: model("missing") }));
        let missing = registry.get_model(&model("missing")).await;
        assert_eq!(missing, Err(Error::ModelNotFound { name: model("missing") }));
    }
}

#[tokio::test]
async fn names_are_bound_as_sql_parameters() {
    for fixture in Fixture::all() {
        let registry = fixture.registry();
        let quoted = model("it's a model");
        assert_eq!(registry.get_model(&quoted).await.unwrap().name, quoted);
        assert_eq!(registry.latest_version(&quoted).await.unwrap().unwrap().version, version(1));
        for name in ["' OR 1=1 --", "bikes'; DROP TABLE runs; --", "BIKES", "b%", "bikes\0", "日本 \"x\""] {
            assert_eq!(registry.get_model(&model(name)).await, Err(Error::ModelNotFound { name: model(name) }));
            assert!(registry.ensure_model(&model(name)).await.unwrap(), "{name}");
            assert_eq!(registry.get_model(&model(name)).await.unwrap().name, model(name));
        }
    }
}

#[tokio::test]
async fn an_alias_of_a_deleted_version_is_listed_and_can_be_moved() {
    for fixture in Fixture::all() {
        fixture.execute("UPDATE registered_model_aliases SET version = 4 WHERE alias = 'Champion'");
        let registry = fixture.registry();
        assert_eq!(
            registry.get_alias(&bikes(), &"Champion".parse().unwrap()).await,
            Err(Error::VersionNotFound { name: bikes(), version: version(4) })
        );
        assert_eq!(registry.get_model(&bikes()).await.unwrap().aliases["Champion"], version(4));
        registry.set_alias(&to("Champion", 3, None)).await.unwrap();
        let champion = registry.get_alias(&bikes(), &"Champion".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(champion.version, version(3));
    }
}

#[tokio::test]
async fn only_the_default_workspace_is_read_and_written() {
    for release in ["3.10.0", "3.18.0"] {
        let fixture = Fixture::with_release(release);
        fixture.execute(
            "INSERT INTO registered_models (workspace, name) VALUES ('other', 'bikes'), ('other', 'theirs');
             INSERT INTO model_versions (workspace, name, version, current_stage, status)
                 VALUES ('other', 'bikes', 9, 'None', 'READY'), ('other', 'theirs', 1, 'None', 'READY');
             INSERT INTO registered_model_aliases (workspace, name, alias, version)
                 VALUES ('other', 'bikes', 'Champion', 9), ('other', 'bikes', 'Theirs', 9);
             INSERT INTO registered_model_tags (workspace, name, key, value) VALUES ('other', 'bikes', 'team', 'x');",
        );
        let registry = fixture.registry();
        assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap().version, version(5));
        let read = registry.get_model(&bikes()).await.unwrap();
        assert_eq!((read.aliases.len(), read.aliases["Champion"]), (2, version(1)));
        assert_eq!(read.tags["team"], "demand");
        assert!(registry.get_model(&model("theirs")).await.is_err());
        assert!(registry.set_alias(&to("Champion", 9, None)).await.is_err());
        registry.set_alias(&to("Champion", 2, None)).await.unwrap();
        registry.set_model_tag(&bikes(), "team", "ours").await.unwrap();
        assert_eq!(
            fixture.number(
                "SELECT version FROM registered_model_aliases WHERE workspace = 'other' AND alias = 'Champion'"
            ),
            9
        );
        assert_eq!(fixture.number("SELECT count(*) FROM registered_model_tags WHERE value = 'x'"), 1);
    }
}

#[tokio::test]
async fn empty_columns_are_read_as_none() {
    for fixture in Fixture::all() {
        fixture.execute(
            "UPDATE model_versions SET status = NULL, run_id = '', source = '', description = '', status_message = '',
                 creation_time = NULL, last_updated_time = NULL WHERE version = 3;
             UPDATE model_version_tags SET value = NULL WHERE version = 3;",
        );
        let third = fixture.registry().get_version(&bikes(), version(3)).await.unwrap();
        assert_eq!(third.status, Status::Ready);
        assert_eq!((third.run_id, third.source, third.description, third.status_message), (None, None, None, None));
        assert_eq!((third.creation_timestamp, third.last_updated_timestamp), (None, None));
        assert_eq!(third.tags["validation_status"], "");
    }
}

#[tokio::test]
async fn unexpected_content_is_an_error_that_names_its_row() {
    let damage = [
        (
            "UPDATE model_versions SET creation_time = 'soon' WHERE version = 5",
            "version 5 of \"bikes\" has an odd `creation_time`",
        ),
        ("UPDATE model_versions SET status = x'ff' WHERE version = 5", "version 5 of \"bikes\" has an odd `status`"),
        (
            "UPDATE model_versions SET source = CAST(x'ff' AS TEXT) WHERE version = 5",
            "version 5 of \"bikes\" has an odd `source`",
        ),
        ("UPDATE model_versions SET version = 'many' WHERE version = 5", "a version of \"bikes\" has an odd `version`"),
        ("UPDATE model_versions SET version = 7.5 WHERE version = 5", "a version of \"bikes\" has an odd `version`"),
        (
            "UPDATE model_version_tags SET version = 5, value = x'00'",
            "a tag of version 5 of \"bikes\" has an odd `value`",
        ),
    ];
    for (sql, expected) in damage {
        let fixture = Fixture::with_release("3.18.0");
        fixture.execute(&sql.replace(
            "UPDATE model_version_tags SET",
            "DELETE FROM model_version_tags WHERE version > 1; UPDATE model_version_tags SET",
        ));
        let (reason, _) = unusable(fixture.registry().latest_version(&bikes()).await);
        assert!(reason.contains(expected), "{reason}");
    }
    let fixture = Fixture::with_release("2.3.0");
    fixture.execute("UPDATE registered_model_aliases SET version = -1 WHERE alias = 'Champion'");
    let (reason, _) = unusable(fixture.registry().get_model(&bikes()).await);
    assert_eq!(
        reason,
        "in its table `registered_model_aliases`, the alias \"Champion\" of \"bikes\" has the `version` -1, \
         and versions count from 1"
    );
}
