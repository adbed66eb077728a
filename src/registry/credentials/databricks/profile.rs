//! The profiles of `~/.databrickscfg`.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::ini;
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

/// The profile that counts if none is named.
const DEFAULT: &str = "DEFAULT";

/// The section with the settings of Databricks' command line.
const SETTINGS: &str = "__settings__";

/// One profile; empty if it does not exist.
#[derive(Debug, Default)]
pub(super) struct DatabricksProfile {
    fields: BTreeMap<String, Secret>,
    /// Where its values come from, or would come from, to follow "in".
    pub(super) place: String,
}

impl DatabricksProfile {
    /// Reads a profile from a file: the one that is named, else the one that the file makes its default. A file that does
    /// not exist holds nothing.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the file cannot be read, or does not hold the profile that is named.
    pub(super) fn read(name: Option<&str>, path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let Some(text) = ini::read_if_exists(path).map_err(|fault| unusable(path, &fault))? else {
            let profile = name.map(|name| format!("the profile `{name}` of ")).unwrap_or_default();
            let place = format!("{profile}{}, which does not exist", path.display());
            return Ok(Self { place, ..Self::default() });
        };
        let mut sections = ini::parse(&text).map_err(|fault| unusable(path, &format!("is damaged: {fault}")))?;
        let settings = sections.remove(SETTINGS).unwrap_or_default();
        let preferred = settings.get("default_profile").map(Secret::expose).filter(|name| !name.is_empty());
        let named = name.or(preferred);
        match (sections.remove(named.unwrap_or(DEFAULT)), named) {
            (Some(fields), _) => {
                let name = named.unwrap_or(DEFAULT);
                Ok(Self { fields, place: format!("the profile `{name}` of {}", path.display()) })
            }
            (None, None) => {
                Ok(Self { place: format!("{}, which has no default profile", path.display()), ..Self::default() })
            }
            (None, Some(name)) => Err(missing(path, name, &sections)),
        }
    }

    /// Returns a field that is not empty.
    pub(super) fn get(&self, field: &str) -> Option<&Secret> {
        self.fields.get(field).filter(|value| !value.is_empty())
    }
}

fn missing(path: &Path, name: &str, sections: &ini::Sections) -> Error {
    let known: Vec<String> = sections.keys().map(|name| format!("`{name}`")).collect();
    let hint = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
    Error::Misconfigured { reason: format!("{} has no profile `{name}`", path.display()), hint }
}

fn unusable(path: &Path, fault: &str) -> Error {
    Error::Misconfigured {
        reason: format!("the file of Databricks profiles {} {fault}", path.display()),
        hint: "repair it, or point DATABRICKS_CONFIG_FILE at another".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(name: Option<&str>, text: &str) -> Result<DatabricksProfile> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        DatabricksProfile::read(name, Some(file.path()))
    }

    fn host(profile: Result<DatabricksProfile>) -> Option<String> {
        profile.unwrap().get("host").map(|host| host.expose().to_owned())
    }

    #[test]
    fn a_named_profile_wins_over_the_files_own_default() {
        let text = "[DEFAULT]\nhost = a\n[b]\nhost = b\n[c]\nhost = c\n";
        let chosen = format!("{text}[__settings__]\ndefault_profile = b\n");
        assert_eq!(host(read(None, text)).as_deref(), Some("a"));
        assert_eq!(host(read(None, &chosen)).as_deref(), Some("b"));
        assert_eq!(host(read(Some("c"), &chosen)).as_deref(), Some("c"));
        assert_eq!(host(read(None, "[b]\nhost = b\n")), None);
    }

    #[test]
    fn a_profile_does_not_inherit_from_the_default_one() {
        assert_eq!(host(read(Some("b"), "[DEFAULT]\nhost = a\n[b]\nhost =\n")), None);
    }

    #[test]
    fn a_missing_profile_is_named_with_those_that_exist() {
        let Error::Misconfigured { reason, hint } = read(Some("x"), "[a]\n[b]\n").unwrap_err() else { panic!() };
        assert!(reason.ends_with("has no profile `x`"), "{reason}");
        assert_eq!(hint, "it has `a`, `b`");
        assert!(read(Some("__settings__"), "[__settings__]\n").is_err());
    }
}
