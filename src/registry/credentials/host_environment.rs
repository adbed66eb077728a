//! What the machine offers to every client of MLflow: files with logins, authorities to trust, proxies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[cfg(feature = "sigv4")]
use super::aws::AwsVariables;
use super::databricks::DatabricksVariables;
use crate::http::Proxies;

/// The variables that name a file of authorities: the first two are those of Python's `requests`, in its order.
const BUNDLES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];

/// The files and variables that a user keeps for clients of MLflow. Empty variables count as unset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostEnvironment {
    home: Option<PathBuf>,
    netrc: Option<PathBuf>,
    ca_bundle: Option<PathBuf>,
    proxies: Proxies,
    databricks: DatabricksVariables,
    #[cfg(feature = "sigv4")]
    aws: AwsVariables,
}

impl HostEnvironment {
    /// Reads the environment variables of a process.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let path = |name: &&str| variables.get(*name).filter(|path| !path.is_empty()).map(PathBuf::from);
        Self {
            home: ["HOME", "USERPROFILE"].iter().find_map(path),
            netrc: path(&"NETRC"),
            ca_bundle: BUNDLES.iter().find_map(path),
            proxies: Proxies::from_variables(variables),
            databricks: DatabricksVariables::from_variables(variables),
            #[cfg(feature = "sigv4")]
            aws: AwsVariables::from_variables(variables),
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

    pub(super) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    pub(super) fn databricks(&self) -> &DatabricksVariables {
        &self.databricks
    }

    #[cfg(feature = "sigv4")]
    pub(super) fn aws(&self) -> &AwsVariables {
        &self.aws
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

    #[test]
    fn the_first_variable_that_names_authorities_counts() {
        let variables = [("SSL_CERT_FILE", "c"), ("CURL_CA_BUNDLE", "b"), ("REQUESTS_CA_BUNDLE", "")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(HostEnvironment::from_variables(&variables.into()).ca_bundle(), Some(Path::new("b")));
    }
}
