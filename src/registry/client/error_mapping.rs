//! The table from errors of requests to errors of the registry, with the hints for refused logins and permissions.
//!
//! An MLflow server answers 401 to a login that it refuses. Amazon API Gateway, which may stand before one, answers 403
//! to everything that it does not accept; only the message tells what is wrong.

use reqwest::Method;

use super::error_body::ErrorBody;
use super::peer::Peer;
use super::request::ApiRequest;
use super::request_error::{Mistake, RequestError, TEMPORARY};
use crate::http::{Fault, Proxies, quote};
use crate::registry::error::{Error, INVALID_HOST};

/// What to do when something before the server wants people to sign in.
pub(super) const SIGN_IN: &str = "set MLFLOW_TRACKING_TOKEN to a token that the gateway before the server accepts, or use an address that does \
                       not lead through it";

/// What else helps where a connection is slow or is not made.
const DOCTOR: &str = "; `--doctor` with the same config tests the connection";

/// The messages of a gateway at AWS that refuses a login, each with its hint.
const AWS_REFUSALS: [(&str, &str); 8] = [
    ("The security token included in the request is expired", AWS_EXPIRED),
    ("The security token included in the request is invalid", AWS_KEYS),
    ("Missing Authentication Token", AWS_UNSIGNED),
    ("Signature expired", AWS_CLOCK),
    ("Signature not yet current", AWS_CLOCK),
    ("Credential should be scoped to", "set AWS_REGION to the region of the gateway, which its host name tells"),
    ("The request signature we calculated does not match", AWS_KEYS),
    ("not a valid key=value pair", AWS_UNSIGNED),
];

const AWS_EXPIRED: &str = "the keys were lent for a while that is over: get new ones, as with `aws sso login` and \
                           `eval \"$(aws configure export-credentials --format env)\"`";

const AWS_KEYS: &str = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile that the \
                        keys come from; all three belong together";

const AWS_UNSIGNED: &str = "have requests signed with `tracking_aws_sigv4` (MLFLOW_TRACKING_AWS_SIGV4); if they are, \
                            check the address with its stage, for a gateway says so of paths that it does not have";

const AWS_CLOCK: &str = "set the clock of this machine: a signature holds for five minutes";

/// What to do about a 403 to a read that MLflow did not word.
const NOT_MLFLOW_403: &str = "that is not how MLflow says it: ask who runs the proxy or firewall on the way to let this \
                              through, or else the registry's owner for the permission";

/// What to do when a Databricks workspace refuses the address of this machine.
pub const REFUSED_ADDRESS: &str = "the IP access list (or network policy) of the workspace refuses the address of this machine: run it \
                       from a network that is let in, or ask an administrator of the workspace to add the address";

/// The words with which a Databricks workspace refuses an address.
const ADDRESS_REFUSALS: [&str; 3] = ["ip acl", "ip access list", "unauthorized network access"];

/// What to do about an answer that no Databricks workspace would give.
pub const NO_WORKSPACE: &str = "check that the host in DATABRICKS_HOST or in the profile is a Databricks workspace";

impl RequestError {
    /// Converts the error for a caller to whom it has no other meaning.
    pub fn into_error(self, peer: &Peer, request: &ApiRequest<'_>) -> Error {
        let (uri, reason) = (peer.uri.clone(), self.reason());
        let may_have_applied = request.is_write() && self.may_have_applied();
        if let Some(hint) = self.refused_login_hint(peer) {
            return Error::LoginRefused { uri, refusal: peer.refusal(), reason, hint };
        }
        match self {
            Self::NoResponse(error) => {
                let doctor = match (&error.fault, error.proxy) {
                    (Fault::NoConnection(_) | Fault::NoAnswer(_) | Fault::UnknownHost(_), None) => DOCTOR,
                    _ => "",
                };
                let (proxy, hint) = (error.proxy.map(ToString::to_string), peer.fault_hint(&error) + doctor);
                Error::Unreachable { uri, proxy, reason: error.fault.predicate(), hint, may_have_applied }
            }
            Self::SignIn { .. } => {
                let refusal = "is behind a sign-in page".to_owned();
                Error::LoginRefused { uri, refusal, reason, hint: SIGN_IN.to_owned() }
            }
            Self::Redirected { ref target, .. } => {
                let hint = format!("if the server is at {target}, write that in {}", peer.address());
                Error::Unreadable { uri, reason, hint, may_have_applied }
            }
            Self::NotMlflow { mistake, .. } => {
                Error::Unreadable { uri, reason, hint: peer.mistake_hint(mistake), may_have_applied }
            }
            Self::Unsupported { action, hint } => Error::Unsupported { uri, action, hint },
            Self::NoToken(error) => *error,
            Self::Status { .. } => self.status_error(peer, request, may_have_applied),
        }
    }

    /// Converts the error of an error response.
    fn status_error(self, peer: &Peer, request: &ApiRequest<'_>, may_have_applied: bool) -> Error {
        let (uri, action, reason, predicate) =
            (peer.uri.clone(), request.description(), self.reason(), self.predicate());
        let Self::Status { status, body, .. } = self else { return Error::unreadable(&uri, reason) };
        let unreachable = |uri| {
            let hint = peer.status_hint(status.as_u16());
            Error::Unreachable { uri, proxy: None, reason: predicate, hint, may_have_applied }
        };
        match (status.as_u16(), body) {
            // The server was not told about the host name in its address. No login would help.
            (403, ErrorBody::Other(message)) if message.starts_with(INVALID_HOST) => {
                Error::Refused { uri, action, code: status.to_string(), message }
            }
            (403, body) => {
                let hint = permission_hint(request, &body);
                Error::PermissionDenied { uri, user: None, action, reason, hint }
            }
            (407, _) => proxy_login(peer),
            (_, ErrorBody::Mlflow { code, .. }) if may_have_applied || TEMPORARY.contains(&code.as_str()) => {
                unreachable(uri)
            }
            (_, ErrorBody::Mlflow { code, message }) => {
                Error::Refused { uri, action, code: quote(&code), message: quote(&message) }
            }
            (408 | 429 | 500 | 502.., ErrorBody::Other(_)) => unreachable(uri),
            (_, body) => {
                let mistake = if body.wants_tls() { Mistake::Plain } else { Mistake::Page };
                let reason = format!("asked for {}, {reason}", request.endpoint);
                Error::Unreadable { uri, reason, hint: peer.mistake_hint(mistake), may_have_applied }
            }
        }
    }

    /// Returns what to do if the login was refused.
    pub fn refused_login_hint(&self, peer: &Peer) -> Option<String> {
        match self {
            Self::Status { status, .. } if status.as_u16() == 401 => Some(peer.login_hint()),
            Self::Status { status, body: ErrorBody::Other(text), .. } if status.as_u16() == 403 => {
                login_hint(text).map(str::to_owned)
            }
            _ => None,
        }
    }

    /// Returns whether a gateway at AWS refused the login, and not the server behind it.
    pub fn is_from_aws_gateway(&self) -> bool {
        matches!(self, Self::Status { body: ErrorBody::Other(text), .. } if login_hint(text).is_some())
    }

    /// Returns whether the server rejects a token. Databricks says 403 for some, as if a permission were missing.
    pub fn is_token_rejected(&self) -> bool {
        let Some((status, text)) = self.status_and_text() else { return false };
        status == 401 || (status == 403 && (text.contains("invalid access token") || text.contains("token is expired")))
    }

    /// Returns whether a Databricks workspace refuses the address that requests come from, whoever sends them.
    pub fn is_address_refused(&self) -> bool {
        self.status_and_text()
            .is_some_and(|(status, text)| status == 403 && ADDRESS_REFUSALS.iter().any(|words| text.contains(words)))
    }

    /// Returns the status and the lower-case text of an error response.
    fn status_and_text(&self) -> Option<(u16, String)> {
        let Self::Status { status, body, .. } = self else { return None };
        let (ErrorBody::Mlflow { message: text, .. } | ErrorBody::Other(text)) = body;
        Some((status.as_u16(), text.to_lowercase()))
    }
}

/// Makes the error of a proxy that wants a login. Nothing was passed on.
pub(super) fn proxy_login(peer: &Peer) -> Error {
    let proxy = Proxies::from_process().proxy_for(&peer.uri);
    let hint = proxy.map_or_else(|| peer.unnamed_proxy_hint(), |proxy| peer.proxy_hint(proxy, &Fault::ProxyLogin));
    let name = proxy.map_or_else(|| format!("a proxy on the way to {}", peer.uri), ToString::to_string);
    let (uri, reason) = (peer.uri.clone(), Fault::ProxyLogin.predicate());
    Error::Unreachable { uri, proxy: Some(name), reason, hint, may_have_applied: false }
}

/// Returns what to do if the message is that of a gateway that refuses a login.
fn login_hint(message: &str) -> Option<&'static str> {
    AWS_REFUSALS.iter().find(|(text, _)| message.contains(text)).map(|(_, hint)| *hint)
}

/// Returns what to ask for if the message is that of a policy of a gateway.
fn policy_hint(message: &str) -> Option<&'static str> {
    let is_policy = message.contains("is not authorized to perform: execute-api:Invoke")
        || message.contains("is not authorized to access this resource");
    is_policy.then_some("have a policy at AWS allow this login `execute-api:Invoke` on the gateway of the registry")
}

/// Returns how to get the permission that a server, or a gateway before it, wants for a request.
fn permission_hint(request: &ApiRequest<'_>, body: &ErrorBody) -> &'static str {
    if let ErrorBody::Other(text) = body {
        if let Some(hint) = policy_hint(text) {
            return hint;
        }
        // Where reads came through before, writes pass the proxy or firewall as well.
        if !request.is_write() && !text.starts_with("Permission denied") {
            return NOT_MLFLOW_403;
        }
    }
    match &request.method {
        _ if !request.is_write() => "ask the registry's owner for the READ permission on the model",
        &Method::DELETE => {
            "ask the registry's owner for the MANAGE permission on the model: EDIT lets an alias be moved, and not deleted"
        }
        _ => "ask the registry's owner for the EDIT permission on the model",
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::Origins;
    use super::super::peer::SentLogin;
    use super::super::request_error::tests::{request, status_error};
    use super::*;

    fn peer() -> Peer {
        let (uri, host) = ("http://h".to_owned(), "h".to_owned());
        Peer { uri, host, login: SentLogin::None, origins: Origins::default() }
    }

    fn meaning(status: u16, body: &str) -> &'static str {
        match status_error(status, body).into_error(&peer(), &request()) {
            Error::LoginRefused { .. } => "login",
            Error::PermissionDenied { .. } => "permission",
            Error::Refused { .. } => "refused",
            Error::Unreachable { .. } => "unreachable",
            Error::Unreadable { .. } => "unreadable",
            other => panic!("{other}"),
        }
    }

    fn mlflow(code: &str) -> String {
        format!(r#"{{"error_code":"{code}","message":"no"}}"#)
    }

    #[test]
    fn every_status_has_one_meaning() {
        for (status, body, expected) in [
            (401, "<html>", "login"),
            (401, &*mlflow("UNAUTHENTICATED"), "login"),
            (403, "", "permission"),
            (403, &mlflow("PERMISSION_DENIED"), "permission"),
            (403, r#"{"message":"The security token included in the request is expired"}"#, "login"),
            (403, r#"{"message":"Missing Authentication Token"}"#, "login"),
            (
                403,
                r#"{"Message":"User: arn:aws:iam::1:user/a is not authorized to perform: execute-api:Invoke"}"#,
                "permission",
            ),
            (403, r#"{"message":"Forbidden"}"#, "permission"),
            (504, r#"{"message":"Endpoint request timed out"}"#, "unreachable"),
            (403, "Invalid Host header - possible DNS rebinding attack detected", "refused"),
            (400, &mlflow("INVALID_PARAMETER_VALUE"), "refused"),
            (500, &mlflow("FEATURE_DISABLED"), "refused"),
            (501, &mlflow("NOT_IMPLEMENTED"), "refused"),
            (429, &mlflow("REQUEST_LIMIT_EXCEEDED"), "unreachable"),
            (500, &mlflow("INTERNAL_ERROR"), "unreachable"),
            (408, "", "unreachable"),
            (429, "slow down", "unreachable"),
            (500, "<html>", "unreachable"),
            (503, "", "unreachable"),
            (520, "", "unreachable"),
            (404, "<html>", "unreadable"),
            (405, "<html>", "unreadable"),
            (400, "{}", "unreadable"),
            (501, "", "unreadable"),
        ] {
            assert_eq!(meaning(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_page_for_a_browser_is_not_repeated() {
        let error = status_error(502, "\n<!doctype html><h1>nginx</h1>").into_error(&peer(), &request()).to_string();
        assert_eq!(error, "the registry at http://h answered 502 Bad Gateway");
    }

    #[test]
    fn a_refused_login_is_told_from_a_policy_hint() {
        for (message, expected) in [
            ("The security token included in the request is expired", Some(AWS_EXPIRED)),
            ("The security token included in the request is invalid.", Some(AWS_KEYS)),
            ("Signature expired: 20261123T200000Z is now earlier than 20261123T201000Z", Some(AWS_CLOCK)),
            ("'Bearer' not a valid key=value pair (missing equal-sign) in Authorization header", Some(AWS_UNSIGNED)),
            ("Forbidden", None),
            ("User: arn:aws:iam::1:user/a is not authorized to perform: execute-api:Invoke on resource: x", None),
        ] {
            assert_eq!(login_hint(message), expected, "{message}");
        }
        assert!(policy_hint("User: a is not authorized to perform: execute-api:Invoke on resource: x").is_some());
        assert_eq!(policy_hint("Permission denied"), None);
    }
}
