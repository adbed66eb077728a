//! The profiles in `~/.aws/config` and `~/.aws/credentials`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::keys::{Found, Keys};
use crate::registry::{Error, Result, ini};
use crate::secret::Secret;

/// The profile that is meant where nobody names one.
const DEFAULT: &str = "default";

/// What says that AWS's own tools would use keys that they ask for, whatever keys stand beside it.
const ASKED_FIRST: [&str; 4] = ["role_arn", "sso_session", "sso_start_url", "sso_account_id"];

/// What says so where there are no keys.
const ASKED_LAST: [&str; 2] = ["credential_process", "login_session"];

/// How to get keys that have to be asked for.
const EXPORT: &str = "have AWS's command line get them first: \
                      `eval \"$(aws configure export-credentials --format env)\"`, with `--profile` for another profile";

/// One profile, as far as it is there.
#[derive(Debug)]
pub(super) struct Profile {
    name: String,
    fields: BTreeMap<String, Secret>,
    /// The files that were looked into.
    files: String,
}

impl Profile {
    /// Reads a profile out of both files, where the file of credentials wins. Files that do not exist hold nothing.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when a file cannot be read, or a profile that was named is in neither.
    pub(super) fn read(name: Option<&str>, config: Option<PathBuf>, credentials: Option<PathBuf>) -> Result<Self> {
        let wanted = name.unwrap_or(DEFAULT);
        let (mut fields, mut known) = (BTreeMap::new(), vec![]);
        let mut is_there = false;
        for (path, prefix) in [(&config, "profile"), (&credentials, "")] {
            let sections = path.as_deref().map_or(Ok(ini::Sections::new()), sections)?;
            for (section, values) in sections {
                let Some(profile) = profile(&section, prefix) else { continue };
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
    /// [`Error::Misconfigured`] when it says none.
    pub(super) fn region(&self) -> Result<String> {
        let region = self.get("region").map(|region| region.expose().to_owned());
        region.ok_or_else(|| Error::Misconfigured {
            reason: format!(
                "requests are to be signed for AWS, and no region is given: neither AWS_REGION nor AWS_DEFAULT_REGION \
                 is set, and {} has no `region` in {}",
                self.told(),
                self.files
            ),
            hint: "set AWS_REGION to the region of the gateway, such as `eu-west-1`".into(),
        })
    }

    /// Returns the keys, in a region of the variables where there is one.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when there are none, or they would have to be asked for.
    pub(super) fn keys(&self, region: Option<String>, asked_by: Option<&str>) -> Result<Found> {
        if let Some(field) = ASKED_FIRST.iter().find(|field| self.get(field).is_some()) {
            return Err(self.asked(field));
        }
        let (id, secret) = match (self.get("aws_access_key_id"), self.get("aws_secret_access_key")) {
            (Some(id), Some(secret)) => (id.clone(), secret.clone()),
            (None, None) => return Err(self.no_keys(asked_by)),
            (id, _) => {
                let missing = if id.is_some() { "aws_secret_access_key" } else { "aws_access_key_id" };
                let reason = format!("{} lacks its `{missing}` in {}", self.told(), self.files);
                return Err(Error::Misconfigured { reason, hint: "write both halves of the key".into() });
            }
        };
        let session = self.get("aws_session_token").or_else(|| self.get("aws_security_token")).cloned();
        let region = region.map_or_else(|| self.region(), Ok)?;
        let place = format!("{} of {}", self.told(), self.files);
        Ok(Found { keys: Keys { id, secret, session, region }.check(&place)?, place })
    }

    fn no_keys(&self, asked_by: Option<&str>) -> Error {
        if let Some(field) = ASKED_LAST.iter().find(|field| self.get(field).is_some()) {
            return self.asked(field);
        }
        if let Some(variable) = asked_by {
            return Error::Misconfigured {
                reason: format!("{variable} says where to ask for keys of AWS, which is not done here"),
                hint: EXPORT.into(),
            };
        }
        Error::Misconfigured {
            reason: format!(
                "requests are to be signed for AWS, and there are no keys: AWS_ACCESS_KEY_ID is not set, and {} has \
                 none in {}",
                self.told(),
                self.files
            ),
            hint:
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN where the keys are lent, or \
                   AWS_PROFILE; `aws configure` writes a profile"
                    .into(),
        }
    }

    fn asked(&self, field: &str) -> Error {
        Error::Misconfigured {
            reason: format!("{} has its keys asked for by `{field}`, which is not done here", self.told()),
            hint: EXPORT.into(),
        }
    }

    fn told(&self) -> String {
        format!("the AWS profile {:?}", self.name)
    }

    fn get(&self, field: &str) -> Option<&Secret> {
        self.fields.get(field).filter(|value| !value.is_empty())
    }
}

fn sections(path: &Path) -> Result<ini::Sections> {
    let unusable = |fault: String| Error::Misconfigured {
        reason: format!("the file of AWS profiles {} {fault}", path.display()),
        hint: "repair it; or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and it is not read".into(),
    };
    match crate::input_file::read_to_string(path) {
        Ok(text) => ini::parse(&flat(&text)).map_err(|fault| unusable(format!("is damaged: {fault}"))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(BTreeMap::new()),
        Err(error) => Err(unusable(format!("cannot be read: {error}"))),
    }
}

/// Returns the profile of a section; none where it is of something else. The file of credentials has no prefix.
fn profile<'s>(section: &'s str, prefix: &str) -> Option<&'s str> {
    if prefix.is_empty() || section == DEFAULT {
        return Some(section);
    }
    let name = section.strip_prefix(prefix)?;
    name.starts_with(char::is_whitespace).then(|| name.trim().trim_matches(['"', '\'']))
}

/// Blanks the lines that are indented below a key: AWS nests the settings of its services there, and repeats keys.
fn flat(text: &str) -> String {
    let mut key_indent = None;
    let mut flat = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let is_nested = key_indent.is_some_and(|key_indent| indent > key_indent);
        if !is_nested && !line.trim().is_empty() {
            flat += line;
            key_indent = Some(indent).filter(|_| !line.trim_start().starts_with(['[', '#', ';']));
        }
        flat.push('\n');
    }
    flat
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

    fn read(name: Option<&str>) -> Result<Profile> {
        let home = tempfile::tempdir().unwrap();
        let (config, credentials) = (home.path().join("config"), home.path().join("credentials"));
        fs::write(&config, CONFIG).unwrap();
        fs::write(&credentials, CREDENTIALS).unwrap();
        Profile::read(name, Some(config), Some(credentials))
    }

    fn fault(name: &str) -> String {
        let found = read(Some(name)).and_then(|profile| profile.keys(Some("r".into()), None));
        found.unwrap_err().to_string()
    }

    #[test]
    fn a_profile_is_made_of_both_files_and_the_credentials_win() {
        let keys = |name| {
            let Keys { id, session, region, .. } = read(name).unwrap().keys(None, None).unwrap().keys;
            (id.expose().to_owned(), session.map(|session| session.expose().to_owned()), region)
        };
        assert_eq!(keys(None), ("D".into(), None, "eu-west-1".into()));
        assert_eq!(keys(Some("prod")), ("P".into(), Some("T".into()), "us-east-1".into()));
        assert_eq!(read(Some("a b")).unwrap().region().unwrap(), "ap-south-1");
        assert_eq!(read(None).unwrap().keys(Some("other".into()), None).unwrap().keys.region, "other");
    }

    #[test]
    fn a_profile_that_has_no_keys_says_why() {
        assert!(fault("role").contains("\"role\" has its keys asked for by `role_arn`"), "{}", fault("role"));
        assert!(fault("tool").contains("`credential_process`"), "{}", fault("tool"));
        assert!(fault("half").contains("lacks its `aws_secret_access_key`"), "{}", fault("half"));
        assert!(fault("a b").contains("there are no keys"), "{}", fault("a b"));
        let asked = read(Some("a b")).unwrap().keys(None, Some("AWS_WEB_IDENTITY_TOKEN_FILE")).unwrap_err();
        assert!(asked.to_string().contains("AWS_WEB_IDENTITY_TOKEN_FILE says where"), "{asked}");
    }

    #[test]
    fn a_profile_that_is_not_there_is_named_with_those_that_are() {
        let Error::Misconfigured { reason, hint } = read(Some("x")).unwrap_err() else { panic!() };
        assert!(reason.ends_with("have no profile \"x\""), "{reason}");
        assert_eq!(hint, "set AWS_PROFILE to one of `default`, `a b`, `half`, `prod`, `role`, `tool`, `profile odd`");
        assert!(Profile::read(Some("x"), None, None).is_err() && Profile::read(None, None, None).is_ok());
    }
}
