//! How a model is: what a StatusJob finds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

/// How a registered model is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Where each alias points.
    pub aliases: BTreeMap<String, u64>,
    /// The metrics that are shown.
    pub metrics: Vec<String>,
    /// The versions, newest first.
    pub versions: Vec<VersionOverview>,
    /// How many older versions are left out. Those that an alias points to never are.
    pub omitted: usize,
}

/// How one version is. What could not be found out is none, or left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionOverview {
    /// Its number.
    pub version: u64,
    /// Its status in MLflow's words; none where an alias points to it and it does not exist.
    pub status: Option<String>,
    /// The aliases that point to it.
    pub aliases: Vec<String>,
    /// When it was made, in UTC.
    pub created: Option<Timestamp>,
    /// How old it is, in seconds.
    pub age: Option<i64>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The metrics that were asked for: a number, or a text where JSON has no such number (`NaN`, `Infinity`).
    pub metrics: BTreeMap<String, serde_json::Value>,
}
