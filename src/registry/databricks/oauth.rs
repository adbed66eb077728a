//! OAuth for machines: a service principal trades its secret for tokens that live an hour.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::calls::NO_WORKSPACE;
use super::discovery::{Endpoint, discover, shut_out};
use super::session::refuses_address;
use super::wire::{OauthError, TokenAnswer};
use crate::http::quote;
use crate::registry::rest::{BROWSER_PAGE, Call, Client, Failure, Identity, Login, Said};
use crate::registry::{Error, Result};
use crate::secret::Secret;

/// What a client asks for.
const FORM: &str = "grant_type=client_credentials&scope=all-apis";

/// How long before its end a token is not used any more, at most.
const MARGIN: Duration = Duration::from_secs(60);

/// The header that tells a host with several workspaces which one is meant.
const WORKSPACE: HeaderName = HeaderName::from_static("x-databricks-org-id");

const HINT: &str = "check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or the profile they come from; \
                    secrets of a service principal expire";

/// A service principal and the token it holds now. One request for a token is made at a time.
pub(super) struct Machine {
    identity: Identity,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    endpoint: Option<Endpoint>,
    token: Option<Token>,
}

/// A token, as it goes into requests.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) identity: Identity,
    /// Whether it was not fetched for this request.
    pub(super) is_old: bool,
    /// The text, to tell one from another.
    text: Secret,
    /// When to fetch another; none where the server did not say.
    until: Option<Instant>,
}

impl Machine {
    /// Makes a service principal without a token.
    pub(super) fn new(client_id: String, client_secret: Secret) -> Self {
        let login = Login::Basic { username: client_id, password: client_secret };
        Self { identity: Identity::of(login), held: Mutex::default() }
    }

    /// Returns a token that has not expired, and not the one that was refused.
    ///
    /// # Errors
    /// [`Error::LoginRefused`], and whatever keeps the workspace from answering.
    pub(super) async fn token(&self, client: &Client, refused: Option<&Token>) -> Result<Token> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.token.as_ref().filter(|token| token.is_usable(refused)) {
            return Ok(Token { is_old: true, ..token.clone() });
        }
        let endpoint = match &held.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => held.endpoint.insert(discover(client).await?).clone(),
        };
        let token = self.fetch(client, endpoint).await?;
        held.token = Some(token.clone());
        Ok(token)
    }

    async fn fetch(&self, client: &Client, endpoint: Endpoint) -> Result<Token> {
        let call = Call::form(endpoint.token_path, FORM, &|| "give out a token".into());
        let asked = Instant::now();
        let answer = client.send_as::<TokenAnswer>(&self.identity, &call).await;
        let answer = answer.map_err(|failure| refusal(failure, client.uri(), &call))?;
        let text = answer.access_token;
        if text.is_empty() || HeaderValue::from_str(text.expose()).is_err() {
            return Err(unreadable(client.uri()));
        }
        let identity = Identity::of(Login::Bearer(text.clone()));
        let identity = match endpoint.workspace {
            Some(workspace) => identity.with_header(WORKSPACE, workspace),
            None => identity,
        };
        tracing::debug!(seconds = answer.expires_in, "got a token from {}{}", client.uri(), call.endpoint);
        let until = answer.expires_in.and_then(|seconds| asked.checked_add(usable(seconds)));
        Ok(Token { identity, is_old: false, text, until })
    }
}

impl Token {
    /// Returns whether it has not expired, and is not the one that was refused.
    fn is_usable(&self, refused: Option<&Self>) -> bool {
        self.until.is_none_or(|until| Instant::now() < until) && refused.is_none_or(|old| old.text != self.text)
    }
}

/// Returns how much of a token's life it is used for.
fn usable(seconds: i64) -> Duration {
    let life = Duration::from_secs(seconds.try_into().unwrap_or_default());
    life - MARGIN.min(life / 5)
}

/// Explains why there is no token. The answer of a success that makes no sense is not repeated: it may hold one.
fn refusal(failure: Failure, uri: &str, call: &Call<'_>) -> Error {
    if refuses_address(&failure) {
        return shut_out(&failure, uri);
    }
    let asked = |reason: &str| format!("asked at {} for a token, {reason}", call.endpoint);
    match failure {
        Failure::SignIn { reason } => {
            Error::LoginRefused { uri: uri.to_owned(), user: None, reason: asked(&reason), hint: HINT }
        }
        Failure::Moved { .. } => Error::unreadable(uri, format!("{}; {NO_WORKSPACE}", asked(&failure.reason()))),
        Failure::NotMlflow { reason, is_success } if !is_success || reason == BROWSER_PAGE => {
            Error::unreadable(uri, format!("{}; {NO_WORKSPACE}", asked(&reason)))
        }
        Failure::NotMlflow { .. } => unreadable(uri),
        Failure::Status { status, said: Said::Other(text), .. } if matches!(status.as_u16(), 400 | 401 | 403) => {
            let said = serde_json::from_str::<OauthError>(&text).map_or(text, |error| quote(&error.to_string()));
            let reason = if said.is_empty() { format!("it answered {status}") } else { said };
            Error::LoginRefused { uri: uri.to_owned(), user: None, reason, hint: HINT }
        }
        failure => match failure.into_error(uri, call) {
            Error::LoginRefused { uri, user, reason, .. } => Error::LoginRefused { uri, user, reason, hint: HINT },
            Error::PermissionDenied { uri, user, reason, .. } => Error::LoginRefused { uri, user, reason, hint: HINT },
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
        let seconds = [3600, 300, 10, 0, -1].map(|life| usable(life).as_secs());
        assert_eq!(seconds, [3540, 240, 8, 0, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_old_once_its_time_is_over() {
        let identity = Identity::of(Login::None);
        let until = Some(Instant::now() + usable(3600));
        let token = |text: &str| Token { identity: identity.clone(), is_old: false, text: Secret::new(text), until };
        assert!(token("a").is_usable(None) && token("a").is_usable(Some(&token("b"))));
        assert!(!token("a").is_usable(Some(&token("a"))));
        tokio::time::advance(Duration::from_secs(3540)).await;
        assert!(!token("a").is_usable(None));
        assert!(Token { until: None, ..token("a") }.is_usable(None));
    }
}
