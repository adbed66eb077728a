//! What a machine offers to every client of MLflow: files with logins, and authorities to trust.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

#[cfg(feature = "sigv4")]
use super::aws;
use super::netrc;
use crate::http::Proxies;
use crate::registry::{Error, Result, ini};
use crate::secret::Secret;

/// The variables that name a file of authorities: the first two are those of Python's `requests`, in its order.
const BUNDLES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];

/// The files that a user keeps for clients of MLflow. Empty variables name none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surroundings {
    home: Option<PathBuf>,
    netrc: Option<PathBuf>,
    ca_bundle: Option<PathBuf>,
    proxies: Proxies,
    #[cfg(feature = "sigv4")]
    aws: aws::Environment,
}

/// A user and a password, as far as they are known.
pub(super) type Pair = (Option<String>, Option<Secret>);

impl Surroundings {
    /// Finds them by the variables of a process.
    pub fn of(variables: &BTreeMap<String, String>) -> Self {
        let path = |name: &&str| variables.get(*name).filter(|path| !path.is_empty()).map(PathBuf::from);
        Self {
            home: ["HOME", "USERPROFILE"].iter().find_map(path),
            netrc: path(&"NETRC"),
            ca_bundle: BUNDLES.iter().find_map(path),
            proxies: Proxies::of(variables),
            #[cfg(feature = "sigv4")]
            aws: aws::Environment::of(variables),
        }
    }

    /// Returns the file of authorities that counts where a config names none.
    pub fn ca_bundle(&self) -> Option<&Path> {
        self.ca_bundle.as_deref()
    }

    /// Returns the proxies that the variables name.
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// Finds the keys that requests are signed with for AWS.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when there are none, or what has them cannot be used.
    #[cfg(feature = "sigv4")]
    pub(super) fn aws_keys(&self) -> Result<aws::Found> {
        self.aws.keys(self.home.as_deref())
    }

    /// Reads the login in `~/.mlflow/credentials`, where there is one.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] when the file is there and cannot be read.
    pub(super) fn credentials(&self) -> Result<Pair> {
        let Some(path) = self.home.as_ref().map(|home| home.join(".mlflow/credentials")) else {
            return Ok((None, None));
        };
        let unusable = |fault: String| Error::Misconfigured {
            reason: format!("the file of MLflow logins {} {fault}", path.display()),
            hint: "repair it or remove it; it holds `[mlflow]`, and below it `mlflow_tracking_username = …` and \
                   `mlflow_tracking_password = …`"
                .into(),
        };
        let text = match crate::input_file::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok((None, None));
            }
            Err(error) => return Err(unusable(format!("cannot be read: {error}"))),
        };
        let mut sections = ini::parse(&text).map_err(|fault| unusable(format!("is damaged: {fault}")))?;
        let mut section = sections.remove("mlflow").unwrap_or_default();
        // Python's reader takes `%` for the begin of a reference, and two of them for one.
        let mut field = |key: &str| {
            let value = section.remove(key).map(|value| value.expose().replace("%%", "%"));
            value.filter(|value| !value.is_empty())
        };
        Ok((field("mlflow_tracking_username"), field("mlflow_tracking_password").map(Secret::new)))
    }

    /// Reads the login of a host in the file that NETRC names, else in `~/.netrc` or `~/_netrc`. Like `requests`, it
    /// takes a file that it cannot use for none, but says so.
    pub(super) fn netrc(&self, host: &str) -> Option<(String, Secret)> {
        let path = self.netrc_path()?;
        let unused = |fault: &str| tracing::warn!("{} {fault}, so that no login is taken from it", path.display());
        match crate::input_file::read_to_string(&path) {
            Ok(text) => netrc::login(&text, host).unwrap_or_else(|fault| {
                unused(&format!("is damaged: {fault}"));
                None
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                unused(&format!("cannot be read: {error}"));
                None
            }
        }
    }

    fn netrc_path(&self) -> Option<PathBuf> {
        let below_home = || {
            let home = self.home.as_ref()?;
            [".netrc", "_netrc"].iter().map(|name| home.join(name)).find(|path| path.is_file())
        };
        self.netrc.clone().or_else(below_home)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn at_home(text: &str) -> Result<Pair> {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".mlflow")).unwrap();
        fs::write(home.path().join(".mlflow/credentials"), text).unwrap();
        let home = home.path().to_string_lossy().into_owned();
        Surroundings::of(&[("HOME".to_owned(), home)].into()).credentials()
    }

    #[test]
    fn a_file_of_logins_is_read_as_pythons_reader_reads_it() {
        let text = "; mine\n[mlflow]\nMLFLOW_TRACKING_USERNAME = me\nmlflow_tracking_password: a%%b=c\n[other]\nx=y\n";
        assert_eq!(at_home(text).unwrap(), (Some("me".into()), Some(Secret::new("a%b=c"))));
        assert_eq!(at_home("[other]\nmlflow_tracking_username = me\n").unwrap(), (None, None));
        assert_eq!(at_home("[mlflow]\nmlflow_tracking_username =\n").unwrap(), (None, None));
        assert_eq!(Surroundings::default().credentials().unwrap(), (None, None));
    }

    #[test]
    fn a_damaged_file_of_logins_is_named_and_not_shown() {
        let error = at_home("[mlflow]\nhunter2\n").unwrap_err();
        assert!(format!("{error:?}").contains("line 2") && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn the_first_variable_that_names_authorities_counts() {
        let variables = [("SSL_CERT_FILE", "c"), ("CURL_CA_BUNDLE", "b"), ("REQUESTS_CA_BUNDLE", "")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Surroundings::of(&variables.into()).ca_bundle(), Some(Path::new("b")));
    }
}
