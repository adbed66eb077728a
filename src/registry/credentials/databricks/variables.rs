//! The variables of Databricks' own tools: the workspace, the login, and the file with profiles.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::secret::Secret;

const PREFIX: &str = "DATABRICKS_";

/// The variables of Databricks' own tools. Empty ones count as unset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct DatabricksVariables(BTreeMap<String, Secret>);

impl DatabricksVariables {
    /// Takes them from the variables of a process.
    pub(in super::super) fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let given = variables.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
        Self(given.map(|(name, value)| (name.clone(), Secret::from_setting(name, value))).collect())
    }

    /// Returns the value of a field.
    pub(super) fn get(&self, field: &str) -> Option<&Secret> {
        self.0.get(&variable_name(field))
    }

    /// Returns the file with the profiles; none if nothing says where it is.
    pub(super) fn config_file(&self, home: Option<&Path>) -> Option<PathBuf> {
        let given = self.get("config_file").map(Secret::expose);
        match (given.unwrap_or("~/.databrickscfg").strip_prefix("~/"), home) {
            (Some(below), Some(home)) => Some(home.join(below)),
            (Some(_), None) => None,
            (None, _) => given.map(PathBuf::from),
        }
    }
}

/// Returns the name of the variable of a field.
pub(super) fn variable_name(field: &str) -> String {
    format!("{PREFIX}{}", field.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(given: &[(&str, &str)]) -> DatabricksVariables {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        DatabricksVariables::from_variables(&given.collect())
    }

    #[test]
    fn the_file_is_in_the_home_folder_unless_a_variable_says_otherwise() {
        let file = |given: &[(&str, &str)], home: Option<&str>| {
            let path = variables(given).config_file(home.map(Path::new));
            path.map(|path| path.to_string_lossy().replace('\\', "/"))
        };
        assert_eq!(file(&[], Some("/home/me")).as_deref(), Some("/home/me/.databrickscfg"));
        let given = [("DATABRICKS_CONFIG_FILE", "~/other")];
        assert_eq!(file(&given, Some("/home/me")).as_deref(), Some("/home/me/other"));
        assert_eq!(file(&[("DATABRICKS_CONFIG_FILE", "here.cfg")], None).as_deref(), Some("here.cfg"));
        assert_eq!(file(&[], None), None);
    }

    #[test]
    fn an_empty_variable_is_unset_and_none_is_shown() {
        let set = variables(&[("DATABRICKS_TOKEN", "hunter2"), ("DATABRICKS_HOST", ""), ("OTHER", "x")]);
        assert!(set.get("token").is_some() && set.get("host").is_none());
        assert!(!format!("{set:?}").contains("hunter2"), "{set:?}");
    }
}
