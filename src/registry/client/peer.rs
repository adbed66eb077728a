//! Whom a session asks, and as whom; and where both are configured, which hints name.

use super::options::Origins;

/// How to log in to an MLflow server.
const SET_LOGIN: &str = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN";

/// The server of a session, and the login that it gets.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The URL, as it may be shown.
    pub(super) uri: String,
    /// The host in it.
    pub(super) host: String,
    /// What requests carry.
    pub(super) login: SentLogin,
    /// Where the address and the login come from.
    pub(super) origins: Origins,
}

/// The login that requests carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SentLogin {
    /// None.
    None,
    /// A user and a password; with the name of the user.
    User(String),
    /// A user and a password in the address, whose name is not shown.
    InAddress,
    /// A token.
    Token,
    /// Another login, such as a signature.
    Other,
}

impl Peer {
    /// Names the address where it is configured, to follow "in" or "of".
    pub(super) fn address(&self) -> &str {
        self.origins.address.as_deref().unwrap_or("the address of the registry")
    }

    /// Returns the name of the user if there is one that may be shown.
    pub(super) fn user(&self) -> Option<&str> {
        match &self.login {
            SentLogin::User(name) => Some(name),
            _ => None,
        }
    }

    /// Describes that the login was refused, to follow the name of the server.
    pub fn refusal(&self) -> String {
        match &self.login {
            SentLogin::None => "wants a login, and none is set".to_owned(),
            SentLogin::User(name) => format!("refused the user {name:?}"),
            SentLogin::InAddress => "refused the user and the password in its address".to_owned(),
            SentLogin::Token => "refused the token".to_owned(),
            SentLogin::Other => "refused the login".to_owned(),
        }
    }

    /// Says what to do about a login that is missing or was refused.
    pub(super) fn login_hint(&self) -> String {
        let origin = self.origins.login.as_deref();
        match (&self.login, origin) {
            (SentLogin::None, _) => SET_LOGIN.to_owned(),
            (SentLogin::InAddress, _) => format!("correct the user and the password in {}", self.address()),
            (SentLogin::User(_), Some(origin)) => {
                format!("check the user and the password in {origin}: the password may have changed")
            }
            (SentLogin::Token, Some(origin)) => format!("check the token in {origin}: it may have expired"),
            (_, Some(origin)) => format!("check the login in {origin}"),
            (_, None) => format!("check the login, or {SET_LOGIN}"),
        }
    }
}
