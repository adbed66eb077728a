//! Unity Catalog's JSON: MLflow's, but for aliases that are objects and a status that is always there.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::registry::rest::wire::{WireAlias, WireTag, int64, or_default, tags, version};
use crate::registry::{ModelName, ModelVersion, RegisteredModel, Status, Version};
use crate::secret::Secret;

/// The answer to reading one version.
#[derive(Deserialize)]
pub(super) struct OneVersion {
    pub(super) model_version: WireVersion,
}

/// A page of a search for versions.
#[derive(Default, Deserialize)]
pub(super) struct Page {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) model_versions: Vec<WireVersion>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) next_page_token: String,
}

/// The answer to reading a registered model.
#[derive(Deserialize)]
pub(super) struct OneModel {
    pub(super) registered_model: WireModel,
}

/// A registered model as it is sent.
#[derive(Deserialize)]
pub(super) struct WireModel {
    name: ModelName,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<WireAlias>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<WireTag>,
}

/// A version as it is sent; a search leaves tags and aliases out.
#[derive(Deserialize)]
pub(super) struct WireVersion {
    name: ModelName,
    #[serde(deserialize_with = "version")]
    version: Version,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    status_message: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    model_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, deserialize_with = "int64")]
    creation_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "int64")]
    last_updated_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<WireTag>,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<WireAlias>,
}

/// What a host says about itself.
#[derive(Default, Deserialize)]
pub(super) struct HostDocument {
    #[serde(default)]
    pub(super) oidc_endpoint: Option<String>,
    #[serde(default, deserialize_with = "id")]
    pub(super) account_id: Option<String>,
    #[serde(default, deserialize_with = "id")]
    pub(super) workspace_id: Option<String>,
}

/// What a host says about its OAuth.
#[derive(Deserialize)]
pub(super) struct OauthDocument {
    pub(super) token_endpoint: String,
}

/// A token and how long it lives, in seconds.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: Secret,
    #[serde(default, deserialize_with = "int64")]
    pub(super) expires_in: Option<i64>,
}

/// Why a host gives out no token.
#[derive(Deserialize)]
pub(super) struct OauthError {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error_description {
            Some(description) => write!(f, "{}: {description}", self.error),
            None => f.write_str(&self.error),
        }
    }
}

impl From<WireModel> for RegisteredModel {
    fn from(model: WireModel) -> Self {
        Self {
            name: model.name,
            aliases: model.aliases.into_iter().map(|alias| (alias.alias, alias.version)).collect(),
            tags: tags(model.tags).into_iter().map(|(key, value)| (super::tags::known(key), value)).collect(),
        }
    }
}

impl From<WireVersion> for ModelVersion {
    fn from(sent: WireVersion) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            name: sent.name,
            version: sent.version,
            // The one that stands for "unknown" may be left out.
            status: Status::parse(Some(
                sent.status.as_deref().filter(|word| !word.is_empty()).unwrap_or("UNSPECIFIED"),
            )),
            status_message: filled(sent.status_message),
            source: filled(sent.source),
            run_id: filled(sent.run_id),
            model_id: filled(sent.model_id),
            description: filled(sent.description),
            creation_timestamp: sent.creation_timestamp,
            last_updated_timestamp: sent.last_updated_timestamp,
            tags: tags(sent.tags),
            aliases: sent.aliases.into_iter().map(|alias| alias.alias).collect(),
        }
    }
}

/// Reads an id, which some hosts write as a number.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_without_a_status_is_not_ready() {
        for sent in
            [json!({ "name": "c.s.m", "version": "3" }), json!({ "name": "c.s.m", "version": "3", "status": "" })]
        {
            let read = ModelVersion::from(serde_json::from_value::<WireVersion>(sent).unwrap());
            assert_eq!(read.status, Status::Other("UNSPECIFIED".into()));
        }
    }

    #[test]
    fn aliases_are_objects_and_what_is_unknown_is_passed_over() {
        let sent = json!({
            "name": "c.s.m", "version": "3", "status": "READY", "storage_location": "s3://b/x", "model_id": "m-1",
            "aliases": [{ "alias": "a", "version": "3" }], "model_metrics": [{ "key": "rmse", "value": 0.5 }],
            "tags": [{ "key": "owner", "value": "me" }], "run_id": "",
        });
        let read = ModelVersion::from(serde_json::from_value::<WireVersion>(sent).unwrap());
        assert_eq!((read.logged_model(), read.run_id.as_deref()), (Some("m-1"), None));
        assert_eq!((read.aliases, read.status), (vec!["a".to_owned()], Status::Ready));
        assert_eq!(read.tags["owner"], "me");
    }

    #[test]
    fn an_id_is_read_however_it_is_written() {
        let workspace =
            |id| serde_json::from_value::<HostDocument>(json!({ "workspace_id": id })).unwrap().workspace_id;
        assert_eq!(workspace(json!("12")).as_deref(), Some("12"));
        assert_eq!(workspace(json!(12)).as_deref(), Some("12"));
        assert_eq!((workspace(json!(null)), workspace(json!(""))), (None, None));
    }
}
