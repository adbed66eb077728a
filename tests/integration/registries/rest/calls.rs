//! The REST client against the fake: the requests that it sends, and how it reads the answers.

use runner::registry::{Error, Login, NewVersion, Options, Registry, Status, Version};
use runner::secret::{Secret, SecretUri};
use runner::shutdown::Shutdown;
use serde_json::json;

use crate::support::fake_mlflow::{FakeMlflow, Fault};
use crate::support::rest_client::{bikes, champion, impatient, open, open_with};
use crate::support::set_alias::SetAlias as _;

fn fake() -> FakeMlflow {
    FakeMlflow::start().model("bikes", |model| model.version(1).version(2).alias("Champion", 1).tag("owner", "me"))
}

#[tokio::test]
async fn a_promotion_is_three_requests_on_one_connection_and_the_version_is_text() {
    let fake = fake();
    let registry = open(&fake.uri());
    assert_eq!(registry.latest_version(&bikes()).await.unwrap().unwrap().version.get(), 2);
    registry.set_alias(&champion(2)).await.unwrap();
    assert_eq!(registry.get_alias(&bikes(), &champion(2).alias).await.unwrap().unwrap().version.get(), 2);
    assert_eq!(fake.alias("bikes", "Champion"), Some(2));
    assert_eq!(
        fake.calls(),
        ["GET model-versions/search", "POST registered-models/alias", "GET registered-models/alias"]
    );
    assert_eq!(fake.connections(), 1);
    assert_eq!(fake.requests()[1].json(), json!({ "name": "bikes", "alias": "Champion", "version": "2" }));
    let agent = fake.requests()[0].header("user-agent").unwrap().to_owned();
    assert!(agent.starts_with("runner/"), "{agent}");
}

#[tokio::test]
async fn a_model_is_read_with_aliases_and_tags() {
    let fake = fake();
    let registry = open(&fake.uri());
    let model = registry.get_model(&bikes()).await.unwrap();
    assert_eq!(model.alias(&champion(1).alias).map(Version::get), Some(1));
    assert_eq!(model.tags.get("owner").map(String::as_str), Some("me"));
    registry.set_model_tag(&bikes(), "owner", "you").await.unwrap();
    assert_eq!(fake.tag("bikes", "owner").as_deref(), Some("you"));
}

#[tokio::test]
async fn a_version_is_created_with_all_its_fields() {
    let fake = fake();
    let registry = open(&fake.uri());
    let new = NewVersion {
        name: "cars".parse().unwrap(),
        source: "s3://b/m".into(),
        run_id: Some("r1".into()),
        description: Some("d".into()),
        tags: [("k".to_owned(), "v".to_owned())].into(),
    };
    assert_eq!(registry.ensure_model(&new.name).await, Ok(true));
    assert_eq!(registry.ensure_model(&new.name).await, Ok(false));
    let made = registry.create_version(&new).await.unwrap();
    assert_eq!((made.version.get(), made.source.as_deref(), made.run_id.as_deref()), (1, Some("s3://b/m"), Some("r1")));
    assert_eq!((made.description.as_deref(), made.tags), (Some("d"), new.tags));
}

#[tokio::test]
async fn a_pending_version_differs_from_a_ready_one() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version_as(1, "PENDING_REGISTRATION"));
    let version = open(&fake.uri()).get_version(&bikes(), Version::new(1).unwrap()).await.unwrap();
    assert_eq!(version.status, Status::Pending);
}

#[tokio::test]
async fn an_alias_of_a_deleted_version_names_the_version() {
    let fake = FakeMlflow::start().model("bikes", |model| model.version(1).alias("Champion", 9));
    let error = open(&fake.uri()).get_alias(&bikes(), &champion(1).alias).await.unwrap_err();
    assert_eq!(error, Error::VersionNotFound { name: bikes(), version: Version::new(9).unwrap() });
}

#[tokio::test]
async fn a_missing_source_is_not_a_missing_model() {
    let missing_run = Fault::error(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=r1 not found");
    let fake = fake().fault(missing_run.on("model-versions/create"));
    let new = NewVersion { name: bikes(), source: "s".into(), run_id: None, description: None, tags: [].into() };
    let error = open(&fake.uri()).create_version(&new).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { message, .. } if message == "Run with id=r1 not found"), "{error}");
}

#[tokio::test]
async fn a_search_that_finds_another_model_finds_nothing() {
    let other = r#"{"model_versions":[{"name":"Bikes","version":"7"}]}"#;
    let fake = fake().fault(Fault::status(200).body(other));
    assert_eq!(open(&fake.uri()).latest_version(&bikes()).await, Ok(None));
}

#[tokio::test]
async fn an_answer_with_another_version_is_refused() {
    let other = r#"{"model_version":{"name":"bikes","version":"7"}}"#;
    let fake = fake().fault(Fault::status(200).body(other));
    let error = open(&fake.uri()).get_version(&bikes(), Version::new(1).unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn the_login_in_the_url_counts_if_there_is_no_other() {
    let basic = Login::Basic { username: "me".into(), password: Secret::new("pass") };
    for (in_address, login, expected) in [
        ("", Login::None, None),
        ("", basic, Some("Basic bWU6cGFzcw==")),
        ("you:p%40ss@", Login::None, Some("Basic eW91OnBAc3M=")),
        ("you:p%40ss@", Login::Bearer(Secret::new("token")), Some("Bearer token")),
    ] {
        let fake = fake();
        let uri = fake.uri().replace("http://", &format!("http://{in_address}"));
        let registry = open_with(&uri, &Options { login, ..impatient() });
        registry.get_model(&bikes()).await.unwrap();
        assert_eq!(fake.requests()[0].header("authorization"), expected);
        assert_eq!(registry.uri(), fake.uri());
        assert!(!format!("{registry:?}").contains("p%40ss"), "{registry:?}");
    }
}

#[test]
fn a_token_that_is_no_valid_header_is_refused_and_not_shown() {
    let options = Options { login: Login::Bearer(Secret::new("hunter2\n")), ..impatient() };
    let error = Registry::open(&SecretUri::new("http://h"), &options, Shutdown::manual().1).unwrap_err();
    assert!(matches!(error, Error::Misconfigured { .. }) && !error.to_string().contains("hunter2"), "{error}");
}
