//! Moving aliases and setting tags, with the statements of MLflow and its checks in the same transaction.

use rusqlite::params;

use super::connection::Tables;
use super::read::LIVE;
use crate::registry::local::{LocalError, NewTags, Tags, check_expected, check_tag_value};
use crate::registry::{Alias, AliasMove, AliasMoved, Error, Expect, ModelName, Version};

impl Tables<'_> {
    /// Points an alias to a live version if it is where it is expected, and sets the tags that record the move.
    pub(super) fn move_alias(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, LocalError> {
        let AliasMove { name, alias, version, .. } = to;
        self.require_model(name)?;
        let previous = self.alias_target(name, alias)?;
        check_expected(name, alias, to.expect, previous)?;
        let (workspace, scope) = (self.scope_column(), self.scope());
        // The foreign key of an alias does not cover its version. Selecting the version fails if it does not exist.
        let sql = format!(
            "INSERT INTO registered_model_aliases ({workspace} name, alias, version) \
             SELECT {workspace} name, ?1, version FROM model_versions \
             WHERE {scope} name = ?2 AND version = ?3 AND {LIVE} \
             ON CONFLICT ({workspace} name, alias) DO UPDATE SET version = excluded.version"
        );
        let params = params![alias.as_str(), name.as_str(), version.get().cast_signed()];
        if self.connection.prepare_cached(&sql)?.execute(params)? == 0 {
            return Err(Error::VersionNotFound { name: name.clone(), version: *version }.into());
        }
        self.record(name, previous, amend)
    }

    /// Deletes an alias that points to a version, and sets the tags that record it.
    pub(super) fn remove_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, LocalError> {
        self.require_model(name)?;
        let previous = self.alias_target(name, alias)?;
        check_expected(name, alias, Some(Expect::At(version)), previous)?;
        let sql = format!("DELETE FROM registered_model_aliases WHERE {} name = ?1 AND alias = ?2", self.scope());
        self.connection.prepare_cached(&sql)?.execute([name.as_str(), alias.as_str()])?;
        self.record(name, previous, amend)
    }

    fn record(
        &self,
        name: &ModelName,
        previous: Option<Version>,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, LocalError> {
        let written = amend(previous, &self.model_tags(name)?);
        for (key, value) in &written {
            self.set_model_tag(name, key, value)?;
        }
        Ok(AliasMoved { previous, written })
    }

    /// Sets a tag of a registered model.
    pub(super) fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<(), LocalError> {
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
