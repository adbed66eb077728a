//! The tokens of a service principal of Databricks, which trades its secret for tokens that last an hour.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::auth::Auth;
use super::client::Client;
use super::error_mapping::NO_WORKSPACE;
use super::oauth_discovery::{TokenEndpoint, address_refused, discover};
use super::request::ApiRequest;
use super::request_error::{BROWSER_PAGE, ErrorBody, RequestError};
use super::wire::int64;
use crate::http::quote;
use crate::registry::credentials::Login;
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

/// The request for a token.
const FORM: &str = "grant_type=client_credentials&scope=all-apis";

/// How long before its end a token is replaced, at most.
const MARGIN: Duration = Duration::from_secs(60);

/// The header that names the workspace to a host with several.
const WORKSPACE: HeaderName = HeaderName::from_static("x-databricks-org-id");

const HINT: &str = "check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or the profile they come from; \
                    secrets of a service principal expire";

/// A service principal and its current token. One request for a token is made at a time.
pub(super) struct ServicePrincipal {
    auth: Auth,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    endpoint: Option<TokenEndpoint>,
    token: Option<Token>,
}

/// A token, as requests carry it.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) auth: Auth,
    /// Whether it was fetched for an earlier request.
    pub(super) is_cached: bool,
    /// Its text, to compare tokens.
    text: Secret,
    /// When to replace it; none if the server did not say.
    until: Option<Instant>,
}

/// The response with a token and how long it lasts, in seconds.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Secret,
    #[serde(default, deserialize_with = "int64")]
    expires_in: Option<i64>,
}

/// Why a host hands out no token.
#[derive(Deserialize)]
struct OauthError {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl fmt::Display for OauthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error_description {
            Some(description) => write!(f, "{}: {description}", self.error),
            None => f.write_str(&self.error),
        }
    }
}

impl ServicePrincipal {
    /// Makes a service principal without a token.
    pub(super) fn new(client_id: String, client_secret: Secret) -> Self {
        let login = Login::Basic { username: client_id, password: client_secret };
        Self { auth: Auth::new(login), cache: Mutex::default() }
    }

    /// Returns a token that has not expired and is not the one that was rejected.
    ///
    /// # Errors
    /// [`RequestError::NoToken`] with why there is none.
    pub(super) async fn token(
        &self,
        client: &Client,
        rejected: Option<&Token>,
    ) -> std::result::Result<Token, RequestError> {
        let mut cache = self.cache.lock().await;
        if let Some(token) = cache.token.as_ref().filter(|token| token.is_usable(rejected)) {
            return Ok(Token { is_cached: true, ..token.clone() });
        }
        let no_token = |error| RequestError::NoToken(Box::new(error));
        let endpoint = match &cache.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => cache.endpoint.insert(discover(client).await.map_err(no_token)?).clone(),
        };
        let token = self.fetch(client, endpoint).await.map_err(no_token)?;
        cache.token = Some(token.clone());
        Ok(token)
    }

    async fn fetch(&self, client: &Client, endpoint: TokenEndpoint) -> Result<Token> {
        let request = ApiRequest::form(endpoint.path, FORM, &|| "give out a token".into());
        let start = Instant::now();
        let response = client.send_as::<TokenResponse>(&self.auth, &request).await;
        let response = response.map_err(|error| explain(error, client.uri(), &request))?;
        let text = response.access_token;
        if text.is_empty() || HeaderValue::from_str(text.expose()).is_err() {
            return Err(unreadable(client.uri()));
        }
        let auth = Auth::new(Login::Bearer(text.clone()));
        let auth = match endpoint.workspace {
            Some(workspace) => auth.with_header(WORKSPACE, workspace),
            None => auth,
        };
        tracing::debug!(seconds = response.expires_in, "got a token from {}{}", client.uri(), request.endpoint);
        let until = response.expires_in.and_then(|seconds| start.checked_add(usable_time(seconds)));
        Ok(Token { auth, is_cached: false, text, until })
    }
}

impl Token {
    /// Returns whether it has not expired, and is not the one that was rejected.
    fn is_usable(&self, rejected: Option<&Self>) -> bool {
        self.until.is_none_or(|until| Instant::now() < until) && rejected.is_none_or(|old| old.text != self.text)
    }
}

/// Returns how long a token is used of the seconds that it lasts.
fn usable_time(seconds: i64) -> Duration {
    let lifetime = Duration::from_secs(seconds.try_into().unwrap_or_default());
    lifetime - MARGIN.min(lifetime / 5)
}

/// Explains why there is no token. The body of a success that makes no sense is not repeated: it may hold a token.
fn explain(error: RequestError, uri: &str, request: &ApiRequest<'_>) -> Error {
    if error.is_address_refused() {
        return address_refused(&error, uri);
    }
    let with_endpoint = |reason: &str| format!("asked at {} for a token, {reason}", request.endpoint);
    let login_refused = |reason| Error::LoginRefused { uri: uri.to_owned(), user: None, reason, hint: HINT };
    match error {
        RequestError::SignIn { reason } => login_refused(with_endpoint(&reason)),
        RequestError::Redirected { .. } => {
            Error::unreadable(uri, format!("{}; {NO_WORKSPACE}", with_endpoint(&error.reason())))
        }
        RequestError::NotMlflow { reason, is_success } if !is_success || reason == BROWSER_PAGE => {
            Error::unreadable(uri, format!("{}; {NO_WORKSPACE}", with_endpoint(&reason)))
        }
        RequestError::NotMlflow { .. } => unreadable(uri),
        RequestError::Status { status, body: ErrorBody::Other(text), .. }
            if matches!(status.as_u16(), 400 | 401 | 403) =>
        {
            let text = serde_json::from_str::<OauthError>(&text).map_or(text, |error| quote(&error.to_string()));
            login_refused(if text.is_empty() { format!("it answered {status}") } else { text })
        }
        error => match error.into_error(uri, request) {
            Error::LoginRefused { reason, .. } | Error::PermissionDenied { reason, .. } => login_refused(reason),
            error => error,
        },
    }
}

fn unreadable(uri: &str) -> Error {
    Error::unreadable(uri, "its answer to a request for a token holds no token")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_replaced_before_it_ends() {
        let seconds = [3600, 300, 10, 0, -1].map(|life| usable_time(life).as_secs());
        assert_eq!(seconds, [3540, 240, 8, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_or_rejected_token_is_not_usable() {
        let auth = Auth::anonymous();
        let until = Some(Instant::now() + usable_time(3600));
        let token = |text: &str| Token { auth: auth.clone(), is_cached: false, text: Secret::new(text), until };
        assert!(token("a").is_usable(None) && token("a").is_usable(Some(&token("b"))));
        assert!(!token("a").is_usable(Some(&token("a"))));
        tokio::time::advance(Duration::from_secs(3540)).await;
        assert!(!token("a").is_usable(None));
        assert!(Token { until: None, ..token("a") }.is_usable(None));
    }
}
