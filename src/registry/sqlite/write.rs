//! What is written, exactly as MLflow writes it, but with its checks in the same transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;

use super::cells::Cells;
use super::connection::Tables;
use super::fault::Fault;
use super::read::LIVE;
use crate::registry::model::LONGEST_MODEL_TAG;
use crate::registry::{Alias, AliasMove, Error, Expect, ModelName, ModelVersion, NewVersion, Version};

impl Tables<'_> {
    /// Points an alias to a live version, if it is where it is expected. Returns where it was.
    pub(super) fn move_alias(&self, to: &AliasMove) -> Result<Option<Version>, Fault> {
        self.require_model(&to.name)?;
        let actual = self.alias_target(&to.name, &to.alias)?;
        if let Some(expected) = to.expect.filter(|expected| !expected.holds(actual)) {
            let (name, alias) = (to.name.clone(), to.alias.clone());
            return Err(Error::AliasMoved { name, alias, expected, actual }.into());
        }
        let (workspace, scope) = (self.column(), self.scope());
        // The foreign key of an alias does not cover its version, so the version is selected rather than named.
        let sql = format!(
            "INSERT INTO registered_model_aliases ({workspace} name, alias, version) \
             SELECT {workspace} name, ?1, version FROM model_versions \
             WHERE {scope} name = ?2 AND version = ?3 AND {LIVE} \
             ON CONFLICT ({workspace} name, alias) DO UPDATE SET version = excluded.version"
        );
        let version = to.version;
        let params = params![to.alias.as_str(), to.name.as_str(), version.get().cast_signed()];
        match self.connection.prepare_cached(&sql)?.execute(params)? {
            0 => Err(Error::VersionNotFound { name: to.name.clone(), version }.into()),
            _ => Ok(actual),
        }
    }

    /// Deletes an alias that points to a version.
    pub(super) fn delete_alias(&self, name: &ModelName, alias: &Alias, version: Version) -> Result<(), Fault> {
        self.require_model(name)?;
        let actual = self.alias_target(name, alias)?;
        if actual != Some(version) {
            let (name, alias) = (name.clone(), alias.clone());
            return Err(Error::AliasMoved { name, alias, expected: Expect::At(version), actual }.into());
        }
        let sql = format!("DELETE FROM registered_model_aliases WHERE {} name = ?1 AND alias = ?2", self.scope());
        self.connection.prepare_cached(&sql)?.execute([name.as_str(), alias.as_str()])?;
        Ok(())
    }

    /// Sets a tag of a registered model.
    pub(super) fn tag_model(&self, name: &ModelName, key: &str, value: &str) -> Result<(), Fault> {
        self.require_model(name)?;
        refuse_long(key, value)?;
        let (workspace, default) = (self.column(), self.value());
        let sql = format!(
            "INSERT INTO registered_model_tags ({workspace} name, \"key\", value) VALUES ({default} ?1, ?2, ?3) \
             ON CONFLICT ({workspace} name, \"key\") DO UPDATE SET value = excluded.value"
        );
        self.connection.prepare_cached(&sql)?.execute([name.as_str(), key, value])?;
        Ok(())
    }

    /// Sets the tags of a registered model that `amend` makes of those that it has, and returns them.
    pub(super) fn amend_tags(
        &self,
        name: &ModelName,
        amend: impl FnOnce(&BTreeMap<String, String>) -> Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, Fault> {
        let written = amend(&self.model_tags(name)?);
        for (key, value) in &written {
            self.tag_model(name, key, value)?;
        }
        Ok(written)
    }

    /// Creates a registered model unless it is there; returns whether it was created.
    pub(super) fn add_model(&self, name: &ModelName) -> Result<bool, Fault> {
        if self.has_model(name)? {
            return Ok(false);
        }
        refuse_new(name)?;
        let (workspace, default) = (self.column(), self.value());
        let sql = format!(
            "INSERT INTO registered_models ({workspace} name, creation_time, last_updated_time) \
             VALUES ({default} ?1, ?2, ?2)"
        );
        let now = Timestamp::now().as_millisecond();
        self.connection.prepare_cached(&sql)?.execute(params![name.as_str(), now])?;
        Ok(true)
    }

    /// Creates the next version of a registered model.
    pub(super) fn add_version(&self, new: &NewVersion) -> Result<ModelVersion, Fault> {
        self.require_model(&new.name)?;
        let origin = self.origin(&new.source)?;
        let version = self.next_version(&new.name)?;
        let now = Timestamp::now().as_millisecond();
        let (workspace, default) = (self.column(), self.value());
        let (column, value) = if self.shape.storage_location { ("storage_location,", "?7,") } else { ("", "") };
        let sql = format!(
            "INSERT INTO model_versions ({workspace} {column} name, version, creation_time, last_updated_time, \
             description, source, run_id, current_stage, status) \
             VALUES ({default} {value} ?1, ?2, ?3, ?3, ?4, ?5, ?6, 'None', 'READY')"
        );
        let run_id = new.run_id.as_ref().or(origin.run_id.as_ref());
        let (name, number) = (new.name.as_str(), version.get().cast_signed());
        let mut statement = self.connection.prepare_cached(&sql)?;
        if self.shape.storage_location {
            statement.execute(params![name, number, now, new.description, new.source, run_id, origin.location])?;
        } else {
            statement.execute(params![name, number, now, new.description, new.source, run_id])?;
        }
        self.tag_version(new, number)?;
        let sql = format!("UPDATE registered_models SET last_updated_time = ?2 WHERE {} name = ?1", self.scope());
        self.connection.prepare_cached(&sql)?.execute(params![name, now])?;
        self.version(&new.name, version)
    }

    // Numbers are never given twice: deleted versions keep their rows and count.
    fn next_version(&self, name: &ModelName) -> Result<Version, Fault> {
        let scope = self.scope();
        let sql = format!("SELECT version FROM model_versions WHERE {scope} name = ?1 ORDER BY version DESC LIMIT 1");
        let about = format!("the newest version of \"{name}\"");
        let highest = self.first(&sql, [name.as_str()], |row| Cells::new(row, "model_versions", about).version())?;
        Version::new(highest.map_or(0, Version::get) + 1).ok_or_else(|| {
            Fault::unusable(
                format!("\"{name}\" has the highest version number there is"),
                "delete that row with `sqlite3`",
            )
        })
    }

    fn tag_version(&self, new: &NewVersion, number: i64) -> Result<(), Fault> {
        let sql = format!(
            "INSERT INTO model_version_tags ({} name, version, \"key\", value) VALUES ({} ?1, ?2, ?3, ?4)",
            self.column(),
            self.value()
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        for (key, value) in &new.tags {
            statement.execute(params![new.name.as_str(), number, key, value])?;
        }
        Ok(())
    }
}

/// Refuses the values that MLflow does, because SQLite stores any.
fn refuse_long(key: &str, value: &str) -> Result<(), Fault> {
    if value.chars().count() <= LONGEST_MODEL_TAG {
        return Ok(());
    }
    let message = format!("the value of the tag {key:?} has more than {LONGEST_MODEL_TAG} characters");
    Err(Fault::Refused { action: "set a tag", code: "INVALID_PARAMETER_VALUE", message })
}

/// Refuses the names that MLflow no longer makes: its addresses, such as `models:/name/1`, could not say them.
fn refuse_new(name: &ModelName) -> Result<(), Fault> {
    let text = name.as_str();
    if !text.contains(['/', ':']) && text != "." && text != ".." {
        return Ok(());
    }
    let message = format!("the name \"{name}\" holds `/` or `:`, or is a path");
    Err(Fault::Refused { action: "create a model", code: "INVALID_PARAMETER_VALUE", message })
}
