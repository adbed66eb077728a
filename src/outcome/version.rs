//! A version as results show it.

use serde::Serialize;

/// A version as the registry has it, in the JSON shape of MLflow's REST API; empty fields are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundVersion {
    /// The registered model.
    pub name: String,
    /// Its number.
    pub version: String,
    /// MLflow's word for whether it can be used.
    pub status: String,
    /// What the registry says beside the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Where its artifacts are, without a login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The run that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The logged model that it is, where the registry says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<i64>,
    /// When it last changed, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated_timestamp: Option<i64>,
    /// Its tags, sorted by their keys; values without logins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<FoundTag>,
    /// The aliases that point to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A tag of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundTag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}
