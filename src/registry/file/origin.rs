//! Where the artifacts behind a `models:/` source are: MLflow looks it up once, when a version is created.

use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::meta::{self, Meta};
use super::names::is_plain;
use super::store::{Kind, Store};
use crate::registry::ModelName;

/// What a source leads to.
pub(super) struct Origin {
    /// Where the artifacts are.
    pub(super) location: String,
    /// The run that made them, where the source knows it.
    pub(super) run_id: Option<String>,
}

impl Store {
    /// Follows `models:/<name>/<version>` and `models:/<model id>`; any other source is itself where they are.
    pub(super) fn origin(&self, source: &str) -> Result<Origin, Fault> {
        let Some(model) = source.strip_prefix("models:/") else {
            return Ok(Origin { location: source.to_owned(), run_id: None });
        };
        let model = model.trim_start_matches('/');
        let found = match model.split_once('/') {
            Some((name, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.origin_of_version(name, version)?
            }
            None if !model.contains('@') => self.origin_of_logged_model(model)?,
            _ => return Err(refused(source, "must name a version by its number")),
        };
        found.ok_or_else(|| refused(source, "is not in this registry"))
    }

    fn origin_of_version(&self, name: &str, version: &str) -> Result<Option<Origin>, Fault> {
        let (Ok(name), Ok(version)) = (name.parse::<ModelName>(), version.parse()) else { return Ok(None) };
        let Some(meta) = self.version_meta(&name, version)? else { return Ok(None) };
        let location = match meta.text("storage_location")? {
            Some(location) => Some(location),
            None => meta.text("source")?,
        };
        Ok(location.map(|location| Origin { location, run_id: None }))
    }

    fn origin_of_logged_model(&self, id: &str) -> Result<Option<Origin>, Fault> {
        let Some(folder) = self.logged_model(id)? else { return Ok(None) };
        let path = folder.join(meta::FILE);
        let Some(text) = self.read(&path)? else { return Ok(None) };
        let meta = Meta::parse(&path, &text)?;
        if meta.text("lifecycle_stage")?.as_deref() == Some("deleted") {
            return Ok(None);
        }
        let run_id = meta.text("source_run_id")?;
        Ok(meta.text("artifact_location")?.map(|location| Origin { location, run_id }))
    }

    /// Returns the folder of a logged model, which is below that of its experiment.
    pub(super) fn logged_model(&self, id: &str) -> Result<Option<PathBuf>, Fault> {
        self.below_experiments(&Path::new("models").join(id), is_plain(id))
    }

    /// Returns the first folder of an experiment that holds such a folder.
    pub(super) fn below_experiments(&self, path: &Path, is_sound: bool) -> Result<Option<PathBuf>, Fault> {
        if !is_sound {
            return Ok(None);
        }
        let folders =
            self.list(Path::new(""))?.into_iter().filter(|(name, kind)| *kind == Kind::Folder && name != "models");
        let mut places = folders.map(|(experiment, _)| Path::new(&experiment).join(path));
        Ok(places.find(|place| self.at(place).is_dir()))
    }
}

fn refused(source: &str, why: &str) -> Fault {
    Fault::Refused { action: "register a version", message: format!("the source {source:?} {why}") }
}
