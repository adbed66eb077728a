//! Versions with their aliases, age, tags and metrics: one version of an outcome, or those of a document.

use std::collections::BTreeMap;

use jiff::Timestamp;
use minijinja::Value;
use serde::{Deserialize, Serialize};

use super::render::render;
use crate::outcome::{FoundVersion, Outcome};
use crate::text::{format_age, format_or_dash, format_significant};

/// The prefix of MLflow's own tags, which are not shown.
const MLFLOW: &str = "mlflow.";

/// A model in the document.
#[derive(Debug, Deserialize)]
struct Overview {
    metrics: Vec<String>,
    versions: Vec<OverviewVersion>,
    omitted: usize,
}

#[derive(Debug, Deserialize)]
struct OverviewVersion {
    version: u64,
    status: Option<String>,
    aliases: Vec<String>,
    age: Option<i64>,
    tags: BTreeMap<String, String>,
    metrics: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Serialize)]
struct VersionsView {
    metrics: Vec<String>,
    versions: Vec<VersionRow>,
    omitted: usize,
}

#[derive(Debug, Serialize)]
struct VersionRow {
    version: u64,
    url: Option<String>,
    status: String,
    aliases: Vec<String>,
    age: String,
    tags: Vec<Tag>,
    metrics: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Tag {
    key: String,
    value: String,
}

/// The version of an outcome.
#[derive(Debug, Serialize)]
struct VersionView<'a> {
    version: &'a str,
    url: Option<String>,
    description: Option<&'a str>,
    aliases: &'a [String],
    tags: Vec<Tag>,
    /// What else is known: a name and a value each.
    facts: Vec<(&'static str, String)>,
}

/// Renders the versions of a document; nothing if it has none.
pub(super) fn versions(document: &serde_json::Value, outcome: &Outcome) -> Option<Value> {
    let Overview { metrics, versions, omitted } = Overview::deserialize(document).ok()?;
    let row = |version: OverviewVersion| VersionRow {
        url: outcome.page(Some(version.version)),
        version: version.version,
        status: version.status.unwrap_or_else(|| "missing".to_owned()),
        aliases: version.aliases,
        age: format_or_dash(version.age.map(format_age)),
        tags: tags(version.tags.into_iter()),
        metrics: metrics.iter().map(|key| format_or_dash(version.metrics.get(key).map(number))).collect(),
    };
    let versions: Vec<VersionRow> = versions.into_iter().map(row).collect();
    (!versions.is_empty()).then(|| render("versions", &VersionsView { versions, metrics, omitted }))
}

/// Renders the version that an alias moves to, or that was created; nothing where it was not read.
pub(super) fn version(outcome: &Outcome, ended: Timestamp) -> Option<Value> {
    let found = outcome.model_version.as_deref()?;
    let FoundVersion { version, description, aliases, source, run_id, model_id, status, .. } = found;
    let created = found.creation_timestamp.and_then(|time| Timestamp::from_millisecond(time).ok());
    let age = created.map(|created| ended.duration_since(created).as_secs()).filter(|age| *age >= 0);
    let facts = [
        ("Status", Some(status.clone())),
        ("Created", created.map(|created| format!("{}", created.strftime("%Y-%m-%d %H:%M UTC")))),
        ("Age", age.map(format_age)),
        ("Run", run_id.clone()),
        ("Logged model", model_id.clone()),
        ("Source", source.clone()),
    ];
    Some(render(
        "version",
        &VersionView {
            version,
            url: outcome.page(version.parse().ok()),
            description: description.as_deref(),
            aliases,
            tags: tags(found.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()))),
            facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        },
    ))
}

fn tags(tags: impl Iterator<Item = (String, String)>) -> Vec<Tag> {
    tags.filter(|(key, _)| !key.starts_with(MLFLOW)).map(|(key, value)| Tag { key, value }).collect()
}

/// Formats a number, or the name that stands for one.
fn number(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| format_or_dash(value.as_f64().map(format_significant)), str::to_owned)
}
