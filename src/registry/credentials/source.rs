//! One source of logins, as an entry of the ordered list.

use super::fields::LoginFields;
use super::host_environment::HostEnvironment;
use super::login::Login;
use crate::registry::error::Result;
use crate::registry::server_url::UserPassword;

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
