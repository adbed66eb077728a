//! The variables of AWS's own tools, and the keys that they lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keys::{AwsKeys, FoundKeys};
use super::profile::AwsProfile;
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

const PREFIX: &str = "AWS_";
const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// The variables with a region; newer tools read the first.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables that say that keys come from a service, which is not supported.
const UNSUPPORTED: [&str; 3] =
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// The variables of AWS's own tools. Empty ones count as unset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in super::super) struct AwsVariables(BTreeMap<String, Secret>);

impl AwsVariables {
    /// Takes them from the variables of a process.
    pub(in super::super) fn from_variables(variables: &BTreeMap<String, String>) -> Self {
        let given = variables.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
        Self(given.map(|(name, value)| (name.clone(), Secret::from_setting(name, value))).collect())
    }

    /// Finds the keys: those in the variables, else those of the profile; each with the region of the variables, else
    /// of the profile. The profile is the one that `AWS_PROFILE` names, else `default`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when there are none, or a file that is needed cannot be used.
    pub(in super::super) fn find_keys(&self, home: Option<&Path>) -> Result<FoundKeys> {
        let region = REGIONS.iter().find_map(|name| self.get(name)).map(|region| region.expose().to_owned());
        let (id, secret) = match (self.get(ID), self.get(SECRET)) {
            (Some(id), Some(secret)) => (id.clone(), secret.clone()),
            (Some(_), None) => return Err(half_a_key(ID, SECRET)),
            (None, Some(_)) => return Err(half_a_key(SECRET, ID)),
            (None, None) => return self.read_profile(home)?.keys(region, self.unsupported_variable()),
        };
        let session = self.get("AWS_SESSION_TOKEN").or_else(|| self.get("AWS_SECURITY_TOKEN")).cloned();
        let region = match region {
            Some(region) => region,
            None => self.read_profile(home)?.region()?,
        };
        let keys = AwsKeys { id, secret, session, region }.validate("the variables")?;
        Ok(FoundKeys { keys, origin: ID.to_owned() })
    }

    fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    fn unsupported_variable(&self) -> Option<&'static str> {
        UNSUPPORTED.into_iter().find(|name| self.get(name).is_some())
    }

    fn read_profile(&self, home: Option<&Path>) -> Result<AwsProfile> {
        let name = self.get("AWS_PROFILE").or_else(|| self.get("AWS_DEFAULT_PROFILE")).map(Secret::expose);
        let path = |variable: &str, default: &str| {
            let given = self.get(variable).map_or(default, Secret::expose);
            match given.strip_prefix("~/") {
                Some(below) => home.map(|home| home.join(below)),
                None => Some(PathBuf::from(given)),
            }
        };
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        AwsProfile::read(name, path("AWS_CONFIG_FILE", "~/.aws/config"), credentials)
    }
}

fn half_a_key(there: &str, missing: &str) -> Error {
    Error::Misconfigured {
        reason: format!("requests are to be signed for AWS, and {there} is set without {missing}"),
        hint: "set both, or unset both to take the keys of a profile".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<FoundKeys> {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        let profile = "[default]\naws_access_key_id = P\naws_secret_access_key = hunter2\nregion = eu-west-1\n";
        std::fs::write(home.path().join(".aws/credentials"), profile).unwrap();
        std::fs::write(home.path().join("other"), profile.replace("eu-west-1", "us-east-1")).unwrap();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        AwsVariables::from_variables(&variables.collect()).find_keys(Some(home.path()))
    }

    fn describe(variables: &[(&str, &str)]) -> String {
        let FoundKeys { keys, origin } = found(variables).unwrap();
        let session = keys.session.as_ref().map_or("-", Secret::expose);
        format!("{} {session} {} {}", keys.id.expose(), keys.region, if origin == ID { "variables" } else { "profile" })
    }

    #[test]
    fn variables_win_over_profiles_and_fill_in_for_each_other() {
        let pair = [(ID, "V"), (SECRET, "hunter2")];
        let with = |more: &[(&'static str, &'static str)]| [&pair[..], more].concat();
        for (variables, expected) in [
            (vec![], "P - eu-west-1 profile"),
            (vec![(ID, ""), ("AWS_REGION", "")], "P - eu-west-1 profile"),
            (vec![("AWS_DEFAULT_REGION", "a"), ("AWS_SESSION_TOKEN", "T")], "P - a profile"),
            (vec![("AWS_SHARED_CREDENTIALS_FILE", "~/other")], "P - us-east-1 profile"),
            (pair.to_vec(), "V - eu-west-1 variables"),
            (with(&[("AWS_REGION", "a"), ("AWS_DEFAULT_REGION", "b")]), "V - a variables"),
            (with(&[("AWS_SESSION_TOKEN", "T"), ("AWS_REGION", "a"), ("AWS_PROFILE", "none")]), "V T a variables"),
        ] {
            assert_eq!(describe(&variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn half_a_key_is_refused() {
        for (there, missing) in [(ID, SECRET), (SECRET, ID)] {
            let error = found(&[(there, "hunter2")]).unwrap_err().to_string();
            assert!(error.contains(&format!("{there} is set without {missing}")), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn debug_does_not_show_the_variables() {
        let environment = AwsVariables::from_variables(&[(SECRET.to_owned(), "hunter2".to_owned())].into());
        assert!(!format!("{environment:?}").contains("hunter2"), "{environment:?}");
    }
}
