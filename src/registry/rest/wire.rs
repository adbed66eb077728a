//! MLflow's JSON: strict about what matters, lenient about what other releases add, leave out or write as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::registry::metric::restore_infinity;
use crate::registry::{Metric, ModelName, ModelVersion, RegisteredModel, Status, Version};

/// The answer to reading or creating one version.
#[derive(Deserialize)]
pub(super) struct OneVersion {
    pub(super) model_version: WireVersion,
}

/// The answer to a search for versions; a model that does not exist has none.
#[derive(Deserialize)]
pub(super) struct Versions {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) model_versions: Vec<WireVersion>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// The answer to reading a run.
#[derive(Deserialize)]
pub(in crate::registry) struct OneRun {
    pub(in crate::registry) run: Run,
}

/// A run as it is sent, which a deleted one still is.
#[derive(Deserialize)]
pub(in crate::registry) struct Run {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::registry) info: RunInfo,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::registry) data: Measurements,
}

/// Which run it is, and whether it is still there.
#[derive(Default, Deserialize)]
pub(in crate::registry) struct RunInfo {
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    lifecycle_stage: Option<String>,
}

impl RunInfo {
    /// Makes sure that an answer is about the run that was asked for.
    ///
    /// # Errors
    /// What it is about instead: a cache in between may answer for another run.
    pub(in crate::registry) fn require(&self, asked: &str) -> Result<(), String> {
        require("run", asked, self.run_id.as_deref())
    }

    pub(in crate::registry) fn is_deleted(&self) -> bool {
        self.lifecycle_stage.as_deref() == Some("deleted")
    }
}

/// The answer to reading a logged model.
#[derive(Deserialize)]
pub(in crate::registry) struct OneLoggedModel {
    pub(in crate::registry) model: Measured,
}

/// What has metrics.
#[derive(Deserialize)]
pub(in crate::registry) struct Measured {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::registry) info: ModelInfo,
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::registry) data: Measurements,
}

/// Which logged model it is.
#[derive(Default, Deserialize)]
pub(in crate::registry) struct ModelInfo {
    #[serde(default)]
    model_id: Option<String>,
}

impl ModelInfo {
    /// Makes sure that an answer is about the logged model that was asked for.
    ///
    /// # Errors
    /// What it is about instead.
    pub(in crate::registry) fn require(&self, asked: &str) -> Result<(), String> {
        require("logged model", asked, self.model_id.as_deref())
    }
}

fn require(what: &str, asked: &str, found: Option<&str>) -> Result<(), String> {
    // Some databases do not tell cases apart.
    match found.filter(|found| !found.eq_ignore_ascii_case(asked)) {
        Some(found) => Err(format!("asked for the {what} {asked}, it answered with {found:?}")),
        None => Ok(()),
    }
}

/// Metrics among other things.
#[derive(Default, Deserialize)]
pub(in crate::registry) struct Measurements {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::registry) metrics: Vec<WireMetric>,
}

/// A metric as it is sent.
#[derive(Deserialize)]
pub(in crate::registry) struct WireMetric {
    key: String,
    #[serde(deserialize_with = "double")]
    value: f64,
    #[serde(default, deserialize_with = "int64")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "int64")]
    step: Option<i64>,
    #[serde(default)]
    dataset_name: Option<String>,
    #[serde(default)]
    run_id: Option<String>,
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
    /// The newest version of each stage.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) latest_versions: Vec<WireVersion>,
}

/// A version as it is sent.
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
    aliases: Vec<String>,
}

#[derive(Deserialize)]
pub(in crate::registry) struct WireAlias {
    pub(in crate::registry) alias: String,
    #[serde(deserialize_with = "version")]
    pub(in crate::registry) version: Version,
}

#[derive(Deserialize)]
pub(in crate::registry) struct WireTag {
    key: String,
    #[serde(default, deserialize_with = "or_default")]
    value: String,
}

impl From<WireModel> for RegisteredModel {
    fn from(model: WireModel) -> Self {
        Self {
            name: model.name,
            aliases: model.aliases.into_iter().map(|alias| (alias.alias, alias.version)).collect(),
            tags: tags(model.tags),
        }
    }
}

impl From<WireVersion> for ModelVersion {
    fn from(sent: WireVersion) -> Self {
        // What nobody filled in comes as an empty text or not at all, depending on who made the version.
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            name: sent.name,
            version: sent.version,
            status: Status::parse(sent.status.as_deref()),
            status_message: filled(sent.status_message),
            source: filled(sent.source),
            run_id: filled(sent.run_id),
            model_id: filled(sent.model_id),
            description: filled(sent.description),
            creation_timestamp: sent.creation_timestamp,
            last_updated_timestamp: sent.last_updated_timestamp,
            tags: tags(sent.tags),
            aliases: sent.aliases,
        }
    }
}

impl From<WireMetric> for Metric {
    fn from(sent: WireMetric) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            key: sent.key,
            value: restore_infinity(sent.value),
            // JSON made from protobuf leaves a zero out.
            timestamp: sent.timestamp.unwrap_or_default(),
            step: sent.step.unwrap_or_default(),
            dataset: filled(sent.dataset_name),
            run_id: filled(sent.run_id),
        }
    }
}

pub(in crate::registry) fn tags(tags: Vec<WireTag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Reads `null` as a field that was left out.
pub(in crate::registry) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a version, which MLflow sends as text.
pub(in crate::registry) fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        other => return Err(de::Error::custom(format!("a version cannot be {other}"))),
    };
    text.parse().map_err(de::Error::custom)
}

/// Reads a 64-bit number, which JSON made from protobuf may hold as text.
pub(in crate::registry) fn int64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let wrong = |shown: &dyn std::fmt::Display| de::Error::custom(format!("{shown} is no 64-bit number"));
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().map(Some).ok_or_else(|| wrong(&number)),
        Value::String(text) => text.parse().map(Some).map_err(|_| wrong(&text)),
        other => Err(wrong(&other)),
    }
}

/// Reads a number, which JSON made from protobuf holds as text where JSON has none such.
fn double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let read = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    read.ok_or_else(|| de::Error::custom("the value of a metric is no number"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(sent: Value) -> Result<ModelVersion, serde_json::Error> {
        serde_json::from_value::<WireVersion>(sent).map(ModelVersion::from)
    }

    #[test]
    fn a_version_is_read_however_a_release_writes_it() {
        let sparse = read(json!({ "name": "m", "version": 3 })).unwrap();
        assert_eq!((sparse.version.get(), sparse.status), (3, Status::Ready));
        let full = read(json!({
            "name": "m", "version": "3", "status": "READY", "run_id": "", "source": "models:/m/2", "new_field": {},
            "creation_timestamp": "1795398863873", "last_updated_timestamp": 7, "tags": [{ "key": "a" }], "aliases": null,
        }))
        .unwrap();
        assert_eq!((full.run_id, full.source.as_deref()), (None, Some("models:/m/2")));
        assert_eq!((full.creation_timestamp, full.last_updated_timestamp), (Some(1_795_398_863_873), Some(7)));
        assert_eq!(full.tags, BTreeMap::from([("a".to_owned(), String::new())]));
    }

    #[test]
    fn what_identifies_a_version_cannot_be_missing_or_wrong() {
        for bad in [
            json!({ "version": "3" }),
            json!({ "name": "m" }),
            json!({ "name": " ", "version": "3" }),
            json!({ "name": "m", "version": "0" }),
            json!({ "name": "m", "version": 2.5 }),
            json!({ "name": "m", "version": null }),
            json!({ "name": "m", "version": "3", "creation_timestamp": "now" }),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_metric_that_is_no_finite_number_stays_one() {
        let value = |sent: Value| {
            let sent = json!({ "key": "rmse", "value": sent, "timestamp": "7", "dataset_name": "" });
            serde_json::from_value::<WireMetric>(sent).map(|sent| Metric::from(sent).value)
        };
        assert!(value(json!("NaN")).unwrap().is_nan());
        assert_eq!(value(json!("-Infinity")).unwrap(), f64::NEG_INFINITY);
        assert_eq!(value(json!(1.797_693_134_862_315_7e308)).unwrap(), f64::INFINITY);
        assert_eq!(value(json!(0)).unwrap(), 0.0);
        assert!(value(json!(null)).is_err() && value(json!("none")).is_err());
    }

    #[test]
    fn a_model_is_read_with_its_aliases_and_tags() {
        let sent = json!({ "name": "m", "aliases": [{ "alias": "a", "version": "2" }], "tags": [{ "key": "k", "value": "v" }] });
        let model = RegisteredModel::from(serde_json::from_value::<WireModel>(sent).unwrap());
        assert_eq!(model.alias(&"a".parse().unwrap()).map(Version::get), Some(2));
        assert_eq!(model.tags, BTreeMap::from([("k".to_owned(), "v".to_owned())]));
    }
}
