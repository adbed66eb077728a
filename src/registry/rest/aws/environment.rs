//! Where keys of AWS are looked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::keys::{Found, Keys};
use super::profile::Profile;
use crate::registry::{Error, Result};
use crate::secret::Secret;

const PREFIX: &str = "AWS_";
const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// The regions, first the one of newer tools.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// What says that keys are to be asked of a service, which is not done here.
const ASKED: [&str; 3] =
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// The variables of AWS's own tools. Empty ones say nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::registry::rest) struct Environment(BTreeMap<String, Secret>);

impl Environment {
    /// Picks them out of the variables of a process.
    pub(in crate::registry::rest) fn of(variables: &BTreeMap<String, String>) -> Self {
        let given = variables.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
        Self(given.map(|(name, value)| (name.clone(), Secret::named(name, value))).collect())
    }

    /// Finds the keys: those in the variables, else those of the profile; each with the region of the variables, else
    /// of the profile. The profile is the one that `AWS_PROFILE` names, else `default`.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when there are none, or a file that is needed cannot be used.
    pub(in crate::registry::rest) fn keys(&self, home: Option<&Path>) -> Result<Found> {
        let region = REGIONS.iter().find_map(|name| self.get(name)).map(|region| region.expose().to_owned());
        let (id, secret) = match (self.get(ID), self.get(SECRET)) {
            (Some(id), Some(secret)) => (id.clone(), secret.clone()),
            (Some(_), None) => return Err(half(ID, SECRET)),
            (None, Some(_)) => return Err(half(SECRET, ID)),
            (None, None) => return self.profile(home)?.keys(region, self.asked()),
        };
        let session = self.get("AWS_SESSION_TOKEN").or_else(|| self.get("AWS_SECURITY_TOKEN")).cloned();
        let region = match region {
            Some(region) => region,
            None => self.profile(home)?.region()?,
        };
        let keys = Keys { id, secret, session, region }.check("the variables")?;
        Ok(Found { keys, place: ID.to_owned() })
    }

    fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    fn asked(&self) -> Option<&'static str> {
        ASKED.into_iter().find(|name| self.get(name).is_some())
    }

    fn profile(&self, home: Option<&Path>) -> Result<Profile> {
        let name = self.get("AWS_PROFILE").or_else(|| self.get("AWS_DEFAULT_PROFILE")).map(Secret::expose);
        let path = |variable: &str, default: &str| {
            let given = self.get(variable).map_or(default, Secret::expose);
            match given.strip_prefix("~/") {
                Some(below) => home.map(|home| home.join(below)),
                None => Some(PathBuf::from(given)),
            }
        };
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        Profile::read(name, path("AWS_CONFIG_FILE", "~/.aws/config"), credentials)
    }
}

fn half(there: &str, missing: &str) -> Error {
    Error::Misconfigured {
        reason: format!("requests are to be signed for AWS, and {there} is set without {missing}"),
        hint: "set both, or unset both to take the keys of a profile".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Found> {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".aws")).unwrap();
        let profile = "[default]\naws_access_key_id = P\naws_secret_access_key = hunter2\nregion = eu-west-1\n";
        std::fs::write(home.path().join(".aws/credentials"), profile).unwrap();
        std::fs::write(home.path().join("other"), profile.replace("eu-west-1", "us-east-1")).unwrap();
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::of(&variables.collect()).keys(Some(home.path()))
    }

    fn told(variables: &[(&str, &str)]) -> String {
        let Found { keys, place } = found(variables).unwrap();
        let session = keys.session.as_ref().map_or("-", Secret::expose);
        format!("{} {session} {} {}", keys.id.expose(), keys.region, if place == ID { "variables" } else { "profile" })
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
            assert_eq!(told(&variables), expected, "{variables:?}");
        }
    }

    #[test]
    fn half_a_key_is_no_key() {
        for (there, missing) in [(ID, SECRET), (SECRET, ID)] {
            let error = found(&[(there, "hunter2")]).unwrap_err().to_string();
            assert!(error.contains(&format!("{there} is set without {missing}")), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn variables_are_not_shown() {
        let environment = Environment::of(&[(SECRET.to_owned(), "hunter2".to_owned())].into());
        assert!(!format!("{environment:?}").contains("hunter2"), "{environment:?}");
    }
}
