//! Redirects. One within the server is followed; one to a page to sign in means that a login is missing; any other means
//! that the address is wrong.

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};

use super::request::ApiRequest;
use super::request_error::RequestError;
use crate::http::{is_html, quote};

/// The words in the URLs of identity providers: in their hosts, paths and names of parameters.
const SIGN_IN_WORDS: [&str; 12] = [
    "login",
    "logon",
    "signin",
    "sign_in",
    "sign-in",
    "oauth",
    "openid",
    "saml",
    "sso",
    "authorize",
    "client_id",
    "redirect_uri",
];

/// Returns where a response redirects the request to; none if it does not.
///
/// # Errors
/// Why the request does not follow.
pub(super) fn target(response: &Response, request: &ApiRequest<'_>) -> Result<Option<Url>, RequestError> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
    let location = location.and_then(|location| location.to_str().ok());
    let Some(target) = location.and_then(|location| response.url().join(location).ok()) else { return Ok(None) };
    if is_sign_in(response.url(), &target, response.status(), &request.endpoint) {
        let reason = format!("it redirects to {}", format_target(&target));
        return Err(RequestError::SignIn { reason });
    }
    if request.is_write() || target.origin() != response.url().origin() {
        return Err(RequestError::Redirected { status: response.status(), target: format_target(&target) });
    }
    Ok(Some(target))
}

/// Returns whether a redirect leads to a page to sign in, and not to the same endpoint elsewhere.
fn is_sign_in(from: &Url, to: &Url, status: StatusCode, endpoint: &str) -> bool {
    if to.path().ends_with(endpoint) {
        return false;
    }
    let keys = to.query_pairs().map(|(key, _)| key.into_owned()).collect::<Vec<_>>().join(" ");
    let address = format!("{} {} {keys}", to.host_str().unwrap_or_default(), to.path()).to_lowercase();
    let is_temporary = matches!(status.as_u16(), 302 | 303 | 307);
    SIGN_IN_WORDS.iter().any(|word| address.contains(word)) || (is_temporary && from.host_str() != to.host_str())
}

/// The marks of a page to sign in: a field for a password, or a form that leads to one, as OAuth2 Proxy has it.
const SIGN_IN_MARKS: [&str; 5] =
    ["type=\"password\"", "type='password'", "type=password", "samlrequest", "action=\"/oauth2/start\""];

/// Returns whether a body is a page to sign in.
pub(super) fn is_sign_in_page(body: &str) -> bool {
    let page = body.to_lowercase();
    is_html(body) && SIGN_IN_MARKS.iter().any(|mark| page.contains(mark))
}

/// Formats a URL without its login and its query, which may hold a secret.
fn format_target(target: &Url) -> String {
    quote(&format!("{}{}", target.origin().ascii_serialization(), target.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_to_sign_in_is_told_from_one_to_another_address() {
        let is_sign_in = |to: &str, status| {
            let from: Url = "https://mlflow.example/api/2.0/mlflow/registered-models/get?name=login".parse().unwrap();
            let status = StatusCode::from_u16(status).unwrap();
            super::is_sign_in(&from, &from.join(to).unwrap(), status, "registered-models/get")
        };
        for (to, status) in [
            ("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=x", 302),
            ("https://accounts.google.com/o/oauth2/v2/auth", 302),
            ("https://team.cloudflareaccess.com/cdn-cgi/access/login/mlflow.example", 302),
            ("https://auth.example/?rd=https://mlflow.example", 302),
            ("https://idp.example/realms/ml/protocol/openid-connect/auth", 307),
            ("https://idp.example/SAML2/SSO", 303),
            ("/login?next=/", 302),
            ("/oauth2/start?rd=/", 302),
            ("/x?client_id=1", 301),
        ] {
            assert!(is_sign_in(to, status), "{to}");
        }
        for (to, status) in [
            ("https://mlflow.example/sso-team/api/2.0/mlflow/registered-models/get?name=login", 302),
            ("https://other.example/api/2.0/mlflow/registered-models/get", 302),
            ("https://other.example/", 301),
            ("https://other.example/", 308),
            ("/mlflow/?state=login", 302),
            ("http://mlflow.example/x", 302),
        ] {
            assert!(!is_sign_in(to, status), "{to}");
        }
    }
}
