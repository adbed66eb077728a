//! The REST client and the program against a real MLflow server, checked with MLflow's own client.

mod batch;
mod gates;
mod jobs;
mod shared_database;

use std::collections::BTreeMap;

use runner::registry::{AliasChange, Error, NewVersion, Registry, Status, Version};

use crate::support::mlflow_server::{MlflowServer, python};
use crate::support::rest_client::open;
use crate::support::set_alias::SetAlias as _;

/// Names that a client might quote, encode or trim wrongly.
const ODD_NAMES: [&str; 9] = [
    "bikes",
    "it's",
    "dq\"x",
    "both'\"",
    "two words",
    "Fahrräder 日本",
    "100%25 + a&b=c#d?",
    "back\\slash",
    " padded ",
];

fn new_version(name: &str) -> NewVersion {
    NewVersion {
        name: name.parse().unwrap(),
        source: "s3://bucket/model".into(),
        run_id: None,
        description: Some("first".into()),
        tags: BTreeMap::from([("a key".to_owned(), "ä value".to_owned())]),
    }
}

fn champion(name: &str, version: u64) -> AliasChange {
    AliasChange::set(name.parse().unwrap(), "Champion".parse().unwrap(), Version::new(version).unwrap())
}

async fn check_promotion(registry: &Registry, name: &str) {
    let (model, to, two) = (name.parse().unwrap(), champion(name, 2), Version::new(2).unwrap());
    assert_eq!(registry.latest_version(&model).await, Ok(None), "{name}");
    assert_eq!(registry.ensure_model(&model).await, Ok(true), "{name}");
    assert_eq!(registry.ensure_model(&model).await, Ok(false), "{name}");
    assert_eq!(registry.latest_version(&model).await, Ok(None), "{name}");
    assert_eq!(registry.get_alias(&model, &to.alias).await, Ok(None), "{name}");
    for number in 1..=3 {
        let created = registry.create_version(&new_version(name)).await.unwrap();
        assert_eq!((created.version.get(), created.status, &created.name), (number, Status::Ready, &model));
        assert_eq!((created.description.as_deref(), created.tags.len()), (Some("first"), 1));
    }
    assert_eq!(registry.latest_version(&model).await.unwrap().unwrap().version.get(), 3, "{name}");
    registry.set_alias(&to).await.unwrap();
    let current = registry.get_alias(&model, &to.alias).await.unwrap().unwrap();
    assert_eq!((current.version, current.aliases.as_slice()), (two, ["Champion".to_owned()].as_slice()));
    assert_eq!(registry.get_version(&model, two).await, Ok(current));
    registry.set_model_tag(&model, "history", "[1]\n'\"").await.unwrap();
    let read = registry.get_model(&model).await.unwrap();
    assert_eq!((&read.name, read.alias(&to.alias)), (&model, Some(two)));
    assert_eq!(read.tags.get("history").map(String::as_str), Some("[1]\n'\""));
}

#[tokio::test]
async fn every_name_is_promoted_and_seen_by_other_clients() {
    let server = MlflowServer::start();
    let registry = open(server.uri());
    for name in ODD_NAMES {
        check_promotion(&registry, name).await;
    }
    let script = "
import sys, mlflow
client = mlflow.MlflowClient()
for name in sys.argv[1:]:
    print(name, client.get_model_version_by_alias(name, 'Champion').version, repr(client.get_registered_model(name).tags['history']))
";
    let output = python(server.uri(), script, &ODD_NAMES);
    let expected: String = ODD_NAMES.map(|name| format!("{name} 2 '[1]\\n\\'\"'\n")).concat();
    assert_eq!(output, expected);
}

#[tokio::test]
async fn missing_models_and_versions_are_reported() {
    let registry = open(MlflowServer::start().uri());
    let (missing, two) = ("no such model".parse().unwrap(), Version::new(2).unwrap());
    let champion_of = |name| champion(name, 2);
    let to = champion_of("no such model");
    let model_not_found = Error::ModelNotFound { name: missing };
    let name = &to.name;
    assert_eq!(registry.get_model(name).await, Err(model_not_found.clone()));
    assert_eq!(registry.get_alias(name, &to.alias).await, Err(model_not_found.clone()));
    assert_eq!(registry.set_model_tag(name, "k", "v").await, Err(model_not_found.clone()));
    assert_eq!(registry.create_version(&new_version("no such model")).await, Err(model_not_found));
    let no_version = Error::VersionNotFound { name: name.clone(), version: two };
    assert_eq!(registry.get_version(name, two).await, Err(no_version.clone()));
    assert_eq!(registry.set_alias(&to).await, Err(no_version));

    let empty = champion_of("model without versions");
    registry.ensure_model(&empty.name).await.unwrap();
    let no_version = Error::VersionNotFound { name: empty.name.clone(), version: two };
    assert_eq!(registry.set_alias(&empty).await, Err(no_version.clone()));
    assert_eq!(registry.get_version(&empty.name, two).await, Err(no_version));
}

#[tokio::test]
async fn a_name_that_the_server_refuses_is_reported_with_its_message() {
    let registry = open(MlflowServer::start().uri());
    let error = registry.ensure_model(&"a/b".parse().unwrap()).await.unwrap_err();
    let Error::Refused { action, code, message, .. } = error else { panic!("{error}") };
    assert_eq!((action.as_str(), code.as_str()), ("create the model a/b", "INVALID_PARAMETER_VALUE"));
    assert!(message.contains("a/b"), "{message}");
}
