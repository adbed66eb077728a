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
use crate::registry::local::{LocalError, NewTags, Tags, check_tag_value};
use crate::registry::{AliasChange, AliasChanged, Error, ModelName, Version};

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
    /// Changes an alias if it is where it is expected. `amend` receives where it was and the tags of the model, and
    /// returns the tags to write with the change.
    pub(in crate::registry) fn write_alias(
        &self,
        change: &AliasChange,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasChanged, LocalError> {
        let AliasChange { name, alias, to, .. } = change;
        let folder = model_folder(name)?;
        self.remove_empty_versions(&folder);
        let model = self.model(name)?;
        let previous = model.alias(alias);
        change.check_expected(previous)?;
        if let Some(version) = *to
            && self.version_meta(name, version)?.is_none()
        {
            return Err(Error::VersionNotFound { name: name.clone(), version }.into());
        }
        let written = amend(previous, &model.tags);
        let (file, deleted) = (alias_file(name, alias)?, folder.join(DELETED));
        match to {
            Some(version) => {
                let staged = self.stage(&folder, file, version.to_string())?;
                self.write_change(change, &written, FinalRename::Set(staged))?;
            }
            None => {
                self.remove(&deleted)?;
                self.write_change(change, &written, FinalRename::Delete { from: file, to: deleted.clone() })?;
                // The alias is deleted even if this fails. The next cleanup removes the file then.
                self.remove(&deleted).ok();
            }
        }
        Ok(AliasChanged { previous, written })
    }

    /// Writes the tags and the model's `meta.yaml`, then renames the file of the alias, which makes everything count. If a
    /// run is killed or fails before that, the rest is reverted.
    ///
    /// The alias comes last so that after a kill it is where it was, and the next job that moves it cleans up here. In the
    /// other order, that job would find the alias moved and would never record it.
    fn write_change(&self, change: &AliasChange, tags: &NewTags, mut last: FinalRename) -> Result<(), LocalError> {
        let AliasChange { name, alias, .. } = change;
        let staged_tags = tags.iter().map(|(key, value)| self.stage_tag(name, key, value));
        let staged = iter::once(self.stage_meta(change)).chain(staged_tags).collect::<Result<Vec<_>, _>>()?;
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
    pub(in crate::registry) fn set_model_tag(
        &self,
        name: &ModelName,
        key: &str,
        value: &str,
    ) -> Result<(), LocalError> {
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

    /// Stages the model's `meta.yaml` with the current time, and with its copy of the aliases as they are after a change.
    fn stage_meta(&self, change: &AliasChange) -> Result<StagedFile, LocalError> {
        let AliasChange { name, alias, to, .. } = change;
        let mut aliases = self.aliases(name)?;
        match *to {
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
