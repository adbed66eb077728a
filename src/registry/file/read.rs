//! What is read, in MLflow's own terms: a deleted version keeps its folder and is not seen.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::meta::{self, Meta};
use super::names;
use super::store::{Kind, Store, settled};
use crate::registry::model::PROMPT_TAG;
use crate::registry::{Alias, Error, ModelName, ModelVersion, RegisteredModel, Status, Version};

/// The stage of a version that MLflow deleted.
const DELETED: &str = "Deleted_Internal";

/// How the name of a version's folder begins.
const VERSION: &str = "version-";

/// The most of a damaged alias that is shown, in characters.
const SHOWN: usize = 40;

impl Store {
    /// Reads a registered model, with the tags of the time at which its aliases are where they are.
    pub(super) fn model(&self, name: &ModelName) -> Result<RegisteredModel, Fault> {
        self.require_model(name)?;
        let folder = folder(name)?.join("tags");
        let mut aliases = self.aliases(name)?;
        loop {
            let mut tags = self.read_all(&folder)?;
            if let Some(undo) = self.unfinished()? {
                undo.hide(&folder, &mut tags);
            }
            // A folder of tags may hold what is no key, such as what a file manager left there; MLflow would fail on it.
            tags.retain(|key, _| names::tag(key).is_ok());
            // Another run may have moved one meanwhile, and written the tags for it.
            let again = self.aliases(name)?;
            if again == aliases {
                return Ok(RegisteredModel { name: name.clone(), aliases, tags });
            }
            aliases = again;
        }
    }

    /// Reads what is known about a model; fails where there is none.
    pub(super) fn require_model(&self, name: &ModelName) -> Result<Meta, Fault> {
        self.require()?;
        let path = folder(name)?;
        if !self.has_folder(&path)? || self.is_bare(&path) {
            return Err(Error::ModelNotFound { name: name.clone() }.into());
        }
        let path = path.join(meta::FILE);
        settled(|| {
            let text = self.read(&path)?.ok_or_else(|| Fault::damaged(&path, "is missing"))?;
            let meta = Meta::parse(&path, &text)?;
            meta.require("name", name.as_str())?;
            Ok(meta)
        })
    }

    /// Reads one live version.
    pub(super) fn version(&self, name: &ModelName, version: Version) -> Result<ModelVersion, Fault> {
        self.require()?;
        let found = self.live(name, version)?;
        let mut found = found.ok_or_else(|| Error::VersionNotFound { name: name.clone(), version })?;
        let aliases = self.aliases(name)?.into_iter().filter(|(_, target)| *target == version);
        found.aliases = aliases.map(|(alias, _)| alias).collect();
        Ok(found)
    }

    /// Reads the live version with the highest number.
    pub(super) fn latest(&self, name: &ModelName) -> Result<Option<ModelVersion>, Fault> {
        self.require()?;
        for version in self.numbers(name)?.into_iter().rev() {
            if self.version_meta(name, version)?.is_some() && !self.is_prompt(name, version)? {
                return self.version(name, version).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads every live version, without the aliases that point to it.
    pub(super) fn versions(&self, name: &ModelName) -> Result<Vec<ModelVersion>, Fault> {
        self.require()?;
        let live = self.numbers(name)?.into_iter().map(|version| self.live(name, version));
        let is_found = |version: &ModelVersion| version.tags.get(PROMPT_TAG).is_none_or(|value| value != "true");
        live.filter_map(Result::transpose).filter(|found| found.as_ref().map_or(true, is_found)).collect()
    }

    // Prompts are kept as models, and no search of MLflow finds them.
    fn is_prompt(&self, name: &ModelName, version: Version) -> Result<bool, Fault> {
        let tag = self.read(&version_folder(name, version)?.join("tags").join(PROMPT_TAG))?;
        Ok(tag.as_deref() == Some("true"))
    }

    /// Reads the numbers of all versions, deleted ones included, lowest first.
    pub(super) fn numbers(&self, name: &ModelName) -> Result<Vec<Version>, Fault> {
        let listed = self.list(&folder(name)?)?.into_iter().filter(|(_, kind)| *kind == Kind::Folder);
        let mut numbers: Vec<Version> =
            listed.filter_map(|(entry, _)| entry.strip_prefix(VERSION)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads where an alias points, whether or not that version is still there.
    pub(super) fn alias_target(&self, name: &ModelName, alias: &Alias) -> Result<Option<Version>, Fault> {
        let path = alias_file(name, alias)?;
        // What a link leads to may be no part of the store, and is not repeated.
        let is_link = || fs::symlink_metadata(self.at(&path)).is_ok_and(|found| found.is_symlink());
        settled(|| self.read(&path)?.map(|text| target(&path, &text, is_link())).transpose())
    }

    /// Reads where every alias points.
    pub(super) fn aliases(&self, name: &ModelName) -> Result<BTreeMap<String, Version>, Fault> {
        let mut aliases = BTreeMap::new();
        for (alias, kind) in self.list(&folder(name)?.join("aliases"))? {
            // What cannot be an alias, such as what a file manager left there, is none.
            if kind == Kind::File
                && let Ok(known) = alias.parse()
                && let Some(version) = self.alias_target(name, &known)?
            {
                aliases.insert(alias, version);
            }
        }
        Ok(aliases)
    }

    /// Reads a version without its aliases; none where there is none, or it was deleted.
    fn live(&self, name: &ModelName, version: Version) -> Result<Option<ModelVersion>, Fault> {
        let Some(meta) = self.version_meta(name, version)? else { return Ok(None) };
        let mut tags = self.read_all(&version_folder(name, version)?.join("tags"))?;
        tags.retain(|key, _| names::tag(key).is_ok());
        assemble(name, version, &meta, tags).map(Some)
    }

    /// Reads what is known about a live version.
    pub(super) fn version_meta(&self, name: &ModelName, version: Version) -> Result<Option<Meta>, Fault> {
        let path = version_folder(name, version)?;
        if !self.has_folder(&path)? || self.is_bare(&path) {
            return Ok(None);
        }
        let path = path.join(meta::FILE);
        let meta = settled(|| {
            let text = self.read(&path)?.ok_or_else(|| Fault::damaged(&path, "is missing"))?;
            let meta = Meta::parse(&path, &text)?;
            meta.require("version", &version.to_string())?;
            Ok(meta)
        })?;
        Ok((meta.text("current_stage")?.as_deref() != Some(DELETED)).then_some(meta))
    }
}

/// Makes a version without its aliases of its `meta.yaml` and its tags.
pub(super) fn assemble(
    name: &ModelName,
    version: Version,
    meta: &Meta,
    tags: BTreeMap<String, String>,
) -> Result<ModelVersion, Fault> {
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

/// Returns the folder of a model.
pub(super) fn folder(name: &ModelName) -> Result<PathBuf, Fault> {
    Ok(PathBuf::from("models").join(names::folder(name)?))
}

/// Returns the folder of a version.
pub(super) fn version_folder(name: &ModelName, version: Version) -> Result<PathBuf, Fault> {
    Ok(folder(name)?.join(format!("{VERSION}{version}")))
}

/// Returns the file of an alias, whose name is made of letters and digits and so never leads elsewhere.
pub(super) fn alias_file(name: &ModelName, alias: &Alias) -> Result<PathBuf, Fault> {
    Ok(folder(name)?.join("aliases").join(alias.as_str()))
}

/// Reads the content of an alias. Python's `int` takes spaces, a newline and leading zeros, and so does this.
fn target(path: &Path, text: &str, is_link: bool) -> Result<Version, Fault> {
    text.trim().parse().map_err(|_| {
        let shown: String = text.chars().take(SHOWN).collect();
        let what = match is_link {
            true => "is a link to something else than the number of a version".to_owned(),
            false => format!("holds {shown:?} instead of the number of a version"),
        };
        match Fault::damaged(path, &what) {
            Fault::Unusable { reason, absent, .. } => {
                let hint = "write the number there, or delete the file, which deletes the alias".into();
                Fault::Unusable { reason, hint, absent }
            }
            other => other,
        }
    })
}
