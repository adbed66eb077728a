//! What is read, in MLflow's own terms: a deleted version keeps its row and is not seen.

use std::collections::BTreeMap;

use rusqlite::{Params, Row};

use super::cells::Cells;
use super::connection::Tables;
use super::fault::Fault;
use crate::registry::model::PROMPT_TAG;
use crate::registry::{Alias, Error, ModelName, ModelVersion, RegisteredModel, Status, Version};

/// The condition that MLflow itself sets; like there, a version without a stage is not seen either.
pub(super) const LIVE: &str = "current_stage <> 'Deleted_Internal'";

const ALIASES: &str = "registered_model_aliases";
const TAGS: &str = "registered_model_tags";
const VERSIONS: &str = "model_versions";

impl Tables<'_> {
    /// Reads a registered model.
    pub(super) fn model(&self, name: &ModelName) -> Result<RegisteredModel, Fault> {
        self.require_model(name)?;
        let scope = self.scope();
        let mut aliases = BTreeMap::new();
        let sql = format!("SELECT alias, version FROM registered_model_aliases WHERE {scope} name = ?1");
        self.each(&sql, [name.as_str()], |row| {
            let alias: String = Cells::new(row, ALIASES, format!("an alias of \"{name}\"")).get("alias")?;
            let target = Cells::new(row, ALIASES, format!("the alias {alias:?} of \"{name}\"")).version()?;
            aliases.insert(alias, target);
            Ok(())
        })?;
        let tags = self.model_tags(name)?;
        Ok(RegisteredModel { name: name.clone(), aliases, tags })
    }

    /// Fails unless there is such a model.
    pub(super) fn require_model(&self, name: &ModelName) -> Result<(), Fault> {
        if self.has_model(name)? { Ok(()) } else { Err(Error::ModelNotFound { name: name.clone() }.into()) }
    }

    /// Returns whether there is such a model.
    pub(super) fn has_model(&self, name: &ModelName) -> Result<bool, Fault> {
        let sql = format!("SELECT 1 FROM registered_models WHERE {} name = ?1", self.scope());
        Ok(self.connection.prepare_cached(&sql)?.exists([name.as_str()])?)
    }

    /// Reads one live version.
    pub(super) fn version(&self, name: &ModelName, version: Version) -> Result<ModelVersion, Fault> {
        self.select_version(name, "AND version = ?2", (name.as_str(), version.get().cast_signed()))?
            .ok_or_else(|| Error::VersionNotFound { name: name.clone(), version }.into())
    }

    /// Reads the live version with the highest number.
    pub(super) fn latest(&self, name: &ModelName) -> Result<Option<ModelVersion>, Fault> {
        let which = format!("AND {} ORDER BY version DESC LIMIT 1", self.no_prompt());
        self.select_version(name, &which, [name.as_str()])
    }

    /// Reads where an alias points, whether or not that version is still there.
    pub(super) fn alias_target(&self, name: &ModelName, alias: &Alias) -> Result<Option<Version>, Fault> {
        let scope = self.scope();
        let sql = format!("SELECT version FROM registered_model_aliases WHERE {scope} name = ?1 AND alias = ?2");
        self.first(&sql, (name.as_str(), alias.as_str()), |row| {
            Cells::new(row, ALIASES, format!("the alias \"{alias}\" of \"{name}\"")).version()
        })
    }

    /// Reads the tags of a registered model.
    pub(super) fn model_tags(&self, name: &ModelName) -> Result<BTreeMap<String, String>, Fault> {
        self.tags(TAGS, "name = ?1", [name.as_str()], &format!("a tag of \"{name}\""))
    }

    /// Reads every live version, without the aliases that point to it.
    pub(super) fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>, Fault> {
        let mut versions = vec![];
        self.each(&self.selection(&format!("AND {}", self.no_prompt())), [name.as_str()], |row| {
            versions.push(version_of(name, row)?);
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
    ) -> Result<Option<ModelVersion>, Fault> {
        let found = self.first(&self.selection(which), params, |row| version_of(name, row))?;
        let Some(mut found) = found else { return Ok(None) };
        found.tags = self.version_tags(name, found.version)?;
        let sql = format!(
            "SELECT alias FROM registered_model_aliases WHERE {} name = ?1 AND version = ?2 ORDER BY alias",
            self.scope()
        );
        self.each(&sql, (name.as_str(), found.version.get().cast_signed()), |row| {
            found.aliases.push(Cells::new(row, ALIASES, format!("an alias of \"{name}\"")).get("alias")?);
            Ok(())
        })?;
        Ok(Some(found))
    }

    fn selection(&self, which: &str) -> String {
        format!(
            "SELECT version, creation_time, last_updated_time, description, source, run_id, status, status_message \
             FROM model_versions WHERE {} name = ?1 AND {LIVE} {which}",
            self.scope()
        )
    }

    /// Returns the condition that MLflow's searches set: prompts are kept as models, and are none.
    fn no_prompt(&self) -> String {
        format!(
            "NOT EXISTS (SELECT 1 FROM model_version_tags \
             WHERE {} name = ?1 AND \"key\" = '{PROMPT_TAG}' AND value = 'true')",
            self.scope()
        )
    }

    fn version_tags(&self, name: &ModelName, version: Version) -> Result<BTreeMap<String, String>, Fault> {
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
    ) -> Result<BTreeMap<String, String>, Fault> {
        let sql = format!("SELECT \"key\", value FROM {table} WHERE {} {condition}", self.scope());
        let mut tags = BTreeMap::new();
        self.each(&sql, params, |row| {
            let cells = Cells::new(row, table, about);
            tags.insert(cells.get("key")?, cells.get::<Option<String>>("value")?.unwrap_or_default());
            Ok(())
        })?;
        Ok(tags)
    }

    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query(params)?.next()?.map(read).transpose()
    }

    pub(super) fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            read(row)?;
        }
        Ok(())
    }
}

fn version_of(name: &ModelName, row: &Row<'_>) -> Result<ModelVersion, Fault> {
    let version = Cells::new(row, VERSIONS, format!("a version of \"{name}\"")).version()?;
    let cells = Cells::new(row, VERSIONS, format!("version {version} of \"{name}\""));
    Ok(ModelVersion {
        name: name.clone(),
        version,
        status: Status::parse(cells.text("status")?.as_deref()),
        status_message: cells.text("status_message")?,
        source: cells.text("source")?,
        run_id: cells.text("run_id")?,
        model_id: None,
        description: cells.text("description")?,
        creation_timestamp: cells.get("creation_time")?,
        last_updated_timestamp: cells.get("last_updated_time")?,
        tags: BTreeMap::new(),
        aliases: Vec::new(),
    })
}
