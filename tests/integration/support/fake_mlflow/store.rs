//! The contents of the fake registry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// All registered models.
#[derive(Clone, Default)]
pub(crate) struct Store {
    models: BTreeMap<String, Model>,
    runs: BTreeMap<String, Value>,
    deleted_runs: BTreeSet<String>,
    logged_models: BTreeMap<String, Value>,
}

/// A registered model.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) versions: BTreeMap<u64, Version>,
    pub(crate) aliases: BTreeMap<String, u64>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) new_status: &'static str,
}

/// One version.
#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) status: String,
    pub(crate) source: String,
    pub(crate) run_id: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// The creation time in milliseconds since 1970.
    pub(crate) created: u64,
}

/// The default creation time.
pub(crate) const CREATED: u64 = 1_795_398_863_743;

impl Store {
    pub(crate) fn add(&mut self, model: Model) {
        self.models.insert(model.name.clone(), model);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Model> {
        self.models.remove(name)
    }

    /// Adds a run with its latest metrics, or replaces it.
    pub(crate) fn add_run(&mut self, id: &str, metrics: Value) {
        self.runs.insert(id.to_owned(), metrics);
    }

    /// Marks a run as deleted, which keeps its metrics.
    pub(crate) fn delete_run(&mut self, id: &str) {
        self.deleted_runs.insert(id.to_owned());
    }

    /// Returns the lifecycle stage of a run.
    pub(crate) fn lifecycle_stage(&self, run_id: &str) -> &'static str {
        if self.deleted_runs.contains(run_id) { "deleted" } else { "active" }
    }

    pub(crate) fn run(&self, id: &str) -> Option<&Value> {
        self.runs.get(id)
    }

    /// Adds a logged model with all points of its metrics, or replaces it.
    pub(crate) fn add_logged_model(&mut self, id: &str, metrics: Value) {
        self.logged_models.insert(id.to_owned(), metrics);
    }

    pub(crate) fn logged_model(&self, id: &str) -> Option<&Value> {
        self.logged_models.get(id)
    }

    /// Returns the names of all models.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    pub(crate) fn get(&mut self, name: &str) -> Option<&mut Model> {
        self.models.get_mut(name)
    }

    pub(crate) fn alias(&self, model: &str, alias: &str) -> Option<u64> {
        self.models.get(model)?.aliases.get(alias).copied()
    }

    pub(crate) fn aliases(&self) -> BTreeMap<(String, String), u64> {
        let of = |model: &Model| -> Vec<_> {
            model.aliases.iter().map(|(alias, at)| ((model.name.clone(), alias.clone()), *at)).collect()
        };
        self.models.values().flat_map(of).collect()
    }

    pub(crate) fn tag(&self, model: &str, key: &str) -> Option<String> {
        self.models.get(model)?.tags.get(key).cloned()
    }
}

impl Model {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            versions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            tags: BTreeMap::new(),
            new_status: "READY",
        }
    }

    /// Adds a version that is ready.
    pub(crate) fn version(self, number: u64) -> Self {
        self.version_as(number, "READY")
    }

    /// Adds a version with a status.
    pub(crate) fn version_as(mut self, number: u64, status: &str) -> Self {
        let version = Version {
            status: status.to_owned(),
            source: format!("runs:/run{number}/model"),
            run_id: Some(format!("run{number}")),
            description: None,
            tags: BTreeMap::new(),
            created: CREATED,
        };
        self.versions.insert(number, version);
        self
    }

    /// Changes a version that was added before.
    pub(crate) fn with(mut self, number: u64, change: impl FnOnce(&mut Version)) -> Self {
        change(self.versions.get_mut(&number).unwrap());
        self
    }

    /// Points an alias to a version, which may be deleted.
    pub(crate) fn alias(mut self, alias: &str, version: u64) -> Self {
        self.aliases.insert(alias.to_owned(), version);
        self
    }

    /// Sets the initial status of new versions.
    pub(crate) fn creates(self, new_status: &'static str) -> Self {
        Self { new_status, ..self }
    }

    /// Sets a tag.
    pub(crate) fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Returns the model as MLflow sends it, without empty fields.
    pub(crate) fn to_json(&self) -> Value {
        let mut sent = self.stamped();
        if let Some(latest) = self.versions.keys().next_back() {
            sent["latest_versions"] = json!([self.version_json(*latest, false)]);
        }
        if !self.aliases.is_empty() {
            let pair = |(alias, version): (&String, &u64)| json!({ "alias": alias, "version": version.to_string() });
            sent["aliases"] = self.aliases.iter().map(pair).collect();
        }
        insert_tags(&mut sent, &self.tags);
        sent
    }

    /// Returns a version as MLflow sends it; a search omits the aliases.
    pub(crate) fn version_json(&self, number: u64, with_aliases: bool) -> Value {
        let version = &self.versions[&number];
        let mut sent = self.stamped();
        sent["creation_timestamp"] = json!(version.created);
        sent["version"] = json!(number.to_string());
        sent["current_stage"] = json!("None");
        sent["status"] = json!(version.status);
        sent["source"] = json!(version.source);
        sent["run_id"] = json!(version.run_id.as_deref().unwrap_or_default());
        sent["run_link"] = json!("");
        if let Some(description) = &version.description {
            sent["description"] = json!(description);
        }
        let own = self.aliases.iter().filter(|(_, target)| **target == number).map(|(alias, _)| alias);
        let aliases: Vec<_> = own.filter(|_| with_aliases).collect();
        if !aliases.is_empty() {
            sent["aliases"] = json!(aliases);
        }
        insert_tags(&mut sent, &version.tags);
        sent
    }

    fn stamped(&self) -> Value {
        json!({ "name": self.name, "creation_timestamp": CREATED, "last_updated_timestamp": CREATED })
    }
}

/// Parses tags of a request.
pub(crate) fn tags(fields: &Map<String, Value>) -> BTreeMap<String, String> {
    let sent = fields.get("tags").and_then(Value::as_array).into_iter().flatten();
    let text = |tag: &Value, key: &str| tag[key].as_str().unwrap_or_default().to_owned();
    sent.map(|tag| (text(tag, "key"), text(tag, "value"))).collect()
}

fn insert_tags(sent: &mut Value, tags: &BTreeMap<String, String>) {
    if !tags.is_empty() {
        sent["tags"] = tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    }
}
