//! The profiles of `~/.databrickscfg`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::environment::Environment;
use crate::registry::{Error, Result, ini};
use crate::secret::Secret;

/// The section that is meant where nobody names one.
const DEFAULT: &str = "DEFAULT";

/// The section in which the command line of Databricks keeps wishes of its own.
const SETTINGS: &str = "__settings__";

/// One profile, as far as it is there.
#[derive(Debug, Default)]
pub(super) struct Profile {
    fields: BTreeMap<String, Secret>,
    /// Where its values come from, fit to follow "in"; or where they would have been looked for.
    pub(super) place: String,
}

impl Profile {
    /// Reads a profile, or the one that the file itself makes the default. A file that does not exist holds nothing.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the file cannot be read, or does not hold the profile that was named.
    pub(super) fn read(name: Option<&str>, environment: &Environment) -> Result<Self> {
        let Some(path) = environment.config_file() else { return Ok(Self::default()) };
        let text = match crate::input_file::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let profile = name.map(|name| format!("the profile `{name}` of ")).unwrap_or_default();
                let place = format!("{profile}{}, which does not exist", path.display());
                return Ok(Self { place, ..Self::default() });
            }
            Err(error) => return Err(unusable(&path, &format!("cannot be read: {error}"))),
        };
        let mut sections = ini::parse(&text).map_err(|fault| unusable(&path, &format!("is damaged: {fault}")))?;
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
            (None, Some(name)) => Err(missing(&path, name, &sections)),
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

    fn read(name: Option<&str>, text: &str) -> Result<Profile> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let path = file.path().to_string_lossy().into_owned();
        Profile::read(name, &Environment::of(&[("DATABRICKS_CONFIG_FILE".to_owned(), path)].into()))
    }

    fn host(profile: Result<Profile>) -> Option<String> {
        profile.unwrap().get("host").map(|host| host.expose().to_owned())
    }

    #[test]
    fn the_named_profile_wins_over_the_files_own_choice_and_that_over_the_default() {
        let text = "[DEFAULT]\nhost = a\n[b]\nhost = b\n[c]\nhost = c\n";
        let chosen = format!("{text}[__settings__]\ndefault_profile = b\n");
        assert_eq!(host(read(None, text)).as_deref(), Some("a"));
        assert_eq!(host(read(None, &chosen)).as_deref(), Some("b"));
        assert_eq!(host(read(Some("c"), &chosen)).as_deref(), Some("c"));
        assert_eq!(host(read(None, "[b]\nhost = b\n")), None);
    }

    #[test]
    fn a_profile_does_not_take_what_it_lacks_from_the_default() {
        assert_eq!(host(read(Some("b"), "[DEFAULT]\nhost = a\n[b]\nhost =\n")), None);
    }

    #[test]
    fn a_profile_that_is_not_there_is_named_with_those_that_are() {
        let Error::Misconfigured { reason, hint } = read(Some("x"), "[a]\n[b]\n").unwrap_err() else { panic!() };
        assert!(reason.ends_with("has no profile `x`"), "{reason}");
        assert_eq!(hint, "it has `a`, `b`");
        assert!(read(Some("__settings__"), "[__settings__]\n").is_err());
    }
}
