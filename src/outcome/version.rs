//! A version as results show it.

use serde::Serialize;

/// A version as the registry has it, in the JSON shape of MLflow's REST API; empty fields are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundVersion {
    /// The registered model.
    pub name: String,
    /// The number.
    pub version: String,
    /// The status in MLflow's words.
    pub status: String,
    /// The message beside the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// The location of its artifacts, without a login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The run that created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The logged model, where the registry names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The time of its creation, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<i64>,
    /// The time of its last change, in milliseconds since 1970 UTC.
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
