//! The JSON of MLflow and of Unity Catalog: strict about what matters, lenient about what other releases add, leave out
//! or write as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::registry::metric::restore_infinity;
use crate::registry::{Metric, ModelName, ModelVersion, RegisteredModel, Status, Version};

/// The request to set a tag of a model.
#[derive(Serialize)]
pub struct ModelTag<'t> {
    pub name: &'t str,
    pub key: &'t str,
    pub value: &'t str,
}

/// The response with one version.
#[derive(Deserialize)]
pub struct OneVersion {
    pub model_version: WireVersion,
}

/// A page of a search for versions. It is empty for a model that does not exist.
#[derive(Default, Deserialize)]
pub struct VersionPage {
    #[serde(default, deserialize_with = "or_default")]
    pub model_versions: Vec<WireVersion>,
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// The response with a run. A deleted run is sent as well.
#[derive(Deserialize)]
pub struct OneRun {
    pub run: Measured,
}

/// The response with a logged model.
#[derive(Deserialize)]
pub struct OneLoggedModel {
    pub model: Measured,
}

/// A run or a logged model as it is sent.
#[derive(Deserialize)]
pub struct Measured {
    #[serde(default, deserialize_with = "or_default")]
    info: Info,
    #[serde(default, deserialize_with = "or_default")]
    data: Data,
}

/// What is sent about a run, or about a logged model.
#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    model_id: Option<String>,
    #[serde(default)]
    lifecycle_stage: Option<String>,
}

impl Measured {
    /// Checks that a response is about the run that was requested. A cache in between may answer with another.
    ///
    /// # Errors
    /// What the response is about instead.
    pub fn check_run_id(&self, expected: &str) -> Result<(), String> {
        check_id("run", expected, self.info.run_id.as_deref())
    }

    /// Checks the same for a logged model.
    ///
    /// # Errors
    /// What the response is about instead.
    pub fn check_model_id(&self, expected: &str) -> Result<(), String> {
        check_id("logged model", expected, self.info.model_id.as_deref())
    }

    pub fn is_deleted(&self) -> bool {
        self.info.lifecycle_stage.as_deref() == Some("deleted")
    }

    pub fn into_metrics(self) -> Vec<Metric> {
        self.data.metrics.into_iter().map(Metric::from).collect()
    }
}

fn check_id(kind: &str, expected: &str, found: Option<&str>) -> Result<(), String> {
    // Some databases compare ids case-insensitively.
    match found.filter(|found| !found.eq_ignore_ascii_case(expected)) {
        Some(found) => Err(format!("asked for the {kind} {expected}, it answered with {found:?}")),
        None => Ok(()),
    }
}

/// The data of a run or a logged model, of which only the metrics matter.
#[derive(Default, Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "or_default")]
    metrics: Vec<WireMetric>,
}

/// A metric as it is sent.
#[derive(Deserialize)]
struct WireMetric {
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

/// The response with a registered model.
#[derive(Deserialize)]
pub struct OneModel {
    pub registered_model: WireModel,
}

/// A registered model as it is sent.
#[derive(Deserialize)]
pub struct WireModel {
    name: ModelName,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<WireAlias>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<WireTag>,
    /// The newest version of each stage.
    #[serde(default, deserialize_with = "or_default")]
    pub latest_versions: Vec<WireVersion>,
}

/// A version as it is sent.
#[derive(Deserialize)]
pub struct WireVersion {
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
    aliases: Vec<VersionAlias>,
}

impl WireVersion {
    /// Fills in the status if it was left out or empty.
    pub fn or_status(self, default: &str) -> Self {
        let status = self.status.filter(|status| !status.is_empty()).unwrap_or_else(|| default.to_owned());
        Self { status: Some(status), ..self }
    }
}

/// An alias of a version: its name, or in Unity Catalog an object with its name.
struct VersionAlias(String);

impl<'de> Deserialize<'de> for VersionAlias {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Self(name)),
            object => WireAlias::deserialize(object).map(|alias| Self(alias.alias)).map_err(de::Error::custom),
        }
    }
}

#[derive(Deserialize)]
struct WireAlias {
    alias: String,
    #[serde(deserialize_with = "version")]
    version: Version,
}

#[derive(Deserialize)]
struct WireTag {
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
        // An unset field is sent as an empty text or left out, depending on who made the version.
        Self {
            name: sent.name,
            version: sent.version,
            status: Status::parse(sent.status.as_deref()),
            status_message: non_empty(sent.status_message),
            source: non_empty(sent.source),
            run_id: non_empty(sent.run_id),
            model_id: non_empty(sent.model_id),
            description: non_empty(sent.description),
            creation_timestamp: sent.creation_timestamp,
            last_updated_timestamp: sent.last_updated_timestamp,
            tags: tags(sent.tags),
            aliases: sent.aliases.into_iter().map(|alias| alias.0).collect(),
        }
    }
}

impl From<WireMetric> for Metric {
    fn from(sent: WireMetric) -> Self {
        Self {
            key: sent.key,
            value: restore_infinity(sent.value),
            // JSON made from protobuf leaves a zero out.
            timestamp: sent.timestamp.unwrap_or_default(),
            step: sent.step.unwrap_or_default(),
            dataset: non_empty(sent.dataset_name),
            run_id: non_empty(sent.run_id),
        }
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn tags(tags: Vec<WireTag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Reads `null` as a field that was left out.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a version, which MLflow sends as text.
fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        other => return Err(de::Error::custom(format!("a version cannot be {other}"))),
    };
    text.parse().map_err(de::Error::custom)
}

/// Reads a 64-bit integer, which JSON made from protobuf may hold as text.
pub(super) fn int64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let wrong = |sent: &dyn std::fmt::Display| de::Error::custom(format!("{sent} is no 64-bit number"));
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().map(Some).ok_or_else(|| wrong(&number)),
        Value::String(text) => text.parse().map(Some).map_err(|_| wrong(&text)),
        other => Err(wrong(&other)),
    }
}

/// Reads a number. JSON made from protobuf holds NaN and infinity as text.
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
    fn a_version_without_a_name_or_a_number_is_refused() {
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
    fn a_metric_may_be_nan_or_infinite() {
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

    #[test]
    fn a_status_that_was_left_out_is_filled_in() {
        for sent in
            [json!({ "name": "c.s.m", "version": "3" }), json!({ "name": "c.s.m", "version": "3", "status": "" })]
        {
            let read =
                ModelVersion::from(serde_json::from_value::<WireVersion>(sent).unwrap().or_status("UNSPECIFIED"));
            assert_eq!(read.status, Status::Other("UNSPECIFIED".into()));
        }
    }

    #[test]
    fn aliases_may_be_objects_and_unknown_fields_are_ignored() {
        let sent = json!({
            "name": "c.s.m", "version": "3", "status": "READY", "storage_location": "s3://b/x", "model_id": "m-1",
            "aliases": [{ "alias": "a", "version": "3" }], "model_metrics": [{ "key": "rmse", "value": 0.5 }],
            "tags": [{ "key": "owner", "value": "me" }], "run_id": "",
        });
        let read = ModelVersion::from(serde_json::from_value::<WireVersion>(sent).unwrap().or_status("UNSPECIFIED"));
        assert_eq!((read.logged_model(), read.run_id.as_deref()), (Some("m-1"), None));
        assert_eq!((read.aliases, read.status), (vec!["a".to_owned()], Status::Ready));
        assert_eq!(read.tags["owner"], "me");
    }
}
