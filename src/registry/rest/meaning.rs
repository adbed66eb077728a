//! What a failure means for the caller: an error named by it.

use super::call::Call;
use super::failure::{Failure, Said, TEMPORARY};
use super::permission::permission;
use super::unanswered::PROXY_LOGIN;
use crate::http::quote;
use crate::registry::Error;
use crate::registry::failure::INVALID_HOST;

/// What to do where something before the server wants people to sign in.
const SIGN_IN: &str = "something before the server wants people to sign in: have it let a token pass, and set that as \
                       MLFLOW_TRACKING_TOKEN, or use an address of the server that is not behind it";

impl Failure {
    /// Names the failure by its meaning, for a caller to whom it has no other.
    pub(in crate::registry) fn into_error(self, uri: &str, call: &Call<'_>) -> Error {
        let (uri, action, reason) = (uri.to_owned(), call.action(), self.reason());
        let may_have_applied = call.writes() && self.leaves_doubt();
        if let Some(hint) = self.refused_login() {
            return Error::LoginRefused { uri, user: None, reason, hint };
        }
        match self {
            Self::NoAnswer { .. } => Error::Unreachable { uri, reason, may_have_applied },
            Self::SignIn { .. } => Error::LoginRefused { uri, user: None, reason, hint: SIGN_IN },
            Self::Moved { .. } | Self::NotMlflow { .. } => Error::Unreadable { uri, reason, may_have_applied },
            Self::Unsupported { action, hint } => Error::Unsupported { uri, action, hint },
            Self::Status { status, said, .. } => match (status.as_u16(), said) {
                // A server behind a name it was not told about; no login would help.
                (403, Said::Other(message)) if message.starts_with(INVALID_HOST) => {
                    Error::Refused { uri, action, code: status.to_string(), message }
                }
                (403, said) => {
                    let hint = permission(call, &said);
                    Error::PermissionDenied { uri, user: None, action, reason, hint }
                }
                (407, _) => Error::unreachable(&uri, PROXY_LOGIN),
                (_, Said::Mlflow { code, .. }) if may_have_applied || TEMPORARY.contains(&code.as_str()) => {
                    Error::Unreachable { uri, reason, may_have_applied }
                }
                (_, Said::Mlflow { code, message }) => {
                    Error::Refused { uri, action, code: quote(&code), message: quote(&message) }
                }
                (408 | 429 | 500 | 502.., Said::Other(_)) => Error::Unreachable { uri, reason, may_have_applied },
                (_, Said::Other(_)) => {
                    let hint = "check the address and its path prefix";
                    let reason = format!("{reason} to {}; {hint}", call.endpoint);
                    Error::Unreadable { uri, reason, may_have_applied }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::tests::{call, failure};
    use super::*;

    fn meaning(status: u16, body: &str) -> &'static str {
        match failure(status, body).into_error("http://h", &call()) {
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
        let error = failure(502, "\n<!doctype html><h1>nginx</h1>").into_error("http://h", &call()).to_string();
        assert_eq!(error, "the registry at http://h cannot be reached: it answered 502 Bad Gateway");
    }
}
