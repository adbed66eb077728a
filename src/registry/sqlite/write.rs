//! Moving aliases and setting tags, with the statements of MLflow and its checks in the same transaction.

use rusqlite::params;

use super::read::LIVE;
use super::tables::Tables;
use crate::registry::local::{LocalError, NewTags, Tags, check_tag_value};
use crate::registry::{Alias, AliasChange, AliasChanged, Error, ModelName, Version};

impl Tables<'_> {
    /// Changes an alias if it is where it is expected. `amend` receives where it was and the tags of the model, and
    /// returns the tags to write with the change.
    pub(in crate::registry) fn write_alias(
        &self,
        change: &AliasChange,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasChanged, LocalError> {
        let AliasChange { name, alias, to, .. } = change;
        self.require_model(name)?;
        let previous = self.alias_target(name, alias)?;
        change.check_expected(previous)?;
        match *to {
            Some(version) => self.point_alias(name, alias, version)?,
            None => {
                let scope = self.scope();
                let sql = format!("DELETE FROM registered_model_aliases WHERE {scope} name = ?1 AND alias = ?2");
                self.connection.prepare_cached(&sql)?.execute([name.as_str(), alias.as_str()])?;
            }
        }
        let written = amend(previous, &self.model_tags(name)?);
        for (key, value) in &written {
            self.set_model_tag(name, key, value)?;
        }
        Ok(AliasChanged { previous, written })
    }

    /// Points an alias to a live version.
    fn point_alias(&self, name: &ModelName, alias: &Alias, version: Version) -> Result<(), LocalError> {
        let (workspace, scope) = (self.scope_column(), self.scope());
        // The foreign key of an alias does not cover its version. Selecting the version fails if it does not exist.
        let sql = format!(
            "INSERT INTO registered_model_aliases ({workspace} name, alias, version) \
             SELECT {workspace} name, ?1, version FROM model_versions \
             WHERE {scope} name = ?2 AND version = ?3 AND {LIVE} \
             ON CONFLICT ({workspace} name, alias) DO UPDATE SET version = excluded.version"
        );
        let params = params![alias.as_str(), name.as_str(), version.get().cast_signed()];
        match self.connection.prepare_cached(&sql)?.execute(params)? {
            0 => Err(Error::VersionNotFound { name: name.clone(), version }.into()),
            _ => Ok(()),
        }
    }

    /// Sets a tag of a registered model.
    pub(in crate::registry) fn set_model_tag(
        &self,
        name: &ModelName,
        key: &str,
        value: &str,
    ) -> Result<(), LocalError> {
        self.require_model(name)?;
        check_tag_value(key, value)?;
        let (workspace, default) = (self.scope_column(), self.scope_value());
        let sql = format!(
            "INSERT INTO registered_model_tags ({workspace} name, \"key\", value) VALUES ({default} ?1, ?2, ?3) \
             ON CONFLICT ({workspace} name, \"key\") DO UPDATE SET value = excluded.value"
        );
        self.connection.prepare_cached(&sql)?.execute([name.as_str(), key, value])?;
        Ok(())
    }
}
