//! Resolves the artifact location of a new version. MLflow resolves a `models:/` source once, when it creates the
//! version.

use super::error::LocalError;
use crate::registry::source::Source;
use crate::registry::{ModelName, Version};

/// The artifact location of a source.
#[derive(Debug)]
pub(in crate::registry) struct ArtifactLocation {
    /// The address of the artifacts.
    pub(in crate::registry) uri: String,
    /// The run that made them, if the source is a logged model.
    pub(in crate::registry) run_id: Option<String>,
    /// The logged model that the source names.
    pub(in crate::registry) model_id: Option<String>,
}

impl ArtifactLocation {
    /// Creates a location without a run and a model.
    pub(in crate::registry) const fn new(uri: String) -> Self {
        Self { uri, run_id: None, model_id: None }
    }

    /// Follows `models:/<name>/<version>` and `models:/<model id>`; any other source is the address itself.
    pub(in crate::registry) fn resolve(
        source: &str,
        of_version: impl FnOnce(&ModelName, Version) -> Result<Option<Self>, LocalError>,
        of_logged_model: impl FnOnce(&str) -> Result<Option<Self>, LocalError>,
    ) -> Result<Self, LocalError> {
        let Some(model) = source.strip_prefix("models:/") else { return Ok(Self::new(source.to_owned())) };
        // MLflow accepts more than one slash here.
        let found = match Source::parse(&format!("models:/{}", model.trim_start_matches('/'))) {
            Source::Version(name, version) => of_version(&name, version)?,
            Source::LoggedModel(id) => of_logged_model(id)?,
            Source::Run(_) | Source::Other => {
                return Err(refused("INVALID_PARAMETER_VALUE", source, "must name a version by its number"));
            }
        };
        found.ok_or_else(|| refused("RESOURCE_DOES_NOT_EXIST", source, "is not in this registry"))
    }
}

fn refused(code: &'static str, source: &str, why: &str) -> LocalError {
    LocalError::Refused { action: "register a version", code, message: format!("the source {source:?} {why}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(source: &str) -> Result<String, LocalError> {
        let of_version = |name: &ModelName, version: Version| {
            Ok((version.get() == 1).then(|| ArtifactLocation::new(format!("artifacts of {name} {version}"))))
        };
        let of_logged_model = |id: &str| Ok((id == "m-1").then(|| ArtifactLocation::new(format!("artifacts of {id}"))));
        ArtifactLocation::resolve(source, of_version, of_logged_model).map(|location| location.uri)
    }

    #[test]
    fn a_source_in_the_registry_is_resolved_and_any_other_is_an_address() {
        for (source, uri) in [
            ("s3://bucket/model", "s3://bucket/model"),
            ("runs:/r1/model", "runs:/r1/model"),
            ("models:/bikes/1", "artifacts of bikes 1"),
            ("models://bikes/1", "artifacts of bikes 1"),
            ("models:/m-1", "artifacts of m-1"),
        ] {
            assert_eq!(resolve(source).unwrap(), uri, "{source}");
        }
    }

    #[test]
    fn a_source_that_is_not_in_the_registry_or_names_no_number_is_refused() {
        for (source, expected) in [
            ("models:/bikes/2", "RESOURCE_DOES_NOT_EXIST"),
            ("models:/m-2", "RESOURCE_DOES_NOT_EXIST"),
            ("models:/bikes@Champion", "INVALID_PARAMETER_VALUE"),
            ("models:/bikes/Production", "INVALID_PARAMETER_VALUE"),
        ] {
            let Err(LocalError::Refused { code, .. }) = resolve(source) else { panic!("{source} is not refused") };
            assert_eq!(code, expected, "{source}");
        }
    }
}
