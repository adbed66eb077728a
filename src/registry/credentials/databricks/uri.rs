//! The URIs of Databricks, as MLflow writes them.

use crate::registry::error::{Error, Result};
use crate::secret::SecretUri;

/// The scheme of the registry in Unity Catalog.
const UNITY_CATALOG: &str = "databricks-uc";

/// A URI of Unity Catalog, which may name a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct DatabricksUri {
    /// The profile in the URI.
    pub(super) profile: Option<String>,
}

impl DatabricksUri {
    /// Parses `databricks-uc` or `databricks-uc://profile`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] for any other URI.
    pub(in crate::registry) fn parse(uri: &SecretUri) -> Result<Self> {
        let text = uri.expose();
        let (scheme, rest) = text.split_once("://").unwrap_or((text, ""));
        let profile = rest.strip_suffix('/').unwrap_or(rest);
        if profile.contains([':', '/', '?', '#', '@']) {
            return Err(Error::Misconfigured {
                reason: "behind `://` an address of Databricks names a profile, and no secret scope, host or login"
                    .into(),
                hint: "use `databricks-uc`, with the login in DATABRICKS_HOST and DATABRICKS_TOKEN, or \
                       `databricks-uc://profile`, with a profile of ~/.databrickscfg"
                    .into(),
            });
        }
        if scheme != UNITY_CATALOG {
            return Err(Error::Misconfigured {
                reason: format!("{uri} is the workspace model registry of Databricks, which has no aliases"),
                hint: "use `databricks-uc` or `databricks-uc://profile`, the registry in Unity Catalog".into(),
            });
        }
        Ok(Self { profile: Some(profile.to_owned()).filter(|profile| !profile.is_empty()) })
    }
}

/// Returns the registry that MLflow uses beside a tracking server if none is configured. That of a Databricks workspace
/// is in Unity Catalog.
pub(in crate::registry) fn default_registry_uri(tracking: &SecretUri) -> SecretUri {
    match tracking.expose().strip_prefix("databricks") {
        Some(rest) if rest.is_empty() || rest.starts_with("://") => SecretUri::new(format!("{UNITY_CATALOG}{rest}")),
        _ => tracking.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(uri: &str) -> Result<Option<String>> {
        DatabricksUri::parse(&SecretUri::new(uri)).map(|uri| uri.profile)
    }

    #[test]
    fn a_uri_may_name_a_profile() {
        for (uri, profile) in [
            ("databricks-uc", None),
            ("databricks-uc://", None),
            ("databricks-uc://prod", Some("prod")),
            ("databricks-uc://prod/", Some("prod")),
            ("databricks-uc://My Profile", Some("My Profile")),
        ] {
            assert_eq!(parse(uri).unwrap().as_deref(), profile, "{uri}");
        }
    }

    #[test]
    fn a_registry_without_aliases_and_a_secret_scope_are_refused() {
        for (uri, reason) in [
            ("databricks", "no aliases"),
            ("databricks://prod", "no aliases"),
            ("databricks://scope:prefix", "no secret scope"),
            ("databricks-uc://scope:prefix", "no secret scope"),
            ("databricks-uc://token:hunter2@host", "or login"),
            ("databricks-uc://host/path", "host or"),
        ] {
            let error = parse(uri).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains("hunter2"), "{uri}: {error}");
        }
    }

    #[test]
    fn a_tracking_uri_of_databricks_means_unity_catalog() {
        let registry = |uri: &str| default_registry_uri(&SecretUri::new(uri)).expose().to_owned();
        assert_eq!(registry("databricks"), "databricks-uc");
        assert_eq!(registry("databricks://prod"), "databricks-uc://prod");
        for same in ["databricks-uc", "databricks-uc://prod", "databricksx", "http://databricks"] {
            assert_eq!(registry(same), same);
        }
    }
}
