//! Puts a login into a request.

use std::time::Duration;
#[cfg(feature = "sigv4")]
use std::time::SystemTime;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Request, RequestBuilder};

#[cfg(feature = "sigv4")]
use super::aws_signature;
use super::request_error::RequestError;
use crate::http::quote;
use crate::registry::credentials::Login;
use crate::secret::register_login;

/// A login in the form in which requests carry it.
#[derive(Clone)]
pub(super) struct Auth {
    login: Login,
    header: Option<(HeaderName, HeaderValue)>,
    user: Option<String>,
}

impl Auth {
    /// Prepares a login. A service principal cannot log in before it has a token; without one, requests are anonymous.
    pub(super) fn new(login: Login) -> Self {
        let user = match &login {
            Login::Basic { username, password } => {
                // Both go over the wire in one word, which a server may repeat.
                register_login(username, password.expose());
                Some(username.clone())
            }
            _ => None,
        };
        Self { login, header: None, user }
    }

    /// Makes the authentication of somebody without a login.
    pub(super) fn anonymous() -> Self {
        Self::new(Login::None)
    }

    /// Hides the name of the user, because one in a URL may be a token.
    pub(super) fn without_user(self) -> Self {
        Self { user: None, ..self }
    }

    /// Adds a header to every request.
    pub(super) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Describes who logs in, without the secret; none if nobody does.
    pub(super) fn describe(&self) -> Option<String> {
        match &self.login {
            Login::None | Login::ServicePrincipal { .. } => None,
            Login::Basic { .. } => {
                let user = self.user.as_deref().map_or_else(|| "a user".to_owned(), quote);
                Some(format!("{user}, with a password"))
            }
            Login::Bearer(_) => Some("the owner of a token".to_owned()),
            #[cfg(feature = "sigv4")]
            Login::AwsSignature(keys) => Some(keys.describe()),
        }
    }

    /// Builds a request with the login in it. A signature covers the whole request and holds for minutes.
    pub(super) fn sign(&self, request: RequestBuilder, timeout: Duration) -> Result<Request, RequestError> {
        let request = match &self.header {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        let request = match &self.login {
            Login::Basic { username, password } => request.basic_auth(username, Some(password.expose())),
            Login::Bearer(token) => request.bearer_auth(token.expose()),
            _ => request,
        };
        let built = request.build().map_err(|error| RequestError::from_transport(&error, timeout));
        #[cfg(feature = "sigv4")]
        if let Login::AwsSignature(keys) = &self.login {
            let mut request = built?;
            aws_signature::sign(&mut request, keys, SystemTime::now()).map_err(RequestError::unsigned)?;
            return Ok(request);
        }
        built
    }
}
