//! Redirects: within the server they are followed, to where people sign in they mean a login, and else the address is
//! wrong.

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode, Url};

use super::call::Call;
use super::failure::{Failure, is_html};
use crate::http::quote;

/// What is in the addresses of identity providers: their hosts, their paths and the names of their parameters.
const SIGN_IN: [&str; 12] = [
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

/// Returns where an answer sends the request.
///
/// # Errors
/// Why the request does not go there.
pub(super) fn target(response: &Response, call: &Call<'_>) -> Result<Option<Url>, Failure> {
    let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
    let location = location.and_then(|location| location.to_str().ok());
    let Some(target) = location.and_then(|location| response.url().join(location).ok()) else { return Ok(None) };
    if is_sign_in(response.url(), &target, response.status(), &call.endpoint) {
        return Err(Failure::SignIn { reason: format!("it redirects to {}; people sign in there", place(&target)) });
    }
    if call.writes() || target.origin() != response.url().origin() {
        return Err(Failure::Moved { status: response.status(), place: place(&target) });
    }
    Ok(Some(target))
}

/// Returns whether a redirect leads to where people sign in, and not to the same thing elsewhere.
fn is_sign_in(from: &Url, to: &Url, status: StatusCode, endpoint: &str) -> bool {
    if to.path().ends_with(endpoint) {
        return false;
    }
    let keys = to.query_pairs().map(|(key, _)| key.into_owned()).collect::<Vec<_>>().join(" ");
    let address = format!("{} {} {keys}", to.host_str().unwrap_or_default(), to.path()).to_lowercase();
    let is_for_now = matches!(status.as_u16(), 302 | 303 | 307);
    SIGN_IN.iter().any(|word| address.contains(word)) || (is_for_now && from.host_str() != to.host_str())
}

/// What is in pages to sign in: a field for a password, or the way to who asks for one, as OAuth2 Proxy shows it.
const SIGN_IN_PAGE: [&str; 5] =
    ["type=\"password\"", "type='password'", "type=password", "samlrequest", "action=\"/oauth2/start\""];

/// Returns whether an answer is a page for a browser that asks for a password, or passes on to where one is asked for.
pub(super) fn is_sign_in_page(answer: &str) -> bool {
    let page = answer.to_lowercase();
    is_html(answer) && SIGN_IN_PAGE.iter().any(|mark| page.contains(mark))
}

// Neither a login nor a query, which may be one, is shown.
fn place(target: &Url) -> String {
    quote(&format!("{}{}", target.origin().ascii_serialization(), target.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_people_sign_in_is_told_from_where_the_server_went() {
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
