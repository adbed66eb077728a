//! One source of logins, as an entry of the ordered list.

use super::host_environment::HostEnvironment;
use super::login::Login;
use crate::registry::error::Result;
use crate::registry::server_url::UserPassword;
use crate::secret::Secret;

/// A source of logins for an MLflow server.
pub(super) struct Source {
    /// Returns the login that the source has for a server.
    pub(super) find: fn(&LoginRequest<'_>) -> Result<Option<FoundLogin>>,
    /// Names what the source was given, whether or not it makes a whole login.
    pub(super) list_given: fn(&LoginRequest<'_>) -> Vec<String>,
    /// Why what other sources were given is ignored if this source has a login.
    pub(super) precedence: &'static str,
}

/// The server that needs a login, and what was given for it.
pub(super) struct LoginRequest<'r> {
    /// The host of the server.
    pub(super) host: Option<&'r str>,
    /// The login in the URL of the server.
    pub(super) in_url: Option<UserPassword>,
    /// The fields of the config.
    pub(super) fields: &'r LoginFields,
    /// The prefix of the names of these fields.
    pub(super) prefix: &'static str,
    /// Whether the files of the machine count: not beside a login that is for the registry alone.
    pub(super) reads_files: bool,
    /// Whether requests are to be signed for AWS.
    #[cfg(feature = "sigv4")]
    pub(super) signs_for_aws: bool,
    /// What the machine offers.
    pub(super) environment: &'r HostEnvironment,
}

/// A login, and where it comes from.
pub(super) struct FoundLogin {
    pub(super) login: Login,
    /// The field or the file with the secret; none if it is in the URL.
    pub(super) origin: Option<String>,
}

/// The fields of a login in a config. Empty texts count as not given.
#[derive(Debug, Clone, Default)]
pub struct LoginFields {
    pub(super) username: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) token: Option<Secret>,
}

impl LoginFields {
    /// Takes the fields as the config has them.
    pub fn new(username: Option<&String>, password: Option<&Secret>, token: Option<&Secret>) -> Self {
        let secret = |secret: Option<&Secret>| secret.filter(|secret| !secret.is_empty()).cloned();
        Self {
            username: username.filter(|username| !username.is_empty()).cloned(),
            password: secret(password),
            token: secret(token),
        }
    }

    /// Returns the names of the fields that are given, without their prefix.
    pub(super) fn given(&self) -> Vec<&'static str> {
        let fields = [
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("token", self.token.is_some()),
        ];
        fields.into_iter().filter(|(_, is_given)| *is_given).map(|(field, _)| field).collect()
    }
}

impl LoginRequest<'_> {
    /// Returns the name of a field as it is in the config.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }
}
