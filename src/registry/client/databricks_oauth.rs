//! The tokens of a service principal of Databricks. Two documents of the host name the endpoint that hands them out.

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::auth::Auth;
use super::client::Client;
use super::error_body::ErrorBody;
use super::error_mapping::{NO_WORKSPACE, REFUSED_ADDRESS};
use super::oauth::{OauthError, Token, TokenCache};
use super::peer::Peer;
use super::request::ApiRequest;
use super::request_error::{Mistake, RequestError};
use crate::http::quote;
use crate::registry::credentials::Login;
use crate::registry::error::{Error, Result};
use crate::secret::Secret;

/// The request for a token.
const FORM: &str = "grant_type=client_credentials&scope=all-apis";

/// The header that names the workspace to a host with several.
const WORKSPACE: HeaderName = HeaderName::from_static("x-databricks-org-id");

const HINT: &str = "check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or the profile they come from; \
                    secrets of a service principal expire";

/// A service principal, which trades its secret for tokens that last an hour.
pub(super) struct ServicePrincipal {
    auth: Auth,
    endpoint: OnceCell<TokenEndpoint>,
    tokens: TokenCache,
}

/// The endpoint that hands out tokens.
#[derive(Debug)]
struct TokenEndpoint {
    /// Its path, with a slash in front.
    path: String,
    /// The workspace that requests are for, if the host names it.
    workspace: Option<HeaderValue>,
}

/// What a host says about itself.
#[derive(Default, Deserialize)]
struct HostDocument {
    #[serde(default)]
    oidc_endpoint: Option<String>,
    #[serde(default, deserialize_with = "id")]
    account_id: Option<String>,
    #[serde(default, deserialize_with = "id")]
    workspace_id: Option<String>,
}

/// What a host says about its OAuth.
#[derive(Deserialize)]
struct OauthDocument {
    token_endpoint: String,
}

impl ServicePrincipal {
    /// Makes a service principal without a token.
    pub(super) fn new(client_id: String, client_secret: Secret) -> Self {
        let login = Login::Basic { username: client_id, password: client_secret };
        Self { auth: Auth::new(login), endpoint: OnceCell::new(), tokens: TokenCache::default() }
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
        let fetch = async { self.fetch(client).await.map_err(|error| RequestError::NoToken(Box::new(error))) };
        self.tokens.get_or_fetch(rejected, fetch).await
    }

    async fn fetch(&self, client: &Client) -> Result<Token> {
        let TokenEndpoint { path, workspace } = self.endpoint.get_or_try_init(|| discover(client)).await?;
        let request = ApiRequest::form(path.clone(), FORM, &|| "give out a token".into());
        let token = Token::fetch(client, &self.auth, &request).await;
        let mut token = token.map_err(|error| explain_refusal(error, &client.peer, &request))?;
        if let Some(workspace) = workspace {
            token.auth = token.auth.with_header(WORKSPACE, workspace.clone());
        }
        Ok(token)
    }
}

/// Reads an id, which some hosts write as a number.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Ok(None),
    }
}

/// Asks a host for its token endpoint. An older host has only the second document.
///
/// # Errors
/// [`Error::Unreadable`] when it is not a Databricks workspace, or sends the login to another host.
async fn discover(client: &Client) -> Result<TokenEndpoint> {
    let anonymous = Auth::anonymous();
    let describe = || "say where tokens are given out".into();
    let request = ApiRequest::read("/.well-known/databricks-config", vec![], &describe);
    let host = match client.send_as::<HostDocument>(&anonymous, &request).await {
        Ok(host) => host,
        Err(error) if is_missing(&error) => HostDocument::default(),
        Err(error) => return Err(explain(error, &client.peer, &request)),
    };
    let oidc = match &host.oidc_endpoint {
        Some(root) => {
            path_on_host(client.uri(), &root.replace("{account_id}", host.account_id.as_deref().unwrap_or("")))?
        }
        None => "/oidc".to_owned(),
    };
    let endpoint = format!("{}/.well-known/oauth-authorization-server", oidc.trim_end_matches('/'));
    let request = ApiRequest::read(endpoint, vec![], &describe);
    let oauth = match client.send_as::<OauthDocument>(&anonymous, &request).await {
        Ok(oauth) => oauth,
        Err(error) if is_missing(&error) => {
            let reason = format!("{} at {}", error.reason(), request.endpoint);
            return Err(no_workspace(client.uri(), reason));
        }
        Err(error) => return Err(explain(error, &client.peer, &request)),
    };
    let path = path_on_host(client.uri(), &oauth.token_endpoint)?;
    let workspace = host.workspace_id.and_then(|id| HeaderValue::from_str(&id).ok());
    Ok(TokenEndpoint { path, workspace })
}

fn explain(error: RequestError, peer: &Peer, request: &ApiRequest<'_>) -> Error {
    match error.is_address_refused() {
        true => address_refused(&error, &peer.uri),
        false => error.into_error(peer, request),
    }
}

/// Explains why there is no token.
fn explain_refusal(error: RequestError, peer: &Peer, request: &ApiRequest<'_>) -> Error {
    let uri = peer.uri.as_str();
    if error.is_address_refused() {
        return address_refused(&error, uri);
    }
    let with_endpoint = |reason: &str| format!("asked at {} for a token, {reason}", request.endpoint);
    let login_refused = |reason| {
        let refusal = "refused the service principal".to_owned();
        Error::LoginRefused { uri: uri.to_owned(), refusal, reason, hint: HINT.to_owned() }
    };
    match error {
        RequestError::SignIn { reason } => login_refused(with_endpoint(&reason)),
        RequestError::Redirected { .. } => no_workspace(uri, with_endpoint(&error.reason())),
        RequestError::NotMlflow { reason, is_success, mistake } if !is_success || mistake != Mistake::Unknown => {
            no_workspace(uri, with_endpoint(&reason))
        }
        RequestError::NotMlflow { .. } => unreadable(uri),
        RequestError::Status { status, body: ErrorBody::Other(text), .. }
            if matches!(status.as_u16(), 400 | 401 | 403) =>
        {
            let text = serde_json::from_str::<OauthError>(&text).map_or(text, |error| quote(&error.to_string()));
            login_refused(if text.is_empty() { format!("it answered {status}") } else { text })
        }
        error => match error.into_error(peer, request) {
            Error::LoginRefused { reason, .. } | Error::PermissionDenied { reason, .. } => login_refused(reason),
            error => error,
        },
    }
}

/// Makes the error of a host that does not answer as a workspace does.
fn no_workspace(uri: &str, reason: String) -> Error {
    Error::Unreadable { uri: uri.to_owned(), reason, hint: NO_WORKSPACE.to_owned(), may_have_applied: false }
}

fn unreadable(uri: &str) -> Error {
    Error::unreadable(uri, "its answer to a request for a token holds no token")
}

/// Makes the error of a workspace that refuses the address of this machine.
fn address_refused(error: &RequestError, uri: &str) -> Error {
    let (uri, action, reason) = (uri.to_owned(), "have a token".to_owned(), error.reason());
    Error::PermissionDenied { uri, user: None, action, reason, hint: REFUSED_ADDRESS }
}

/// Returns whether a host has no such document; some answer with a page to sign in.
fn is_missing(error: &RequestError) -> bool {
    match error {
        RequestError::NotMlflow { .. } | RequestError::Redirected { .. } | RequestError::SignIn { .. } => true,
        RequestError::Status { status, .. } => {
            status.is_client_error() && !matches!(status.as_u16(), 408 | 429) && !error.is_address_refused()
        }
        RequestError::NoResponse { .. } | RequestError::Unsupported { .. } | RequestError::NoToken(_) => false,
    }
}

/// Returns the path of a URL of the same host. The secret is sent to no other.
fn path_on_host(host: &str, url: &str) -> Result<String> {
    let url = url.parse::<Url>().ok();
    let origin = |url: &Url| url.origin().ascii_serialization();
    match url {
        Some(url) if origin(&url) == host => Ok(url.path().to_owned()),
        other => {
            let place = other.map_or_else(|| "no address".to_owned(), |url| quote(&origin(&url)));
            let reason = format!("it sends the login to {place}; if the workspace is there, use that as its host");
            Err(Error::unreadable(host, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_login_is_sent_to_its_own_host_only() {
        let path = |address| path_on_host("https://h.example", address);
        assert_eq!(path("https://h.example/oidc/v1/token").unwrap(), "/oidc/v1/token");
        assert_eq!(path("https://h.example:443/oidc").unwrap(), "/oidc");
        for other in ["https://h.example.evil/oidc", "http://h.example/oidc", "https://h.example:8443/x", "/oidc", ""] {
            assert!(path(other).is_err(), "{other}");
        }
    }

    #[test]
    fn an_id_is_read_however_it_is_written() {
        let workspace =
            |id| serde_json::from_value::<HostDocument>(json!({ "workspace_id": id })).unwrap().workspace_id;
        assert_eq!(workspace(json!("12")).as_deref(), Some("12"));
        assert_eq!(workspace(json!(12)).as_deref(), Some("12"));
        assert_eq!((workspace(json!(null)), workspace(json!(""))), (None, None));
    }
}
