//! What the machine offers to every client of MLflow: files with logins, authorities to trust, proxies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::http::Proxies;
use crate::secret::Secret;

/// The variables that name a file of authorities: the first two are those of Python's `requests`, in its order.
const BUNDLES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];

/// The prefixes of the variables that set a field of the service.
const FIELDS: [&str; 2] = ["RUNNER__SERVICES__MLFLOW__", "MLFLOW_"];

/// The prefixes of the variables of other tools in which a login may be.
const TOOLS: &[&str] = &[
    "DATABRICKS_",
    #[cfg(feature = "sigv4")]
    "AWS_",
];

/// The files and variables that a user keeps for clients of MLflow. Empty variables count as unset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostEnvironment {
    home: Option<PathBuf>,
    netrc: Option<PathBuf>,
    ca_bundle: Option<PathBuf>,
    proxies: Proxies,
    /// The variables of other tools.
    variables: BTreeMap<String, Secret>,
    /// The variables that set fields of the service.
    fields: BTreeMap<String, Secret>,
}

impl HostEnvironment {
    /// Reads the environment variables of a process.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let path = |name: &&str| variables.get(*name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let is_of_tool = |name: &str| TOOLS.iter().any(|prefix| name.starts_with(prefix));
        let is_of_field = |name: &str| FIELDS.iter().any(|prefix| name.starts_with(prefix));
        let fields = variables.iter().filter(|(name, value)| is_of_field(name) && !value.is_empty());
        let tools = variables.iter().filter(|(name, value)| is_of_tool(name) && !value.is_empty());
        Self {
            home: ["HOME", "USERPROFILE"].iter().find_map(path),
            netrc: path(&"NETRC"),
            ca_bundle: BUNDLES.iter().find_map(path),
            proxies: Proxies::from_variables(variables),
            variables: tools.map(|(name, value)| (name.clone(), Secret::from_setting(name, value))).collect(),
            fields: fields.map(|(name, value)| (name.clone(), Secret::from_setting(name, value))).collect(),
        }
    }

    /// Returns the file of authorities that counts if the config names none.
    pub fn ca_bundle(&self) -> Option<&Path> {
        self.ca_bundle.as_deref()
    }

    /// Returns the proxies that the variables name.
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// Returns the variable that has the value of a field of the service.
    pub(crate) fn origin(&self, field: &str, value: &str) -> Option<String> {
        let names = FIELDS.iter().map(|prefix| format!("{prefix}{}", field.to_ascii_uppercase()));
        let mut set = names.filter(|name| self.fields.get(name).is_some_and(|set| set.expose().trim() == value.trim()));
        set.next()
    }

    pub(super) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// Returns the value of a variable of another tool.
    pub(super) fn variable(&self, name: &str) -> Option<&Secret> {
        self.variables.get(name)
    }

    /// Returns the variables of Databricks' tools, with their secrets, for a program that logs in there.
    pub(crate) fn databricks_variables(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let variables = self.variables.iter().filter(|(name, _)| name.starts_with("DATABRICKS_"));
        variables.map(|(name, value)| (name.clone(), value.expose().to_owned()))
    }

    /// Returns the path in a variable of another tool, else a default path; none if it is in a home folder that is unknown.
    pub(super) fn path(&self, variable: &str, default: &str) -> Option<PathBuf> {
        let path = self.variable(variable).map_or(default, Secret::expose);
        match path.strip_prefix("~/") {
            Some(below) => self.home.as_ref().map(|home| home.join(below)),
            None => Some(PathBuf::from(path)),
        }
    }

    /// Returns the netrc file: the one that NETRC names, else `~/.netrc` or `~/_netrc`.
    pub(super) fn netrc_path(&self) -> Option<PathBuf> {
        let in_home = || {
            let home = self.home.as_ref()?;
            [".netrc", "_netrc"].iter().map(|name| home.join(name)).find(|path| path.is_file())
        };
        self.netrc.clone().or_else(in_home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> HostEnvironment {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        HostEnvironment::from_variables(&variables.collect())
    }

    #[test]
    fn the_first_ca_bundle_variable_wins() {
        let set = environment(&[("SSL_CERT_FILE", "c"), ("CURL_CA_BUNDLE", "b"), ("REQUESTS_CA_BUNDLE", "")]);
        assert_eq!(set.ca_bundle(), Some(Path::new("b")));
    }

    #[test]
    fn the_home_folder_falls_back_to_userprofile() {
        for (variables, expected) in [
            (&[("HOME", "/home/me"), ("USERPROFILE", "/users/me")][..], Some("/home/me")),
            (&[("HOME", ""), ("USERPROFILE", "/users/me")], Some("/users/me")),
            (&[("USERPROFILE", "/users/me")], Some("/users/me")),
            (&[], None),
        ] {
            assert_eq!(environment(variables).home(), expected.map(Path::new), "{variables:?}");
        }
    }

    #[test]
    fn a_file_is_in_the_home_folder_unless_a_variable_says_otherwise() {
        let file = |variables: &[(&str, &str)]| {
            let path = environment(variables).path("DATABRICKS_CONFIG_FILE", "~/.databrickscfg");
            path.map(|path| path.to_string_lossy().replace('\\', "/"))
        };
        let home = ("HOME", "/home/me");
        assert_eq!(file(&[home]).as_deref(), Some("/home/me/.databrickscfg"));
        assert_eq!(file(&[home, ("DATABRICKS_CONFIG_FILE", "~/other")]).as_deref(), Some("/home/me/other"));
        assert_eq!(file(&[("DATABRICKS_CONFIG_FILE", "here.cfg")]).as_deref(), Some("here.cfg"));
        assert_eq!(file(&[]), None);
    }

    #[test]
    fn a_field_comes_from_the_variable_that_has_its_value() {
        let set = environment(&[("MLFLOW_TRACKING_TOKEN", "a"), ("RUNNER__SERVICES__MLFLOW__REGISTRY_TOKEN", "b")]);
        let origin = |field, value| set.origin(field, value);
        assert_eq!(origin("tracking_token", "a").as_deref(), Some("MLFLOW_TRACKING_TOKEN"));
        assert_eq!(origin("registry_token", "b").as_deref(), Some("RUNNER__SERVICES__MLFLOW__REGISTRY_TOKEN"));
        assert_eq!((origin("tracking_token", "b"), origin("tracking_password", "a")), (None, None));
    }

    #[test]
    fn an_empty_variable_is_unset_and_none_is_shown() {
        let set = environment(&[("DATABRICKS_TOKEN", "hunter2"), ("DATABRICKS_HOST", ""), ("OTHER", "x")]);
        assert!(set.variable("DATABRICKS_TOKEN").is_some() && set.variable("DATABRICKS_HOST").is_none());
        assert!(set.variable("OTHER").is_none() && !format!("{set:?}").contains("hunter2"), "{set:?}");
    }
}
