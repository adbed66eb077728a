//! Why one request brought no answer, and what that means for the caller.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::call::{Call, Repeat};
use super::identity::Identity;
use super::permission::permission;
use crate::http::{CUT_SHORT, Lost, Stage, quote};
use crate::registry::Error;

/// What MLflow says when trying again may help, whatever the status beside it.
const TEMPORARY: [&str; 5] =
    ["INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"];

/// What is said of a proxy between here and the server that wants a login of its own.
const PROXY_LOGIN: &str = "the proxy on the way to it demands a login (407); write it into HTTP_PROXY or HTTPS_PROXY as \
                           `http://user:password@proxy:3128`, or name the registry's host in NO_PROXY";

/// What is said of a certificate that nobody else signed, as `openssl req -x509` makes them.
const SELF_SIGNED: &str = "its TLS certificate or protocol is not accepted: invalid peer certificate: it is self-signed; \
                           if it is the right server, name that certificate in `tracking_server_cert_path`";

/// What is said of a certificate whose time is over.
const EXPIRED: &str = "its TLS certificate or protocol is not accepted: invalid peer certificate: certificate expired; \
                       have it renewed on the server, or set this machine's clock";

/// What is said where the server ends the handshake.
const REFUSED_CERTIFICATE: &str = "it may be your own certificate that it does not accept, the one in \
                                   `tracking_client_cert_path`";

/// What is said of an answer that is no TLS.
const NO_TLS: &str =
    "the server does not speak TLS there; check the port, or whether its address begins with `http://`";

/// What is said where there is a way out: behind the words that tell the cause, or instead of them.
const WAYS_OUT: [(&str, bool, &str); 11] = [
    ("CertificateRequired", true, "name your own certificate in `tracking_client_cert_path`"),
    ("fatal alert: ProtocolVersion", true, "have the server speak TLS 1.2 or 1.3"),
    ("received fatal alert", true, REFUSED_CERTIFICATE),
    ("InvalidContentType", true, NO_TLS),
    ("CaUsedAsEndEntity", false, SELF_SIGNED),
    ("certificate expired", false, EXPIRED),
    ("certificate not valid yet", true, "set this machine's clock, or have the server's certificate made anew"),
    ("certificate not valid for name", true, "use the host that it is for, or have one made for this host"),
    ("UnknownIssuer", true, "if it is the right server, name its authority in `tracking_server_cert_path`"),
    ("proxy authorization required", false, PROXY_LOGIN),
    (
        "tunnel error: unsuccessful",
        false,
        "the proxy in HTTPS_PROXY refuses to connect to it; have it allowed there, or name \
                                           the registry's host in NO_PROXY",
    ),
];

/// Why a request brought no answer.
#[derive(Debug)]
pub(in crate::registry) enum Failure {
    /// No whole answer came.
    NoAnswer {
        /// How far the request got.
        stage: Stage,
        /// What happened.
        reason: String,
    },
    /// The answer is an error.
    Status {
        /// Its status.
        status: StatusCode,
        /// Its text.
        said: Said,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The answer is not one that MLflow gives.
    NotMlflow {
        /// What is wrong with it.
        reason: String,
        /// Whether its status is that of a success.
        is_success: bool,
    },
    /// The server lacks something that the request needs.
    Unsupported {
        /// What, as the begin of a sentence that ends in its address.
        action: String,
        /// What to do.
        hint: &'static str,
    },
}

/// The text of an error.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::registry) enum Said {
    /// MLflow's own error document.
    Mlflow {
        /// Its `error_code`.
        code: String,
        /// Its `message`, as sent.
        message: String,
    },
    /// Anything else; empty where it is a page for a browser.
    Other(String),
}

impl Said {
    /// Reads the body of an error.
    pub(super) fn read(body: &[u8]) -> Self {
        let document: Option<Value> = serde_json::from_slice(body).ok();
        let text = |key| document.as_ref().and_then(|document| document.get(key)).and_then(Value::as_str);
        if let Some(code) = text("error_code") {
            return Self::Mlflow { code: code.to_owned(), message: text("message").unwrap_or_default().to_owned() };
        }
        // A gateway before the server has no codes.
        if let Some(message) = text("message").or_else(|| text("Message")) {
            return Self::Other(quote(message));
        }
        let other = String::from_utf8_lossy(body);
        Self::Other(if is_html(&other) { String::new() } else { quote(&other) })
    }
}

impl Failure {
    /// Explains an error of the HTTP client.
    pub(super) fn no_answer(error: &reqwest::Error, timeout: Duration) -> Self {
        let Lost { stage, reason } = Lost::explain(error, timeout);
        let known = WAYS_OUT.iter().find(|(cause, ..)| reason.contains(cause));
        match known {
            Some((_, true, way_out)) => Self::NoAnswer { stage, reason: format!("{reason}; {way_out}") },
            // A proxy says so of a tunnel, too, and will say it again.
            Some((_, false, instead)) if *instead == PROXY_LOGIN => Self::Status {
                status: StatusCode::PROXY_AUTHENTICATION_REQUIRED,
                said: Said::Other(String::new()),
                retry_after: None,
            },
            Some((_, false, instead)) => Self::NoAnswer { stage, reason: (*instead).to_owned() },
            None => Self::NoAnswer { stage, reason },
        }
    }

    /// Explains an answer that ends too early.
    pub(super) fn cut_short() -> Self {
        Self::NoAnswer { stage: Stage::Answering, reason: CUT_SHORT.to_owned() }
    }

    /// Explains a request that was not sent, because it could not be signed.
    #[cfg(feature = "sigv4")]
    pub(super) fn unsigned(reason: String) -> Self {
        Self::NoAnswer { stage: Stage::Trusting, reason: format!("the request cannot be signed for AWS: {reason}") }
    }

    /// Explains an answer that MLflow would not give.
    pub(super) fn not_mlflow(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: false }
    }

    /// Explains an answer that says, in words that MLflow would not use, that something was done.
    pub(super) fn garbled(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: true }
    }

    /// Hides the login, which a server may have repeated.
    pub(super) fn hiding(self, identity: &Identity) -> Self {
        match self {
            Self::NoAnswer { stage, reason } => Self::NoAnswer { stage, reason: identity.hide(&reason) },
            Self::NotMlflow { reason, is_success } => Self::NotMlflow { reason: identity.hide(&reason), is_success },
            Self::Unsupported { .. } => self,
            Self::Status { status, said, retry_after } => {
                let said = match said {
                    Said::Mlflow { code, message } => Said::Mlflow { code, message: identity.hide(&message) },
                    Said::Other(text) => Said::Other(identity.hide(&text)),
                };
                Self::Status { status, said, retry_after }
            }
        }
    }

    /// Returns whether the server may have done what it was asked all the same.
    pub(in crate::registry) fn leaves_doubt(&self) -> bool {
        match self {
            Self::NoAnswer { stage, .. } => *stage == Stage::Answering,
            Self::Status { status, said, .. } => {
                let settled = matches!(said, Said::Mlflow { code, .. } if !TEMPORARY.contains(&code.as_str()));
                !settled && matches!(status.as_u16(), 408 | 500 | 502 | 504..)
            }
            Self::NotMlflow { is_success, .. } => *is_success,
            Self::Unsupported { .. } => false,
        }
    }

    /// Returns whether sending the call again is right, and may help.
    pub(super) fn may_pass(&self, call: &Call) -> bool {
        match self {
            Self::NoAnswer { stage: Stage::Connecting, .. } => true,
            Self::NoAnswer { stage: Stage::Trusting, .. } | Self::NotMlflow { .. } | Self::Unsupported { .. } => false,
            Self::NoAnswer { stage: Stage::Answering, .. } => call.repeat != Repeat::Untouched,
            Self::Status { status, said, .. } => {
                let temporary = match said {
                    Said::Mlflow { code, .. } => TEMPORARY.contains(&code.as_str()),
                    Said::Other(_) => true,
                };
                call.repeat != Repeat::Untouched
                    && temporary
                    && matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
            }
        }
    }

    /// Returns how long the server asks to wait, where that is something it may ask for.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { status, retry_after, .. } if matches!(status.as_u16(), 429 | 503) => *retry_after,
            _ => None,
        }
    }

    /// Returns MLflow's code and message, where it sent some.
    pub(in crate::registry) fn said(&self) -> Option<(&str, &str)> {
        match self {
            Self::Status { said: Said::Mlflow { code, message }, .. } => Some((code, message)),
            _ => None,
        }
    }

    /// Returns what happened, fit to follow a colon.
    pub(in crate::registry) fn reason(&self) -> String {
        match self {
            Self::NoAnswer { reason, .. }
            | Self::NotMlflow { reason, .. }
            | Self::Unsupported { action: reason, .. } => reason.clone(),
            Self::Status { status, said, .. } => match said {
                Said::Other(text) if text.is_empty() => format!("it answered {status}"),
                Said::Other(text) => format!("it answered {status}: {text}"),
                Said::Mlflow { code, message } => format!("it answered {status}: {code}: {}", quote(message)),
            },
        }
    }

    /// Names the failure by its meaning, for a caller to whom it has no other.
    pub(in crate::registry) fn into_error(self, uri: &str, call: &Call) -> Error {
        let (uri, action, reason) = (uri.to_owned(), call.action.clone(), self.reason());
        if let Some(hint) = self.refused_login() {
            return Error::LoginRefused { uri, user: None, reason, hint };
        }
        match self {
            Self::NoAnswer { .. } => Error::Unreachable { uri, reason },
            Self::NotMlflow { .. } => Error::Unreadable { uri, reason },
            Self::Unsupported { action, hint } => Error::Unsupported { uri, action, hint },
            Self::Status { status, said, .. } => match (status.as_u16(), said) {
                // A server behind a name it was not told about; no login would help.
                (403, Said::Other(message)) if message.starts_with("Invalid Host header") => {
                    Error::Refused { uri, action, code: status.to_string(), message }
                }
                (403, said) => {
                    let hint = permission(call, &said);
                    Error::PermissionDenied { uri, user: None, action, reason, hint }
                }
                (407, _) => Error::Unreachable { uri, reason: PROXY_LOGIN.to_owned() },
                (_, Said::Mlflow { code, .. }) if TEMPORARY.contains(&code.as_str()) => {
                    Error::Unreachable { uri, reason }
                }
                (_, Said::Mlflow { code, message }) => {
                    Error::Refused { uri, action, code: quote(&code), message: quote(&message) }
                }
                (408 | 429 | 500 | 502.., Said::Other(_)) => Error::Unreachable { uri, reason },
                (_, Said::Other(_)) => {
                    let hint = "check the address and its path prefix";
                    Error::Unreadable { uri, reason: format!("{reason} to {}; {hint}", call.endpoint) }
                }
            },
        }
    }
}

/// Returns whether a body is a page for a browser.
pub(super) fn is_html(body: &str) -> bool {
    body.trim_start().starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, body: &str) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        Failure::Status { status, said: Said::read(body.as_bytes()), retry_after: None }
    }

    fn call() -> Call {
        Call::read("registered-models/alias", vec![], "set the alias Champion of bikes".into())
    }

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
    fn what_is_settled_is_not_tried_again() {
        for (status, body, again) in [
            (408, "", true),
            (429, "", true),
            (500, "", true),
            (502, "", true),
            (503, &*mlflow("TEMPORARILY_UNAVAILABLE"), true),
            (504, "", true),
            (500, &mlflow("INTERNAL_ERROR"), true),
            (500, &mlflow("FEATURE_DISABLED"), false),
            (501, "", false),
            (404, "", false),
            (400, &mlflow("INVALID_PARAMETER_VALUE"), false),
        ] {
            assert_eq!(failure(status, body).may_pass(&call()), again, "{status} {body}");
        }
    }

    #[test]
    fn only_what_may_have_been_done_leaves_doubt() {
        for (status, body, doubt) in [
            (500, "", true),
            (500, &*mlflow("INTERNAL_ERROR"), true),
            (502, "", true),
            (504, "", true),
            (500, &mlflow("FEATURE_DISABLED"), false),
            (503, &mlflow("TEMPORARILY_UNAVAILABLE"), false),
            (429, "", false),
            (400, &mlflow("INVALID_PARAMETER_VALUE"), false),
            (401, "", false),
        ] {
            assert_eq!(failure(status, body).leaves_doubt(), doubt, "{status} {body}");
        }
        assert!(Failure::cut_short().leaves_doubt() && Failure::garbled("").leaves_doubt());
        assert!(!Failure::not_mlflow("").leaves_doubt());
        assert!(!Failure::NoAnswer { stage: Stage::Connecting, reason: String::new() }.leaves_doubt());
    }

    #[test]
    fn a_write_that_must_not_be_doubled_is_sent_again_only_if_nothing_was_sent() {
        let once = Call::write_once("model-versions/create", Value::Null, "create a version".into());
        let no_answer = |stage| Failure::NoAnswer { stage, reason: String::new() };
        assert!(no_answer(Stage::Connecting).may_pass(&once));
        assert!(!no_answer(Stage::Answering).may_pass(&once));
        assert!(!failure(503, "").may_pass(&once));
        assert!(no_answer(Stage::Answering).may_pass(&call()));
        assert!(!no_answer(Stage::Trusting).may_pass(&call()));
    }

    #[test]
    fn a_page_for_a_browser_is_not_repeated() {
        let error = failure(502, "\n<!doctype html><h1>nginx</h1>").into_error("http://h", &call()).to_string();
        assert_eq!(error, "the registry at http://h cannot be reached: it answered 502 Bad Gateway");
    }
}
