//! What is written, as MLflow writes it, but whole or not at all, and with its checks under the same lock.
//!
//! Each write ends with the one file that counts: where anything fails before it, nothing has changed but a copy or a
//! time that MLflow writes anew with its next change.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::path::PathBuf;

use jiff::Timestamp;

use super::fault::Fault;
use super::meta::{self, Meta, document};
use super::names;
use super::read::{alias_file, assemble, folder, version_folder};
use super::replace::{Staged, sync};
use super::store::Store;
use super::undo::{Commit, Undo};
use super::yaml::Written;
use crate::registry::{Alias, AliasMove, AliasMoved, Error, Expect, ModelName, ModelVersion, NewVersion, Version};

/// What the file of a deleted alias becomes, in the folder of its model.
const DELETED: &str = ".runner-deleted";

/// The tags of a model.
type Tags = BTreeMap<String, String>;

/// Keys and values of tags to write.
type NewTags = Vec<(String, String)>;

/// The rename that makes a move count.
enum Last {
    /// It puts the alias in its place.
    Put(Staged),
    /// It takes the file of the alias away.
    Away { from: PathBuf, to: PathBuf },
}

impl Last {
    fn commit(&self, store: &Store) -> Commit {
        match self {
            Self::Put(staged) => Commit::Gone(staged.path(store)),
            Self::Away { to, .. } => Commit::There(to.clone()),
        }
    }

    /// Keeps what is staged until the rest is taken back, however that ends: while it is there, the move does not count.
    fn stay(&mut self) {
        if let Self::Put(staged) = self {
            staged.stay();
        }
    }

    fn count(self, store: &Store) -> Result<(), Fault> {
        match self {
            Self::Put(staged) => staged.put(store),
            Self::Away { from, to } => store.rename(&from, &to),
        }
    }
}

impl Store {
    /// Points an alias to a live version, if it is where it is expected, with the tags that record it.
    pub(super) fn move_alias(
        &self,
        to: &AliasMove,
        amend: impl FnOnce(Option<Version>, &Tags) -> NewTags,
    ) -> Result<AliasMoved, Fault> {
        let AliasMove { name, alias, version, expect, seen: _ } = to;
        self.tidy_versions(&folder(name)?);
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
        let moved = self.stage(&folder(name)?, alias_file(name, alias)?, version.to_string())?;
        self.record(name, alias, Some(*version), &written, Last::Put(moved))?;
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
        self.tidy_versions(&folder(name)?);
        let model = self.model(name)?;
        let previous = model.alias(alias);
        if previous != Some(version) {
            let (name, alias, expected) = (name.clone(), alias.clone(), Expect::At(version));
            return Err(Error::AliasMoved { name, alias, expected, actual: previous }.into());
        }
        let written = amend(previous, &model.tags);
        let (alias_file, deleted) = (alias_file(name, alias)?, folder(name)?.join(DELETED));
        self.remove(&deleted)?;
        self.record(name, alias, None, &written, Last::Away { from: alias_file, to: deleted.clone() })?;
        // The alias is gone all the same, and the file is removed with what killed runs leave.
        self.remove(&deleted).ok();
        Ok(AliasMoved { previous, written })
    }

    /// Writes all that goes with a move, then the alias itself, whose one rename makes everything count: where a run is
    /// killed or fails before it, the rest is taken back.
    ///
    /// In this order the alias is where it was after a kill, and whoever moves it again comes by here. The other way
    /// round it would be found moved, and nobody would record it.
    fn record(
        &self,
        name: &ModelName,
        alias: &Alias,
        target: Option<Version>,
        tags: &NewTags,
        mut last: Last,
    ) -> Result<(), Fault> {
        let tags_of = tags.iter().map(|(key, value)| self.stage_tag(name, key, value));
        let staged = iter::once(self.touch(name, alias, target)).chain(tags_of).collect::<Result<Vec<_>, _>>()?;
        let undo = Undo::of(self, folder(name)?, last.commit(self), &staged)?;
        if !tags.is_empty() {
            undo.write(self)?;
            last.stay();
        }
        let places = staged.iter().map(|file| file.place().to_owned()).chain([alias_file(name, alias)?]);
        let folders: BTreeSet<PathBuf> =
            places.filter_map(|place| place.parent().map(|folder| self.at(folder))).collect();
        // Nothing comes between the record and the move: what MLflow sees of a run that is killed there is the record.
        let written = staged.into_iter().try_for_each(|file| file.put(self));
        let written = written.and_then(|()| last.count(self));
        if written.is_err() {
            undo.revert(self)?;
        }
        folders.iter().for_each(|folder| sync(folder));
        // What stays counts for nothing once the alias has moved, or the rest is taken back.
        self.forget().ok();
        if let (Err(_), Commit::Gone(staged)) = (&written, undo.commit()) {
            self.remove(staged).ok();
        }
        written
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
        self.stage(&folder, folder.join(meta::FILE), meta)?.commit(self)?;
        tag.commit(self)
    }

    /// Creates a registered model unless it is there; returns whether it was created.
    pub(super) fn add_model(&self, name: &ModelName) -> Result<bool, Fault> {
        let folder = folder(name)?;
        if self.has_folder(&folder)? && !self.is_bare(&folder) {
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
        let files = [(PathBuf::from(meta::FILE), meta)];
        self.stage_folder(self.staging()?, folder, files)?.commit(self)?;
        Ok(true)
    }

    /// Creates the next version of a registered model.
    pub(super) fn add_version(&self, new: &NewVersion) -> Result<ModelVersion, Fault> {
        self.tidy_versions(&folder(&new.name)?);
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
            ("model_id", Written::Text(origin.model_id)),
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
        let place = version_folder(&new.name, version)?;
        // Read before it is there: once it is, nothing may fail, or who asked would ask again and get a second one.
        let made = assemble(&new.name, version, &Meta::parse(&place.join(meta::FILE), &meta)?, new.tags.clone())?;
        let mut files = vec![(PathBuf::from(meta::FILE), meta)];
        for (key, value) in &new.tags {
            files.push((PathBuf::from("tags").join(names::tag(key)?), value.clone()));
        }
        let staged = self.stage_folder(&folder, place, files)?;
        let model = model.with([("last_updated_timestamp", now)]);
        self.stage(&folder, folder.join(meta::FILE), model)?.commit(self)?;
        staged.commit(self)?;
        Ok(made)
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
        self.stage(&folder(name)?, folder(name)?.join(meta::FILE), meta)
    }
}

fn now() -> Written {
    Written::Number(Timestamp::now().as_millisecond())
}
