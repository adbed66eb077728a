//! Where a workspace gives out tokens: it says so in two documents.

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::session::{ADDRESS, refuses_address};
use super::wire::{HostDocument, OauthDocument};
use crate::http::quote;
use crate::registry::rest::{Call, Client, Failure, Identity, Login};
use crate::registry::{Error, Result};

/// Where tokens are given out, below the address of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    /// The path, with a slash in front.
    pub(super) token_path: String,
    /// The workspace that requests are for, where the host says it.
    pub(super) workspace: Option<HeaderValue>,
}

/// Asks a host where it gives out tokens. A host that has only the second document is an older one.
///
/// # Errors
/// [`Error::Unreadable`] when it is no Databricks workspace, or sends the login elsewhere.
pub(super) async fn discover(client: &Client) -> Result<Endpoint> {
    let nobody = Identity::of(Login::None);
    let call = Call::read("/.well-known/databricks-config", vec![], &|| "say where tokens are given out".into());
    let host = match client.send_as::<HostDocument>(&nobody, &call).await {
        Ok(host) => host,
        Err(failure) if refuses_address(&failure) => return Err(shut_out(&failure, client.uri())),
        Err(failure) if is_absent(&failure) => HostDocument::default(),
        Err(failure) => return Err(failure.into_error(client.uri(), &call)),
    };
    let oidc = match &host.oidc_endpoint {
        Some(root) => {
            path_below(client.uri(), &root.replace("{account_id}", host.account_id.as_deref().unwrap_or("")))?
        }
        None => "/oidc".to_owned(),
    };
    let endpoint = format!("{}/.well-known/oauth-authorization-server", oidc.trim_end_matches('/'));
    let call = Call::read(endpoint, vec![], &|| "say where tokens are given out".into());
    let oauth = match client.send_as::<OauthDocument>(&nobody, &call).await {
        Ok(oauth) => oauth,
        Err(failure) if refuses_address(&failure) => return Err(shut_out(&failure, client.uri())),
        Err(failure) if is_absent(&failure) => {
            let reason = format!("{} at {}; is it a Databricks workspace?", failure.reason(), call.endpoint);
            return Err(Error::unreadable(client.uri(), reason));
        }
        Err(failure) => return Err(failure.into_error(client.uri(), &call)),
    };
    let token_path = path_below(client.uri(), &oauth.token_endpoint)?;
    let workspace = host.workspace_id.and_then(|id| HeaderValue::from_str(&id).ok());
    Ok(Endpoint { token_path, workspace })
}

/// Says of a workspace that lets nobody in from here, whatever the login.
pub(super) fn shut_out(failure: &Failure, uri: &str) -> Error {
    let (uri, action, reason) = (uri.to_owned(), "have a token".to_owned(), failure.reason());
    Error::PermissionDenied { uri, user: None, action, reason, hint: ADDRESS }
}

/// Returns whether a host answered that it has no such document; some answer with a page to sign in.
fn is_absent(failure: &Failure) -> bool {
    match failure {
        Failure::NotMlflow { .. } | Failure::Moved { .. } | Failure::SignIn { .. } => true,
        Failure::Status { status, .. } => status.is_client_error() && !matches!(status.as_u16(), 408 | 429),
        Failure::NoAnswer { .. } | Failure::Unsupported { .. } => false,
    }
}

/// Returns the path of an address of the same host; the secret is sent to no other.
fn path_below(host: &str, address: &str) -> Result<String> {
    let address = address.parse::<Url>().ok();
    let origin = |url: &Url| url.origin().ascii_serialization();
    match address {
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
    use super::*;

    #[test]
    fn a_login_goes_to_the_host_it_is_for_and_to_no_other() {
        let path = |address| path_below("https://h.example", address);
        assert_eq!(path("https://h.example/oidc/v1/token").unwrap(), "/oidc/v1/token");
        assert_eq!(path("https://h.example:443/oidc").unwrap(), "/oidc");
        for other in ["https://h.example.evil/oidc", "http://h.example/oidc", "https://h.example:8443/x", "/oidc", ""] {
            assert!(path(other).is_err(), "{other}");
        }
    }
}
