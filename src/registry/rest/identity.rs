//! Who a request says it is from.

use std::time::Duration;
#[cfg(feature = "sigv4")]
use std::time::SystemTime;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Request, RequestBuilder};

use super::failure::Failure;
use super::options::Login;
use crate::http::quote;
use crate::redact::register_login;

/// A login, with what else goes with it.
#[derive(Clone)]
pub(in crate::registry) struct Identity {
    login: Login,
    header: Option<(HeaderName, HeaderValue)>,
    user: Option<String>,
}

impl Identity {
    /// Makes an identity of a login.
    pub(in crate::registry) fn of(login: Login) -> Self {
        let user = match &login {
            Login::Basic { username, password } => {
                // Both go over the wire in one word, which a server may repeat.
                register_login(username, password.expose());
                Some(username.clone())
            }
            Login::None | Login::Bearer(_) => None,
            #[cfg(feature = "sigv4")]
            Login::Signed(_) => None,
        };
        Self { login, header: None, user }
    }

    /// Keeps the name of the user to itself, as it is to be where it came in an address: it may be a token.
    pub(super) fn nameless(self) -> Self {
        Self { user: None, ..self }
    }

    /// Returns the user, where that may be told.
    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Adds a header to every request.
    pub(in crate::registry) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Says who it is, without what proves it; none where nobody logs in.
    pub(super) fn told(&self) -> Option<String> {
        match &self.login {
            Login::None => None,
            Login::Basic { .. } => {
                let user = self.user.as_deref().map_or_else(|| "a user".to_owned(), quote);
                Some(format!("{user}, with a password"))
            }
            Login::Bearer(_) => Some("the owner of a token".to_owned()),
            #[cfg(feature = "sigv4")]
            Login::Signed(keys) => Some(keys.told()),
        }
    }

    /// Puts the login into a request, which is whole then: a signature is of all of it, and of this moment.
    pub(super) fn sign(&self, request: RequestBuilder, timeout: Duration) -> Result<Request, Failure> {
        let request = match &self.header {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        let request = match &self.login {
            Login::Basic { username, password } => request.basic_auth(username, Some(password.expose())),
            Login::Bearer(token) => request.bearer_auth(token.expose()),
            Login::None => request,
            #[cfg(feature = "sigv4")]
            Login::Signed(_) => request,
        };
        let built = request.build().map_err(|error| Failure::no_answer(&error, timeout));
        #[cfg(feature = "sigv4")]
        if let Login::Signed(keys) = &self.login {
            let mut request = built?;
            super::aws::sign(&mut request, keys, SystemTime::now()).map_err(Failure::unsigned)?;
            return Ok(request);
        }
        built
    }
}
