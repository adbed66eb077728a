//! Registering models and versions, with the files that MLflow writes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::error::damaged;
use super::meta::{self, Meta, document, now};
use super::paths::{check_new_name, model_folder, tag_path, version_folder};
use super::read::to_version;
use super::store::Store;
use super::yaml::NewValue;
use crate::registry::local::{ArtifactLocation, LocalError};
use crate::registry::{ModelName, ModelVersion, NewVersion, Version};

impl Store {
    /// Creates a registered model unless it exists. Returns whether it was created.
    pub(in crate::registry) fn ensure_model(&self, name: &ModelName) -> Result<bool, LocalError> {
        let folder = model_folder(name)?;
        if self.has_folder(&folder)? && !self.is_bare(&folder) {
            return self.require_model(name).map(|_| false);
        }
        check_new_name(name)?;
        let now = now();
        let meta = document([
            ("aliases", NewValue::Map(BTreeMap::new())),
            ("creation_timestamp", now.clone()),
            ("deployment_job_id", NewValue::Text(None)),
            ("deployment_job_state", NewValue::Text(None)),
            ("description", NewValue::Text(None)),
            ("last_updated_timestamp", now),
            ("name", NewValue::text(name.as_str())),
            ("workspace", NewValue::text("default")),
        ]);
        let files = [(PathBuf::from(meta::FILE), meta)];
        self.stage_folder(self.create_staging()?, folder, files)?.commit(self)?;
        Ok(true)
    }

    /// Creates the next version of a registered model.
    pub(in crate::registry) fn create_version(&self, new: &NewVersion) -> Result<ModelVersion, LocalError> {
        self.remove_empty_versions(&model_folder(&new.name)?);
        let model = self.require_model(&new.name)?;
        let artifacts = ArtifactLocation::resolve(
            &new.source,
            |name, version| self.artifacts_of_version(name, version),
            |id| self.artifacts_of_logged_model(id),
        )?;
        let version = self.next_version(&new.name)?;
        let (folder, now) = (model_folder(&new.name)?, now());
        let run_id = new.run_id.as_ref().or(artifacts.run_id.as_ref());
        let meta = document([
            ("creation_timestamp", now.clone()),
            ("current_stage", NewValue::text("None")),
            ("deployment_job_state", NewValue::Text(None)),
            ("description", NewValue::Text(new.description.clone())),
            ("last_updated_timestamp", now.clone()),
            ("model_id", NewValue::Text(artifacts.model_id)),
            ("name", NewValue::text(new.name.as_str())),
            ("run_id", NewValue::Text(run_id.cloned())),
            ("run_link", NewValue::Text(None)),
            ("source", NewValue::text(&new.source)),
            ("status", NewValue::text("READY")),
            ("status_message", NewValue::Text(None)),
            ("storage_location", NewValue::text(&artifacts.uri)),
            ("user_id", NewValue::Text(None)),
            ("version", NewValue::Number(version.get().cast_signed())),
            ("workspace", NewValue::text("default")),
        ]);
        let target = version_folder(&new.name, version)?;
        // Everything that may fail comes before the commit: after it, the caller would try again and get two versions.
        let created = to_version(&new.name, version, &Meta::parse(&target.join(meta::FILE), &meta)?, new.tags.clone())?;
        let mut files = vec![(PathBuf::from(meta::FILE), meta)];
        for (key, value) in &new.tags {
            files.push((PathBuf::from("tags").join(tag_path(key)?), value.clone()));
        }
        let staged = self.stage_folder(&folder, target, files)?;
        let model = model.with([("last_updated_timestamp", now)]);
        self.stage(&folder, folder.join(meta::FILE), model)?.commit(self)?;
        staged.commit(self)?;
        Ok(created)
    }

    // Deleted versions keep their folders and count, because MLflow never assigns a number twice.
    fn next_version(&self, name: &ModelName) -> Result<Version, LocalError> {
        let highest = self.version_numbers(name)?.last().map_or(0, |version| version.get());
        Version::new(highest + 1).ok_or_else(|| {
            let problem = format!("has the highest version number there is, {highest}");
            damaged(&PathBuf::from("models").join(name.as_str()), &problem)
        })
    }

    fn artifacts_of_version(&self, name: &ModelName, version: Version) -> Result<Option<ArtifactLocation>, LocalError> {
        let Some(meta) = self.version_meta(name, version)? else { return Ok(None) };
        let location = match meta.text("storage_location")? {
            Some(location) => Some(location),
            None => meta.text("source")?,
        };
        Ok(location.map(ArtifactLocation::new))
    }

    fn artifacts_of_logged_model(&self, id: &str) -> Result<Option<ArtifactLocation>, LocalError> {
        let Some((_, meta)) = self.logged_model(id)? else { return Ok(None) };
        let (run_id, model_id) = (meta.text("source_run_id")?, Some(id.to_owned()));
        Ok(meta.text("artifact_location")?.map(|uri| ArtifactLocation { uri, run_id, model_id }))
    }
}
