//! The login in `~/.mlflow/credentials`.

use std::path::Path;

use super::host_environment::HostEnvironment;
use super::ini;
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

/// How messages name the file.
pub(super) const NAME: &str = "~/.mlflow/credentials";

/// What the file holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FiledLogin {
    pub(super) username: Option<String>,
    pub(super) password: Option<Secret>,
}

impl FiledLogin {
    /// Returns whether it is a whole login.
    pub(super) fn is_whole(&self) -> bool {
        self.username.is_some() && self.password.is_some()
    }
}

/// Reads the file; one that does not exist holds nothing.
///
/// # Errors
/// [`Error::Misconfigured`] when it exists and cannot be read.
pub(super) fn read(environment: &HostEnvironment) -> Result<FiledLogin> {
    let Some(path) = environment.home().map(|home| home.join(".mlflow/credentials")) else {
        return Ok(FiledLogin::default());
    };
    let Some(text) = ini::read_if_exists(&path).map_err(|fault| unusable(&path, &fault))? else {
        return Ok(FiledLogin::default());
    };
    let mut sections = ini::parse(&text).map_err(|fault| unusable(&path, &format!("is damaged: {fault}")))?;
    let mut section = sections.remove("mlflow").unwrap_or_default();
    // Python's reader takes `%` for the start of a reference, and two of them for one.
    let mut field = |key: &str| {
        let value = section.remove(key).map(|value| value.expose().replace("%%", "%"));
        value.filter(|value| !value.is_empty())
    };
    let username = field("mlflow_tracking_username");
    Ok(FiledLogin { username, password: field("mlflow_tracking_password").map(Secret::new) })
}

fn unusable(path: &Path, fault: &str) -> Error {
    Error::Misconfigured {
        reason: format!("the file of MLflow logins {} {fault}", path.display()),
        hint: "repair it or remove it; it holds `[mlflow]`, and below it `mlflow_tracking_username = …` and \
               `mlflow_tracking_password = …`"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read_at_home(text: &str) -> Result<FiledLogin> {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".mlflow")).unwrap();
        fs::write(home.path().join(".mlflow/credentials"), text).unwrap();
        let home = home.path().to_string_lossy().into_owned();
        read(&HostEnvironment::from_variables(&[("HOME".to_owned(), home)].into()))
    }

    #[test]
    fn a_file_of_logins_is_read_as_pythons_reader_reads_it() {
        let text = "; mine\n[mlflow]\nMLFLOW_TRACKING_USERNAME = me\nmlflow_tracking_password: a%%b=c\n[other]\nx=y\n";
        let expected = FiledLogin { username: Some("me".into()), password: Some(Secret::new("a%b=c")) };
        assert_eq!(read_at_home(text).unwrap(), expected);
        assert_eq!(read_at_home("[other]\nmlflow_tracking_username = me\n").unwrap(), FiledLogin::default());
        assert_eq!(read_at_home("[mlflow]\nmlflow_tracking_username =\n").unwrap(), FiledLogin::default());
        assert_eq!(read(&HostEnvironment::default()).unwrap(), FiledLogin::default());
    }

    #[test]
    fn a_damaged_file_of_logins_is_named_and_not_shown() {
        let error = read_at_home("[mlflow]\nhunter2\n").unwrap_err();
        assert!(format!("{error:?}").contains("line 2") && !format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}
