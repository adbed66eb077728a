//! Where the artifacts behind a `models:/` source are: MLflow looks it up once, when a version is created.

use super::fault::Fault;
use super::store::Store;
use crate::registry::ModelName;

/// What a source leads to.
pub(super) struct Origin {
    /// Where the artifacts are.
    pub(super) location: String,
    /// The run that made them, where the source knows it.
    pub(super) run_id: Option<String>,
    /// The logged model that it is.
    pub(super) model_id: Option<String>,
}

impl Store {
    /// Follows `models:/<name>/<version>` and `models:/<model id>`; any other source is itself where they are.
    pub(super) fn origin(&self, source: &str) -> Result<Origin, Fault> {
        let Some(model) = source.strip_prefix("models:/") else {
            return Ok(Origin { location: source.to_owned(), run_id: None, model_id: None });
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
        Ok(location.map(|location| Origin { location, run_id: None, model_id: None }))
    }

    fn origin_of_logged_model(&self, id: &str) -> Result<Option<Origin>, Fault> {
        let Some((_, meta)) = self.logged_model(id)? else { return Ok(None) };
        let run_id = meta.text("source_run_id")?;
        let model_id = Some(id.to_owned());
        Ok(meta.text("artifact_location")?.map(|location| Origin { location, run_id, model_id }))
    }
}

fn refused(source: &str, why: &str) -> Fault {
    Fault::Refused { action: "register a version", message: format!("the source {source:?} {why}") }
}
