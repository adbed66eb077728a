//! Where the artifacts behind a `models:/` source are: MLflow looks it up once, when a version is created.

use rusqlite::{OptionalExtension, params};

use super::connection::Tables;
use super::fault::Fault;
use super::read::LIVE;

/// What a source leads to.
pub(super) struct Origin {
    /// Where the artifacts are.
    pub(super) location: String,
    /// The run that made them, where the source knows it.
    pub(super) run_id: Option<String>,
}

impl Tables<'_> {
    /// Follows `models:/<name>/<version>` and `models:/<model id>`; any other source is itself where they are.
    pub(super) fn origin(&self, source: &str) -> Result<Origin, Fault> {
        let Some(model) = source.strip_prefix("models:/") else {
            return Ok(Origin { location: source.to_owned(), run_id: None });
        };
        let found = match model.trim_start_matches('/').split_once('/') {
            Some((name, version)) if is_number(version) => self.origin_of_version(name, version)?,
            None if !model.contains('@') => self.origin_of_logged_model(model)?,
            _ => return Err(refused("INVALID_PARAMETER_VALUE", source, "must name a version by its number")),
        };
        found.ok_or_else(|| refused("RESOURCE_DOES_NOT_EXIST", source, "is not in this registry"))
    }

    fn origin_of_version(&self, name: &str, version: &str) -> Result<Option<Origin>, Fault> {
        let scope = self.scope();
        let location =
            if self.shape.storage_location { "coalesce(nullif(storage_location, ''), source)" } else { "source" };
        let sql = format!("SELECT {location} FROM model_versions WHERE {scope} name = ?1 AND version = ?2 AND {LIVE}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found: Option<Option<String>> =
            statement.query_row(params![name, version.parse::<i64>().ok()], |row| row.get(0)).optional()?;
        Ok(found.flatten().map(|location| Origin { location, run_id: None }))
    }

    fn origin_of_logged_model(&self, id: &str) -> Result<Option<Origin>, Fault> {
        if !self.shape.logged_models {
            return Ok(None);
        }
        let sql = "SELECT artifact_location, source_run_id FROM logged_models \
                   WHERE model_id = ?1 AND lifecycle_stage <> 'deleted'";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement
            .query_row([id.trim_start_matches('/')], |row| Ok(Origin { location: row.get(0)?, run_id: row.get(1)? }))
            .optional()?)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn refused(code: &'static str, source: &str, why: &str) -> Fault {
    Fault::Refused { action: "register a version", code, message: format!("the source {source:?} {why}") }
}
