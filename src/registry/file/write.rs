//! What is written, as MLflow writes it, but whole or not at all, and with its checks under the same lock.
//!
//! Each write ends with the one file that counts: where anything fails before it, nothing has changed but a copy or a
//! time that MLflow writes anew with its next change.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::fault::Fault;
use super::meta::{self, document};
use super::names;
use super::read::{alias_file, folder, version_folder};
use super::replace::Staged;
use super::store::Store;
use super::yaml::Written;
use crate::registry::{Alias, AliasMove, AliasMoved, Error, Expect, ModelName, ModelVersion, NewVersion, Version};

/// The tags of a model.
type Tags = BTreeMap<String, String>;

/// Keys and values of tags to write.
type NewTags = Vec<(String, String)>;

impl Store {
    /// Points an alias to a live version, if it is where it is expected, with the tags that record it.
    pub(super) fn move_alias(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, Fault> {
        let AliasMove { name, alias, version, expect, seen: _ } = to;
        let model = self.model(name)?;
        let previous = model.alias(alias);
        if let Some(expected) = expect.filter(|expected| !expected.holds(previous)) {
            let (name, alias) = (name.clone(), alias.clone());
            return Err(Error::AliasMoved { name, alias, expected, actual: previous }.into());
        }
        if self.version_meta(name, *version)?.is_none() {
            return Err(Error::VersionNotFound { name: name.clone(), version: *version }.into());
        }
        let written = amend(previous, &model.tags);
        let moved = self.stage(&folder(name)?, alias_file(name, alias)?, &version.to_string())?;
        self.record(name, alias, Some(*version), &written)?;
        moved.commit(self)?;
        Ok(AliasMoved { previous, written })
    }

    /// Deletes an alias that points to a version, with the tags that record it.
    pub(super) fn remove_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: Version,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, Fault> {
        let model = self.model(name)?;
        let previous = model.alias(alias);
        if previous != Some(version) {
            let (name, alias, expected) = (name.clone(), alias.clone(), Expect::At(version));
            return Err(Error::AliasMoved { name, alias, expected, actual: previous }.into());
        }
        let written = amend(previous, &model.tags);
        self.record(name, alias, None, &written)?;
        self.remove(&alias_file(name, alias)?)?;
        Ok(AliasMoved { previous, written })
    }

    /// Writes all that goes with a move before the alias itself: a run that is killed in between finds the alias where
    /// it was and moves it again, while a move without its tags would be found done and never be recorded.
    fn record(&self, name: &ModelName, alias: &Alias, target: Option<Version>, tags: &NewTags) -> Result<(), Fault> {
        let mut staged =
            tags.iter().map(|(key, value)| self.stage_tag(name, key, value)).collect::<Result<Vec<_>, _>>()?;
        staged.push(self.touch(name, alias, target)?);
        staged.into_iter().try_for_each(|file| file.commit(self))
    }

    fn stage_tag(&self, name: &ModelName, key: &str, value: &str) -> Result<Staged, Fault> {
        names::value(key, value)?;
        let folder = folder(name)?;
        self.stage(&folder, folder.join("tags").join(names::tag(key)?), value)
    }

    /// Sets a tag of a registered model.
    pub(super) fn tag_model(&self, name: &ModelName, key: &str, value: &str) -> Result<(), Fault> {
        let meta = self.require_model(name)?;
        let tag = self.stage_tag(name, key, value)?;
        let folder = folder(name)?;
        let meta = meta.with([("last_updated_timestamp", now())]);
        self.stage(&folder, folder.join(meta::FILE), &meta)?.commit(self)?;
        tag.commit(self)
    }

    /// Creates a registered model unless it is there; returns whether it was created.
    pub(super) fn add_model(&self, name: &ModelName) -> Result<bool, Fault> {
        let folder = folder(name)?;
        let is_unfinished = self.list(&folder)?.is_empty();
        if !is_unfinished {
            return self.require_model(name).map(|_| false);
        }
        names::new_folder(name)?;
        let now = now();
        let meta = document([
            ("aliases", Written::Texts(BTreeMap::new())),
            ("creation_timestamp", now.clone()),
            ("deployment_job_id", Written::Text(None)),
            ("deployment_job_state", Written::Text(None)),
            ("description", Written::Text(None)),
            ("last_updated_timestamp", now),
            ("name", Written::text(name.as_str())),
            ("workspace", Written::text("default")),
        ]);
        // A file is staged in the folder of its model, which is made first, and stays empty for as long as in MLflow.
        std::fs::create_dir_all(self.at(&folder)).map_err(|error| Fault::unwritten(&folder, &error))?;
        self.stage(&folder, folder.join(meta::FILE), &meta)?.commit(self)?;
        Ok(true)
    }

    /// Creates the next version of a registered model.
    pub(super) fn add_version(&self, new: &NewVersion) -> Result<ModelVersion, Fault> {
        let model = self.require_model(&new.name)?;
        let origin = self.origin(&new.source)?;
        let version = self.next_version(&new.name)?;
        let (folder, now) = (folder(&new.name)?, now());
        let run_id = new.run_id.as_ref().or(origin.run_id.as_ref());
        let meta = document([
            ("creation_timestamp", now.clone()),
            ("current_stage", Written::text("None")),
            ("deployment_job_state", Written::Text(None)),
            ("description", Written::Text(new.description.clone())),
            ("last_updated_timestamp", now.clone()),
            ("model_id", Written::Text(None)),
            ("name", Written::text(new.name.as_str())),
            ("run_id", Written::Text(run_id.cloned())),
            ("run_link", Written::Text(None)),
            ("source", Written::text(&new.source)),
            ("status", Written::text("READY")),
            ("status_message", Written::Text(None)),
            ("storage_location", Written::text(&origin.location)),
            ("user_id", Written::Text(None)),
            ("version", Written::Number(version.get().cast_signed())),
            ("workspace", Written::text("default")),
        ]);
        let mut files = vec![(PathBuf::from(meta::FILE), meta)];
        for (key, value) in &new.tags {
            files.push((PathBuf::from("tags").join(names::tag(key)?), value.clone()));
        }
        let staged = self.stage_folder(&folder, version_folder(&new.name, version)?, files)?;
        let model = model.with([("last_updated_timestamp", now)]);
        self.stage(&folder, folder.join(meta::FILE), &model)?.commit(self)?;
        staged.commit(self)?;
        self.version(&new.name, version)
    }

    // Numbers are never given twice: deleted versions keep their folders and count.
    fn next_version(&self, name: &ModelName) -> Result<Version, Fault> {
        let highest = self.numbers(name)?.last().map_or(0, |version| version.get());
        Version::new(highest + 1).ok_or_else(|| {
            let what = format!("has the highest version number there is, {highest}");
            Fault::damaged(&PathBuf::from("models").join(name.as_str()), &what)
        })
    }

    /// Stages the model's `meta.yaml` with the time of now, and its copy of the aliases in step with a move.
    fn touch(&self, name: &ModelName, alias: &Alias, target: Option<Version>) -> Result<Staged, Fault> {
        let mut aliases = self.aliases(name)?;
        match target {
            Some(version) => aliases.insert(alias.as_str().to_owned(), version),
            None => aliases.remove(alias.as_str()),
        };
        let copy = aliases.into_iter().map(|(alias, version)| (alias, version.to_string()));
        let meta = self.require_model(name)?;
        let meta = meta.with([("aliases", Written::Texts(copy.collect())), ("last_updated_timestamp", now())]);
        self.stage(&folder(name)?, folder(name)?.join(meta::FILE), &meta)
    }
}

fn now() -> Written {
    Written::Number(Timestamp::now().as_millisecond())
}
