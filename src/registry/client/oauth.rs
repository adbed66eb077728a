//! Access tokens of OAuth: the exchange of a client's credentials for a token, and its reuse until it expires.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::auth::Auth;
use super::client::Client;
use super::request::ApiRequest;
use super::request_error::RequestError;
use super::wire::int64;
use crate::registry::credentials::Login;
use crate::secret::Secret;

/// How long before its end a token is replaced, at most.
const MARGIN: Duration = Duration::from_secs(60);

/// The current token of a login. One request for a token is made at a time.
#[derive(Default)]
pub(super) struct TokenCache(Mutex<Option<Token>>);

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

/// Why a server hands out no token (RFC 6749, section 5.2).
#[derive(Deserialize)]
pub(super) struct OauthError {
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

impl TokenCache {
    /// Returns a token that has not expired and is not the one that was rejected.
    ///
    /// # Errors
    /// The error of `fetch`, which runs only if there is no such token.
    pub(super) async fn get_or_fetch(
        &self,
        rejected: Option<&Token>,
        fetch: impl Future<Output = Result<Token, RequestError>>,
    ) -> Result<Token, RequestError> {
        let mut current = self.0.lock().await;
        if let Some(token) = current.as_ref().filter(|token| token.is_usable(rejected)) {
            return Ok(Token { is_cached: true, ..token.clone() });
        }
        Ok(current.insert(fetch.await?).clone())
    }
}

impl Token {
    /// Requests a token with the credentials of a client.
    ///
    /// # Errors
    /// Why there is none. An error about the body of a success does not repeat it, because it may hold a token.
    pub(super) async fn fetch(
        client: &Client,
        credentials: &Auth,
        request: &ApiRequest<'_>,
    ) -> Result<Self, RequestError> {
        let start = Instant::now();
        let response = client.send_as::<TokenResponse>(credentials, request).await?;
        let text = response.access_token;
        if text.is_empty() || HeaderValue::from_str(text.expose()).is_err() {
            return Err(RequestError::unreadable("its answer holds no token"));
        }
        tracing::debug!(seconds = response.expires_in, "got a token from {}{}", client.uri(), request.endpoint);
        let until = response.expires_in.and_then(|seconds| start.checked_add(usable_time(seconds)));
        Ok(Self { auth: Auth::new(Login::Bearer(text.clone())), is_cached: false, text, until })
    }

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
