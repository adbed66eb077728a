//! Reading models, versions and aliases. Deleted versions keep their rows and are left out, as in MLflow.

use std::collections::BTreeMap;

use rusqlite::{Params, Row};

use super::tables::{TableRow, Tables};
use crate::registry::local::LocalError;
use crate::registry::model::PROMPT_TAG;
use crate::registry::{Alias, Error, ModelName, ModelVersion, RegisteredModel, Status, Version};

/// The condition of MLflow for versions that are not deleted. It leaves out versions without a stage, too.
pub(super) const LIVE: &str = "current_stage <> 'Deleted_Internal'";

const ALIASES: &str = "registered_model_aliases";
const TAGS: &str = "registered_model_tags";
const VERSIONS: &str = "model_versions";

impl Tables<'_> {
    /// Reads a registered model.
    pub(in crate::registry) fn model(&self, name: &ModelName) -> Result<RegisteredModel, LocalError> {
        self.require_model(name)?;
        let scope = self.scope();
        let mut aliases = BTreeMap::new();
        let sql = format!("SELECT alias, version FROM registered_model_aliases WHERE {scope} name = ?1");
        self.for_each(&sql, [name.as_str()], |row| {
            let alias: String = TableRow::new(row, ALIASES, format!("an alias of \"{name}\"")).get("alias")?;
            let target = TableRow::new(row, ALIASES, format!("the alias {alias:?} of \"{name}\"")).version()?;
            aliases.insert(alias, target);
            Ok(())
        })?;
        let tags = self.model_tags(name)?;
        Ok(RegisteredModel { name: name.clone(), aliases, tags })
    }

    /// Fails unless there is such a model.
    pub(in crate::registry) fn require_model(&self, name: &ModelName) -> Result<(), LocalError> {
        if self.has_model(name)? { Ok(()) } else { Err(Error::ModelNotFound { name: name.clone() }.into()) }
    }

    pub(super) fn has_model(&self, name: &ModelName) -> Result<bool, LocalError> {
        let sql = format!("SELECT 1 FROM registered_models WHERE {} name = ?1", self.scope());
        Ok(self.connection.prepare_cached(&sql)?.exists([name.as_str()])?)
    }

    /// Reads one live version.
    pub(in crate::registry) fn version(&self, name: &ModelName, version: Version) -> Result<ModelVersion, LocalError> {
        self.select_version(name, "AND version = ?2", (name.as_str(), version.get().cast_signed()))?
            .ok_or_else(|| Error::VersionNotFound { name: name.clone(), version }.into())
    }

    /// Reads the live version with the highest number.
    pub(in crate::registry) fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>, LocalError> {
        let which = format!("AND {} ORDER BY version DESC LIMIT 1", self.not_a_prompt());
        self.select_version(name, &which, [name.as_str()])
    }

    /// Reads the version that an alias points to, even if that version no longer exists.
    pub(in crate::registry) fn alias_target(
        &self,
        name: &ModelName,
        alias: &Alias,
    ) -> Result<Option<Version>, LocalError> {
        let scope = self.scope();
        let sql = format!("SELECT version FROM registered_model_aliases WHERE {scope} name = ?1 AND alias = ?2");
        self.first(&sql, (name.as_str(), alias.as_str()), |row| {
            TableRow::new(row, ALIASES, format!("the alias \"{alias}\" of \"{name}\"")).version()
        })
    }

    pub(super) fn model_tags(&self, name: &ModelName) -> Result<BTreeMap<String, String>, LocalError> {
        self.tags(TAGS, "name = ?1", [name.as_str()], &format!("a tag of \"{name}\""))
    }

    /// Reads every live version, without the aliases that point to it. Prompts are left out.
    pub(in crate::registry) fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>, LocalError> {
        let mut versions = vec![];
        self.for_each(&self.select_versions(&format!("AND {}", self.not_a_prompt())), [name.as_str()], |row| {
            versions.push(read_version(name, row)?);
            Ok(())
        })?;
        for version in &mut versions {
            version.tags = self.version_tags(name, version.version)?;
        }
        Ok(versions)
    }

    fn select_version(
        &self,
        name: &ModelName,
        which: &str,
        params: impl Params,
    ) -> Result<Option<ModelVersion>, LocalError> {
        let found = self.first(&self.select_versions(which), params, |row| read_version(name, row))?;
        let Some(mut found) = found else { return Ok(None) };
        found.tags = self.version_tags(name, found.version)?;
        let sql = format!(
            "SELECT alias FROM registered_model_aliases WHERE {} name = ?1 AND version = ?2 ORDER BY alias",
            self.scope()
        );
        self.for_each(&sql, (name.as_str(), found.version.get().cast_signed()), |row| {
            found.aliases.push(TableRow::new(row, ALIASES, format!("an alias of \"{name}\"")).get("alias")?);
            Ok(())
        })?;
        Ok(Some(found))
    }

    fn select_versions(&self, which: &str) -> String {
        format!(
            "SELECT version, creation_time, last_updated_time, description, source, run_id, status, status_message \
             FROM model_versions WHERE {} name = ?1 AND {LIVE} {which}",
            self.scope()
        )
    }

    /// Returns the condition of MLflow's searches that leaves out prompts, which it stores as models.
    fn not_a_prompt(&self) -> String {
        format!(
            "NOT EXISTS (SELECT 1 FROM model_version_tags \
             WHERE {} name = ?1 AND \"key\" = '{PROMPT_TAG}' AND value = 'true')",
            self.scope()
        )
    }

    fn version_tags(&self, name: &ModelName, version: Version) -> Result<BTreeMap<String, String>, LocalError> {
        let about = format!("a tag of version {version} of \"{name}\"");
        let key = (name.as_str(), version.get().cast_signed());
        self.tags("model_version_tags", "name = ?1 AND version = ?2", key, &about)
    }

    fn tags(
        &self,
        table: &'static str,
        condition: &str,
        params: impl Params,
        about: &str,
    ) -> Result<BTreeMap<String, String>, LocalError> {
        let sql = format!("SELECT \"key\", value FROM {table} WHERE {} {condition}", self.scope());
        let mut tags = BTreeMap::new();
        self.for_each(&sql, params, |row| {
            let row = TableRow::new(row, table, about);
            tags.insert(row.get("key")?, row.get::<Option<String>>("value")?.unwrap_or_default());
            Ok(())
        })?;
        Ok(tags)
    }
}

fn read_version(name: &ModelName, row: &Row<'_>) -> Result<ModelVersion, LocalError> {
    let version = TableRow::new(row, VERSIONS, format!("a version of \"{name}\"")).version()?;
    let row = TableRow::new(row, VERSIONS, format!("version {version} of \"{name}\""));
    Ok(ModelVersion {
        name: name.clone(),
        version,
        status: Status::parse(row.text("status")?.as_deref()),
        status_message: row.text("status_message")?,
        source: row.text("source")?,
        run_id: row.text("run_id")?,
        model_id: None,
        description: row.text("description")?,
        creation_timestamp: row.get("creation_time")?,
        last_updated_timestamp: row.get("last_updated_time")?,
        tags: BTreeMap::new(),
        aliases: Vec::new(),
    })
}
