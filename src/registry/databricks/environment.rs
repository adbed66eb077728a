//! The variables that say where Databricks is and who logs in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::secret::Secret;

const PREFIX: &str = "DATABRICKS_";

/// The variables of Databricks' own tools, and the folder that holds their profiles. Empty ones say nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Environment {
    variables: BTreeMap<String, Secret>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Picks them out of the variables of a process.
    pub fn of(variables: &BTreeMap<String, String>) -> Self {
        let given = variables.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
        let home = ["HOME", "USERPROFILE"].iter().find_map(|name| variables.get(*name).filter(|path| !path.is_empty()));
        Self {
            variables: given.map(|(name, value)| (name.clone(), Secret::named(name, value))).collect(),
            home: home.map(PathBuf::from),
        }
    }

    /// Returns what a field is set to.
    pub(super) fn get(&self, field: &str) -> Option<&Secret> {
        self.variables.get(&variable(field))
    }

    /// Returns the file with the profiles; none where nothing says where it is.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        let given = self.get("config_file").map(Secret::expose);
        match (given.unwrap_or("~/.databrickscfg").strip_prefix("~/"), &self.home) {
            (Some(below), Some(home)) => Some(home.join(below)),
            (Some(_), None) => None,
            (None, _) => given.map(PathBuf::from),
        }
    }
}

/// Returns the variable of a field.
pub(super) fn variable(field: &str) -> String {
    format!("{PREFIX}{}", field.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(&variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn the_file_is_in_the_home_folder_unless_a_variable_says_otherwise() {
        let file = |variables: &[(&str, &str)]| {
            environment(variables).config_file().map(|path| path.to_string_lossy().replace('\\', "/"))
        };
        assert_eq!(file(&[("HOME", "/home/me")]).as_deref(), Some("/home/me/.databrickscfg"));
        assert_eq!(file(&[("USERPROFILE", "C:/me")]).as_deref(), Some("C:/me/.databrickscfg"));
        let given = [("HOME", "/home/me"), ("DATABRICKS_CONFIG_FILE", "~/other")];
        assert_eq!(file(&given).as_deref(), Some("/home/me/other"));
        assert_eq!(file(&[("DATABRICKS_CONFIG_FILE", "here.cfg")]).as_deref(), Some("here.cfg"));
        assert_eq!(file(&[]), None);
    }

    #[test]
    fn an_empty_variable_says_nothing_and_none_is_shown() {
        let set = environment(&[("DATABRICKS_TOKEN", "hunter2"), ("DATABRICKS_HOST", ""), ("OTHER", "x")]);
        assert!(set.get("token").is_some() && set.get("host").is_none());
        assert!(!format!("{set:?}").contains("hunter2"), "{set:?}");
    }
}
