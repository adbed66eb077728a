//! Reading models, versions and aliases. Deleted versions keep their folders and are left out, as in MLflow.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::error::damaged;
use super::meta::{self, Meta};
use super::paths::{VERSION_PREFIX, alias_file, model_folder, tag_path, version_folder};
use super::store::{EntryKind, Store, retry_damaged};
use crate::registry::local::{LocalError, Tags};
use crate::registry::model::PROMPT_TAG;
use crate::registry::{Alias, Error, ModelName, ModelVersion, RegisteredModel, Status, Version};

/// The stage of a deleted version.
const DELETED: &str = "Deleted_Internal";

/// How many characters of a damaged alias an error shows.
const MAX_SHOWN: usize = 40;

impl Store {
    /// Reads a registered model. Its tags and aliases are from one moment, even if another run moves an alias meanwhile.
    pub(in crate::registry) fn model(&self, name: &ModelName) -> Result<RegisteredModel, LocalError> {
        self.require_model(name)?;
        let folder = model_folder(name)?.join("tags");
        let mut aliases = self.aliases(name)?;
        loop {
            let mut tags = self.read_all(&folder)?;
            if let Some(undo) = self.unfinished_move()? {
                undo.revert_tags(&folder, &mut tags);
            }
            retain_tags(&mut tags);
            let current = self.aliases(name)?;
            if current == aliases {
                return Ok(RegisteredModel { name: name.clone(), aliases, tags });
            }
            aliases = current;
        }
    }

    /// Reads the `meta.yaml` of a model. Fails unless the model exists.
    pub(in crate::registry) fn require_model(&self, name: &ModelName) -> Result<Meta, LocalError> {
        self.require()?;
        let path = model_folder(name)?;
        if !self.has_folder(&path)? || self.is_bare(&path) {
            return Err(Error::ModelNotFound { name: name.clone() }.into());
        }
        self.read_meta(&path, |meta| meta.require("name", name.as_str()))
    }

    /// Reads one live version.
    pub(in crate::registry) fn version(&self, name: &ModelName, version: Version) -> Result<ModelVersion, LocalError> {
        self.require()?;
        let found = self.live_version(name, version)?;
        let mut found = found.ok_or_else(|| Error::VersionNotFound { name: name.clone(), version })?;
        let aliases = self.aliases(name)?.into_iter().filter(|(_, target)| *target == version);
        found.aliases = aliases.map(|(alias, _)| alias).collect();
        Ok(found)
    }

    /// Reads the live version with the highest number.
    pub(in crate::registry) fn latest_version(&self, name: &ModelName) -> Result<Option<ModelVersion>, LocalError> {
        self.require()?;
        for version in self.version_numbers(name)?.into_iter().rev() {
            if self.version_meta(name, version)?.is_some() && !self.is_prompt(name, version)? {
                return self.version(name, version).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads every live version, without the aliases that point to it. Prompts are left out.
    pub(in crate::registry) fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>, LocalError> {
        self.require()?;
        let live = self.version_numbers(name)?.into_iter().map(|version| self.live_version(name, version));
        let is_model = |version: &ModelVersion| version.tags.get(PROMPT_TAG).is_none_or(|value| value != "true");
        live.filter_map(Result::transpose).filter(|found| found.as_ref().map_or(true, is_model)).collect()
    }

    // MLflow stores prompts as models, and its searches leave them out.
    fn is_prompt(&self, name: &ModelName, version: Version) -> Result<bool, LocalError> {
        let tag = self.read(&version_folder(name, version)?.join("tags").join(PROMPT_TAG))?;
        Ok(tag.as_deref() == Some("true"))
    }

    /// Reads the numbers of all versions in ascending order, including deleted ones.
    pub(super) fn version_numbers(&self, name: &ModelName) -> Result<Vec<Version>, LocalError> {
        let listed = self.list(&model_folder(name)?)?.into_iter().filter(|(_, kind)| *kind == EntryKind::Folder);
        let mut numbers: Vec<Version> =
            listed.filter_map(|(entry, _)| entry.strip_prefix(VERSION_PREFIX)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads the version that an alias points to, even if that version no longer exists.
    pub(in crate::registry) fn alias_target(
        &self,
        name: &ModelName,
        alias: &Alias,
    ) -> Result<Option<Version>, LocalError> {
        let path = alias_file(name, alias)?;
        let is_link = || fs::symlink_metadata(self.absolute(&path)).is_ok_and(|found| found.is_symlink());
        retry_damaged(|| self.read(&path)?.map(|text| parse_target(&path, &text, is_link())).transpose())
    }

    /// Reads the versions that all aliases point to.
    pub(super) fn aliases(&self, name: &ModelName) -> Result<BTreeMap<String, Version>, LocalError> {
        let mut aliases = BTreeMap::new();
        for (alias, kind) in self.list(&model_folder(name)?.join("aliases"))? {
            // Files whose names cannot be aliases, such as those of a file manager, are ignored.
            if kind == EntryKind::File
                && let Ok(known) = alias.parse()
                && let Some(version) = self.alias_target(name, &known)?
            {
                aliases.insert(alias, version);
            }
        }
        Ok(aliases)
    }

    /// Reads a version, without its aliases, unless it was deleted.
    fn live_version(&self, name: &ModelName, version: Version) -> Result<Option<ModelVersion>, LocalError> {
        let Some(meta) = self.version_meta(name, version)? else { return Ok(None) };
        let mut tags = self.read_all(&version_folder(name, version)?.join("tags"))?;
        retain_tags(&mut tags);
        to_version(name, version, &meta, tags).map(Some)
    }

    /// Reads the `meta.yaml` of a live version.
    pub(super) fn version_meta(&self, name: &ModelName, version: Version) -> Result<Option<Meta>, LocalError> {
        let path = version_folder(name, version)?;
        if !self.has_folder(&path)? || self.is_bare(&path) {
            return Ok(None);
        }
        let meta = self.read_meta(&path, |meta| meta.require("version", &version.to_string()))?;
        Ok((meta.text("current_stage")?.as_deref() != Some(DELETED)).then_some(meta))
    }

    /// Reads the `meta.yaml` in a folder, again if it looks damaged or a check fails.
    pub(super) fn read_meta(
        &self,
        folder: &Path,
        check: impl Fn(&Meta) -> Result<(), LocalError>,
    ) -> Result<Meta, LocalError> {
        let path = folder.join(meta::FILE);
        retry_damaged(|| {
            let text = self.read(&path)?.ok_or_else(|| damaged(&path, "is missing"))?;
            let meta = Meta::parse(&path, &text)?;
            check(&meta)?;
            Ok(meta)
        })
    }
}

/// Removes entries whose paths cannot be keys, such as files that a file manager left. MLflow would fail on them.
fn retain_tags(tags: &mut Tags) {
    tags.retain(|key, _| tag_path(key).is_ok());
}

/// Builds a version, without its aliases, from its `meta.yaml` and its tags.
pub(super) fn to_version(
    name: &ModelName,
    version: Version,
    meta: &Meta,
    tags: Tags,
) -> Result<ModelVersion, LocalError> {
    Ok(ModelVersion {
        name: name.clone(),
        version,
        status: Status::parse(meta.text("status")?.as_deref()),
        status_message: meta.text("status_message")?,
        source: meta.text("source")?,
        run_id: meta.text("run_id")?,
        model_id: meta.text("model_id")?,
        description: meta.text("description")?,
        creation_timestamp: meta.time("creation_timestamp")?,
        last_updated_timestamp: meta.time("last_updated_timestamp")?,
        tags,
        aliases: Vec::new(),
    })
}

/// Parses the content of an alias. Like Python's `int`, it accepts spaces, a newline and leading zeros.
fn parse_target(path: &Path, text: &str, is_link: bool) -> Result<Version, LocalError> {
    text.trim().parse().map_err(|_| {
        let problem = match is_link {
            // The error does not show the content, because the link may lead out of the store.
            true => "is a link to something else than the number of a version".to_owned(),
            false => {
                let shown: String = text.chars().take(MAX_SHOWN).collect();
                format!("holds {shown:?} instead of the number of a version")
            }
        };
        let hint = "write the number there, or delete the file, which deletes the alias";
        damaged(path, &problem).with_hint(hint)
    })
}
