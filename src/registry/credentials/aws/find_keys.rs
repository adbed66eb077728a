//! Finds the keys that the variables and profiles of AWS's own tools give.

use super::super::host_environment::HostEnvironment;
use super::super::login::Login;
use super::super::source::{FoundLogin, Source};
use super::keys::{AwsKeys, FoundKeys};
use super::profile::AwsProfile;
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// The variables with a region; newer tools read the first.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables that say that keys come from a service, which is not supported.
const UNSUPPORTED: [&str; 3] =
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// The keys of AWS, if requests are to be signed.
pub(in super::super) const SOURCE: Source = Source {
    find: |request| {
        if !request.signs_for_aws {
            return Ok(None);
        }
        let FoundKeys { keys, origin } = find_keys(request.environment)?;
        Ok(Some(FoundLogin { login: Login::AwsSignature(keys), origin: Some(origin) }))
    },
    list_given: |_| vec![],
    precedence: "requests are signed for AWS (tracking_aws_sigv4)",
};

/// Finds the keys: those in the variables, else those of the profile; each with the region of the variables, else of the
/// profile. The profile is the one that `AWS_PROFILE` names, else `default`.
///
/// # Errors
/// [`Error::Misconfigured`] when there are none, or a file that is needed cannot be used.
fn find_keys(environment: &HostEnvironment) -> Result<FoundKeys> {
    let first = |names: &[&str]| names.iter().find_map(|name| environment.variable(name));
    let read_profile = || {
        let name = first(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]).map(Secret::expose);
        let config = environment.path("AWS_CONFIG_FILE", "~/.aws/config");
        AwsProfile::read(name, config, environment.path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    };
    let region = first(&REGIONS).map(|region| region.expose().to_owned());
    let (id, secret) = match (environment.variable(ID), environment.variable(SECRET)) {
        (Some(id), Some(secret)) => (id.clone(), secret.clone()),
        (Some(_), None) => return Err(half_a_key(ID, SECRET)),
        (None, Some(_)) => return Err(half_a_key(SECRET, ID)),
        (None, None) => {
            let unsupported = UNSUPPORTED.into_iter().find(|name| environment.variable(name).is_some());
            return read_profile()?.keys(region, unsupported);
        }
    };
    let session = first(&["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"]).cloned();
    let region = match region {
        Some(region) => region,
        None => read_profile()?.region()?,
    };
    let keys = AwsKeys { id, secret, session, region }.validate("the variables")?;
    Ok(FoundKeys { keys, origin: ID.to_owned() })
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
        let home = ("HOME".to_owned(), home.path().to_string_lossy().into_owned());
        find_keys(&HostEnvironment::from_variables(&variables.chain([home]).collect()))
    }

    fn describe(variables: &[(&str, &str)]) -> String {
        let FoundKeys { keys, origin } = found(variables).unwrap();
        let session = keys.session.as_ref().map_or("-", Secret::expose);
        format!("{} {session} {} {}", keys.id.expose(), keys.region, if origin == ID { "variables" } else { "profile" })
    }

    #[test]
    fn variables_win_over_profiles_and_have_fallbacks() {
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
    fn an_incomplete_key_pair_is_refused() {
        for (there, missing) in [(ID, SECRET), (SECRET, ID)] {
            let error = found(&[(there, "hunter2")]).unwrap_err().to_string();
            assert!(error.contains(&format!("{there} is set without {missing}")), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
