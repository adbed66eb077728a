//! The profiles in `~/.aws/config` and `~/.aws/credentials`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::ini;
use super::keys::{AwsKeys, FoundKeys};
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

/// The profile that counts if none is named.
const DEFAULT: &str = "default";

/// The fields with which AWS's own tools fetch keys, whatever keys stand beside them. That is not supported.
const FETCHED_FIRST: [&str; 4] = ["role_arn", "sso_session", "sso_start_url", "sso_account_id"];

/// The fields with which they fetch keys if there are none.
const FETCHED_LAST: [&str; 2] = ["credential_process", "login_session"];

/// How to get keys that must be fetched.
const EXPORT: &str = "have AWS's command line get them first: \
                      `eval \"$(aws configure export-credentials --format env)\"`, with `--profile` for another profile";

/// One profile; empty if it does not exist.
#[derive(Debug)]
pub(super) struct AwsProfile {
    name: String,
    fields: BTreeMap<String, Secret>,
    /// The files that were read, as messages name them.
    files: String,
}

impl AwsProfile {
    /// Reads a profile from both files; the credentials file wins. Files that do not exist hold nothing.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when a file cannot be read, or a profile that was named is in neither.
    pub(super) fn read(name: Option<&str>, config: Option<PathBuf>, credentials: Option<PathBuf>) -> Result<Self> {
        let wanted = name.unwrap_or(DEFAULT);
        let (mut fields, mut known) = (BTreeMap::new(), vec![]);
        let mut is_there = false;
        for (path, prefix) in [(&config, "profile"), (&credentials, "")] {
            let sections = path.as_deref().map_or(Ok(ini::Sections::new()), read_sections)?;
            for (section, values) in sections {
                let Some(profile) = profile_name(&section, prefix) else { continue };
                if profile == wanted {
                    fields.extend(values);
                    is_there = true;
                } else if !known.contains(&format!("`{profile}`")) {
                    known.push(format!("`{profile}`"));
                }
            }
        }
        let files: Vec<String> =
            [config, credentials].iter().flatten().map(|path| path.display().to_string()).collect();
        let files = if files.is_empty() { "~/.aws".to_owned() } else { files.join(" and ") };
        if name.is_some() && !is_there {
            let hint = match known.is_empty() {
                true => "there is no profile at all; unset AWS_PROFILE, or write the profile".to_owned(),
                false => format!("set AWS_PROFILE to one of {}", known.join(", ")),
            };
            return Err(Error::Misconfigured { reason: format!("{files} have no profile {wanted:?}"), hint });
        }
        Ok(Self { name: wanted.to_owned(), fields, files })
    }

    /// Returns the region.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when it names none.
    pub(super) fn region(&self) -> Result<String> {
        let region = self.get("region").map(|region| region.expose().to_owned());
        region.ok_or_else(|| Error::Misconfigured {
            reason: format!(
                "requests are to be signed for AWS, and no region is given: neither AWS_REGION nor AWS_DEFAULT_REGION \
                 is set, and {} has no `region` in {}",
                self.describe(),
                self.files
            ),
            hint: "set AWS_REGION to the region of the gateway, such as `eu-west-1`".into(),
        })
    }

    /// Returns the keys, with the region of the variables if they name one.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when there are none, or they would have to be fetched.
    pub(super) fn keys(&self, region: Option<String>, fetched_by: Option<&str>) -> Result<FoundKeys> {
        if let Some(field) = FETCHED_FIRST.iter().find(|field| self.get(field).is_some()) {
            return Err(self.must_fetch(field));
        }
        let (id, secret) = match (self.get("aws_access_key_id"), self.get("aws_secret_access_key")) {
            (Some(id), Some(secret)) => (id.clone(), secret.clone()),
            (None, None) => return Err(self.no_keys(fetched_by)),
            (id, _) => {
                let missing = if id.is_some() { "aws_secret_access_key" } else { "aws_access_key_id" };
                let reason = format!("{} lacks its `{missing}` in {}", self.describe(), self.files);
                return Err(Error::Misconfigured { reason, hint: "write both halves of the key".into() });
            }
        };
        let session = self.get("aws_session_token").or_else(|| self.get("aws_security_token")).cloned();
        let region = region.map_or_else(|| self.region(), Ok)?;
        let origin = format!("{} of {}", self.describe(), self.files);
        Ok(FoundKeys { keys: AwsKeys { id, secret, session, region }.validate(&origin)?, origin })
    }

    fn no_keys(&self, fetched_by: Option<&str>) -> Error {
        if let Some(field) = FETCHED_LAST.iter().find(|field| self.get(field).is_some()) {
            return self.must_fetch(field);
        }
        if let Some(variable) = fetched_by {
            return Error::Misconfigured {
                reason: format!("{variable} says where to ask for keys of AWS, which is not done here"),
                hint: EXPORT.into(),
            };
        }
        Error::Misconfigured {
            reason: format!(
                "requests are to be signed for AWS, and there are no keys: AWS_ACCESS_KEY_ID is not set, and {} has \
                 none in {}",
                self.describe(),
                self.files
            ),
            hint:
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN where the keys are lent, or \
                   AWS_PROFILE; `aws configure` writes a profile"
                    .into(),
        }
    }

    fn must_fetch(&self, field: &str) -> Error {
        Error::Misconfigured {
            reason: format!("{} has its keys asked for by `{field}`, which is not done here", self.describe()),
            hint: EXPORT.into(),
        }
    }

    fn describe(&self) -> String {
        format!("the AWS profile {:?}", self.name)
    }

    fn get(&self, field: &str) -> Option<&Secret> {
        self.fields.get(field).filter(|value| !value.is_empty())
    }
}

fn read_sections(path: &Path) -> Result<ini::Sections> {
    let unusable = |fault: String| Error::Misconfigured {
        reason: format!("the file of AWS profiles {} {fault}", path.display()),
        hint: "repair it; or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and it is not read".into(),
    };
    match ini::read_if_exists(path).map_err(unusable)? {
        Some(text) => ini::parse(&drop_nested(&text)).map_err(|fault| unusable(format!("is damaged: {fault}"))),
        None => Ok(ini::Sections::new()),
    }
}

/// Returns the profile of a section; none if the section is something else. The credentials file has no prefix.
fn profile_name<'s>(section: &'s str, prefix: &str) -> Option<&'s str> {
    if prefix.is_empty() || section == DEFAULT {
        return Some(section);
    }
    let name = section.strip_prefix(prefix)?;
    name.starts_with(char::is_whitespace).then(|| name.trim().trim_matches(['"', '\'']))
}

/// Blanks the lines that are indented below a key: AWS nests the settings of its services there, and repeats keys.
fn drop_nested(text: &str) -> String {
    let mut key_indent = None;
    let mut kept = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let is_nested = key_indent.is_some_and(|key_indent| indent > key_indent);
        if !is_nested && !line.trim().is_empty() {
            kept += line;
            key_indent = Some(indent).filter(|_| !line.trim_start().starts_with(['[', '#', ';']));
        }
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-west-1\ns3 =\n    max_queue_size = 1\n    max_queue_size = 2\n\
                          [profile prod]\nregion = us-east-1\naws_access_key_id = old\n\
                          [sso-session corp]\nsso_region = x\n[profile \"a b\"]\n  region = ap-south-1\n  output = json\n\
                          [profile role]\nrole_arn = arn:aws:iam::1:role/x\naws_access_key_id = A\naws_secret_access_key = B\n\
                          [profile tool]\ncredential_process = /bin/keys\n[profile half]\naws_access_key_id = A\n";
    const CREDENTIALS: &str = "[default]\naws_access_key_id = D\naws_secret_access_key = hunter2\n\
                               [prod]\naws_access_key_id = P\naws_secret_access_key = hunter2\naws_session_token = T\n\
                               [profile odd]\naws_access_key_id = O\naws_secret_access_key = hunter2\n";

    fn read(name: Option<&str>) -> Result<AwsProfile> {
        let home = tempfile::tempdir().unwrap();
        let (config, credentials) = (home.path().join("config"), home.path().join("credentials"));
        fs::write(&config, CONFIG).unwrap();
        fs::write(&credentials, CREDENTIALS).unwrap();
        AwsProfile::read(name, Some(config), Some(credentials))
    }

    fn fault(name: &str) -> String {
        let found = read(Some(name)).and_then(|profile| profile.keys(Some("r".into()), None));
        found.unwrap_err().to_string()
    }

    #[test]
    fn the_credentials_file_wins_over_the_config_file() {
        let keys = |name| {
            let AwsKeys { id, session, region, .. } = read(name).unwrap().keys(None, None).unwrap().keys;
            (id.expose().to_owned(), session.map(|session| session.expose().to_owned()), region)
        };
        assert_eq!(keys(None), ("D".into(), None, "eu-west-1".into()));
        assert_eq!(keys(Some("prod")), ("P".into(), Some("T".into()), "us-east-1".into()));
        assert_eq!(read(Some("a b")).unwrap().region().unwrap(), "ap-south-1");
        assert_eq!(read(None).unwrap().keys(Some("other".into()), None).unwrap().keys.region, "other");
    }

    #[test]
    fn a_profile_without_keys_is_reported_with_the_reason() {
        assert!(fault("role").contains("\"role\" has its keys asked for by `role_arn`"), "{}", fault("role"));
        assert!(fault("tool").contains("`credential_process`"), "{}", fault("tool"));
        assert!(fault("half").contains("lacks its `aws_secret_access_key`"), "{}", fault("half"));
        assert!(fault("a b").contains("there are no keys"), "{}", fault("a b"));
        let asked = read(Some("a b")).unwrap().keys(None, Some("AWS_WEB_IDENTITY_TOKEN_FILE")).unwrap_err();
        assert!(asked.to_string().contains("AWS_WEB_IDENTITY_TOKEN_FILE says where"), "{asked}");
    }

    #[test]
    fn a_missing_profile_is_named_with_those_that_exist() {
        let Error::Misconfigured { reason, hint } = read(Some("x")).unwrap_err() else { panic!() };
        assert!(reason.ends_with("have no profile \"x\""), "{reason}");
        assert_eq!(hint, "set AWS_PROFILE to one of `default`, `a b`, `half`, `prod`, `role`, `tool`, `profile odd`");
        assert!(AwsProfile::read(Some("x"), None, None).is_err() && AwsProfile::read(None, None, None).is_ok());
    }
}
