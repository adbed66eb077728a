//! Registering models and versions, with the statements of MLflow.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::read::LIVE;
use super::tables::{TableRow, Tables};
use crate::registry::local::{ArtifactLocation, LocalError};
use crate::registry::{ModelName, ModelVersion, NewVersion, Version};

impl Tables<'_> {
    /// Creates a registered model unless it exists. Returns whether it was created.
    pub(in crate::registry) fn ensure_model(&self, name: &ModelName) -> Result<bool, LocalError> {
        if self.has_model(name)? {
            return Ok(false);
        }
        check_new_name(name)?;
        let (workspace, default) = (self.scope_column(), self.scope_value());
        let sql = format!(
            "INSERT INTO registered_models ({workspace} name, creation_time, last_updated_time) \
             VALUES ({default} ?1, ?2, ?2)"
        );
        let now = Timestamp::now().as_millisecond();
        self.connection.prepare_cached(&sql)?.execute(params![name.as_str(), now])?;
        Ok(true)
    }

    /// Creates the next version of a registered model.
    pub(in crate::registry) fn create_version(&self, new: &NewVersion) -> Result<ModelVersion, LocalError> {
        self.require_model(&new.name)?;
        let artifacts = ArtifactLocation::resolve(
            &new.source,
            |name, version| self.artifacts_of_version(name, version),
            |id| self.artifacts_of_logged_model(id),
        )?;
        let version = self.next_version(&new.name)?;
        let now = Timestamp::now().as_millisecond();
        let (workspace, default) = (self.scope_column(), self.scope_value());
        let (column, value) = if self.schema.storage_location { ("storage_location,", "?7,") } else { ("", "") };
        let sql = format!(
            "INSERT INTO model_versions ({workspace} {column} name, version, creation_time, last_updated_time, \
             description, source, run_id, current_stage, status) \
             VALUES ({default} {value} ?1, ?2, ?3, ?3, ?4, ?5, ?6, 'None', 'READY')"
        );
        let run_id = new.run_id.as_ref().or(artifacts.run_id.as_ref());
        let (name, number) = (new.name.as_str(), version.get().cast_signed());
        let mut statement = self.connection.prepare_cached(&sql)?;
        if self.schema.storage_location {
            statement.execute(params![name, number, now, new.description, new.source, run_id, artifacts.uri])?;
        } else {
            statement.execute(params![name, number, now, new.description, new.source, run_id])?;
        }
        self.set_version_tags(new, number)?;
        let sql = format!("UPDATE registered_models SET last_updated_time = ?2 WHERE {} name = ?1", self.scope());
        self.connection.prepare_cached(&sql)?.execute(params![name, now])?;
        self.version(&new.name, version)
    }

    // Deleted versions keep their rows and count, because MLflow never assigns a number twice.
    fn next_version(&self, name: &ModelName) -> Result<Version, LocalError> {
        let scope = self.scope();
        let sql = format!("SELECT version FROM model_versions WHERE {scope} name = ?1 ORDER BY version DESC LIMIT 1");
        let subject = format!("the newest version of \"{name}\"");
        let highest =
            self.first(&sql, [name.as_str()], |row| TableRow::new(row, "model_versions", subject).version())?;
        Version::new(highest.map_or(0, Version::get) + 1).ok_or_else(|| {
            LocalError::unusable(
                format!("\"{name}\" has the highest version number there is"),
                "delete that row with `sqlite3`",
            )
        })
    }

    fn set_version_tags(&self, new: &NewVersion, number: i64) -> Result<(), LocalError> {
        let sql = format!(
            "INSERT INTO model_version_tags ({} name, version, \"key\", value) VALUES ({} ?1, ?2, ?3, ?4)",
            self.scope_column(),
            self.scope_value()
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        for (key, value) in &new.tags {
            statement.execute(params![new.name.as_str(), number, key, value])?;
        }
        Ok(())
    }

    fn artifacts_of_version(&self, name: &ModelName, version: Version) -> Result<Option<ArtifactLocation>, LocalError> {
        let scope = self.scope();
        let location =
            if self.schema.storage_location { "coalesce(nullif(storage_location, ''), source)" } else { "source" };
        let sql = format!("SELECT {location} FROM model_versions WHERE {scope} name = ?1 AND version = ?2 AND {LIVE}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let params = params![name.as_str(), version.get().cast_signed()];
        let found: Option<Option<String>> = statement.query_row(params, |row| row.get(0)).optional()?;
        Ok(found.flatten().map(ArtifactLocation::new))
    }

    fn artifacts_of_logged_model(&self, id: &str) -> Result<Option<ArtifactLocation>, LocalError> {
        if !self.schema.logged_models {
            return Ok(None);
        }
        let sql = "SELECT artifact_location, source_run_id FROM logged_models \
                   WHERE model_id = ?1 AND lifecycle_stage <> 'deleted'";
        let found = self.connection.prepare_cached(sql)?.query_row([id], |row| {
            Ok(ArtifactLocation { uri: row.get(0)?, run_id: row.get(1)?, model_id: Some(id.to_owned()) })
        });
        Ok(found.optional()?)
    }
}

/// Refuses the names that MLflow no longer accepts, because an address such as `models:/name/1` could not contain them.
fn check_new_name(name: &ModelName) -> Result<(), LocalError> {
    let text = name.as_str();
    if !text.contains(['/', ':']) && text != "." && text != ".." {
        return Ok(());
    }
    Err(LocalError::invalid("create a model", format!("the name \"{name}\" holds `/` or `:`, or is a path")))
}
