//! Moving aliases and setting tags, with the files that MLflow writes and its checks under the same lock.
//!
//! Each write ends with the one file that makes it count. If it fails before that, nothing has changed except a copy or a
//! timestamp that MLflow overwrites with its next change.

use std::collections::BTreeSet;
use std::iter;
use std::path::PathBuf;

use super::atomic_write::{StagedFile, sync_folder};
use super::meta::{self, now};
use super::paths::{alias_file, model_folder, tag_path};
use super::store::Store;
use super::undo::{CommitMark, Undo};
use super::yaml::NewValue;
use crate::registry::local::{LocalError, NewTags, Tags, check_expected, check_tag_value};
use crate::registry::{Alias, AliasMove, AliasMoved, Error, Expect, ModelName, Version};

/// The name that the file of a deleted alias gets, in the folder of its model.
const DELETED: &str = ".runner-deleted";

/// The last rename of a write, which makes it count.
enum FinalRename {
    /// Puts the file of the alias in place.
    Set(StagedFile),
    /// Moves the file of the alias away.
    Delete { from: PathBuf, to: PathBuf },
}

impl FinalRename {
    fn commit_mark(&self, store: &Store) -> CommitMark {
        match self {
            Self::Set(staged) => CommitMark::Gone(staged.path(store)),
            Self::Delete { to, .. } => CommitMark::There(to.clone()),
        }
    }

    /// Keeps the staged file if the write fails, until the rest is reverted: while it exists, the write does not count.
    fn keep(&mut self) {
        if let Self::Set(staged) = self {
            staged.keep();
        }
    }

    fn apply(self, store: &Store) -> Result<(), LocalError> {
        match self {
            Self::Set(staged) => staged.rename(store),
            Self::Delete { from, to } => store.rename(&from, &to),
        }
    }
}

impl Store {
    /// Points an alias to a live version if it is where it is expected, and sets the tags that record the move.
    pub(super) fn move_alias(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, LocalError> {
        let AliasMove { name, alias, version, .. } = to;
        let folder = model_folder(name)?;
        self.remove_empty_versions(&folder);
        let model = self.model(name)?;
        let previous = model.alias(alias);
        check_expected(name, alias, to.expect, previous)?;
        if self.version_meta(name, *version)?.is_none() {
            return Err(Error::VersionNotFound { name: name.clone(), version: *version }.into());
        }
        let written = amend(previous, &model.tags);
        let staged = self.stage(&folder, alias_file(name, alias)?, version.to_string())?;
        self.write_move(name, alias, Some(*version), &written, FinalRename::Set(staged))?;
        Ok(AliasMoved { previous, written })
    }

    /// Deletes an alias that points to a version, and sets the tags that record it.
    pub(super) fn remove_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, LocalError> {
        let folder = model_folder(name)?;
        self.remove_empty_versions(&folder);
        let model = self.model(name)?;
        let previous = model.alias(alias);
        check_expected(name, alias, Some(Expect::At(version)), previous)?;
        let written = amend(previous, &model.tags);
        let (from, to) = (alias_file(name, alias)?, folder.join(DELETED));
        self.remove(&to)?;
        self.write_move(name, alias, None, &written, FinalRename::Delete { from, to: to.clone() })?;
        // The alias is deleted even if this fails. The next cleanup removes the file then.
        self.remove(&to).ok();
        Ok(AliasMoved { previous, written })
    }

    /// Writes the tags and the model's `meta.yaml`, then renames the file of the alias, which makes everything count. If a
    /// run is killed or fails before that, the rest is reverted.
    ///
    /// The alias comes last so that after a kill it is where it was, and the next job that moves it cleans up here. In the
    /// other order, that job would find the alias moved and would never record it.
    fn write_move(
        &self,
        name: &ModelName,
        alias: &Alias,
        target: Option<Version>,
        tags: &NewTags,
        mut last: FinalRename,
    ) -> Result<(), LocalError> {
        let staged_tags = tags.iter().map(|(key, value)| self.stage_tag(name, key, value));
        let staged =
            iter::once(self.stage_meta(name, alias, target)).chain(staged_tags).collect::<Result<Vec<_>, _>>()?;
        let undo = Undo::new(self, model_folder(name)?, last.commit_mark(self), &staged)?;
        if !tags.is_empty() {
            undo.write(self)?;
            last.keep();
        }
        let targets = staged.iter().map(|file| file.target().to_owned()).chain([alias_file(name, alias)?]);
        let folders: BTreeSet<PathBuf> =
            targets.filter_map(|target| target.parent().map(|folder| self.absolute(folder))).collect();
        // The folders are synced afterwards, to keep the time between record and move short: a run that is killed there
        // leaves a record that MLflow sees.
        let written = staged.into_iter().try_for_each(|file| file.rename(self));
        let written = written.and_then(|()| last.apply(self));
        if written.is_err() {
            undo.revert(self)?;
        }
        folders.iter().for_each(|folder| sync_folder(folder));
        // Files that stay here mean nothing once the alias has moved or the rest is reverted.
        self.remove_undo().ok();
        if let (Err(_), CommitMark::Gone(staged)) = (&written, undo.commit_mark()) {
            self.remove(staged).ok();
        }
        written
    }

    /// Sets a tag of a registered model.
    pub(super) fn set_model_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<(), LocalError> {
        let meta = self.require_model(name)?;
        let tag = self.stage_tag(name, key, value)?;
        let folder = model_folder(name)?;
        let meta = meta.with([("last_updated_timestamp", now())]);
        self.stage(&folder, folder.join(meta::FILE), meta)?.commit(self)?;
        tag.commit(self)
    }

    fn stage_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<StagedFile, LocalError> {
        check_tag_value(key, value)?;
        let folder = model_folder(name)?;
        self.stage(&folder, folder.join("tags").join(tag_path(key)?), value)
    }

    /// Stages the model's `meta.yaml` with the current time, and with its copy of the aliases as they are after the move.
    fn stage_meta(&self, name: &ModelName, alias: &Alias, target: Option<Version>) -> Result<StagedFile, LocalError> {
        let mut aliases = self.aliases(name)?;
        match target {
            Some(version) => aliases.insert(alias.as_str().to_owned(), version),
            None => aliases.remove(alias.as_str()),
        };
        let copy = aliases.into_iter().map(|(alias, version)| (alias, version.to_string())).collect();
        let meta = self.require_model(name)?;
        let meta = meta.with([("aliases", NewValue::Map(copy)), ("last_updated_timestamp", now())]);
        let folder = model_folder(name)?;
        self.stage(&folder, folder.join(meta::FILE), meta)
    }
}
