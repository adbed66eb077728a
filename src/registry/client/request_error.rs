//! Why a request brought no usable response, and whether sending it again is right.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::request::{ApiRequest, Repeat};
use crate::http::{CUT_SHORT, LONGEST_WAIT, Stage, TransportError, UNASKED, quote};
use crate::registry::error::Error;

/// The codes of MLflow's errors that may be temporary, whatever the status beside them.
pub(super) const TEMPORARY: [&str; 5] =
    ["INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"];

/// The codes with which MLflow and Databricks say, beside statuses below 500, that they did nothing.
///
/// Any other code beside a 500 may answer a commit that succeeded: MLflow says TEMPORARILY_UNAVAILABLE for every
/// operational error of its database, a connection lost at the commit included.
const REFUSALS: [&str; 5] =
    ["FEATURE_DISABLED", "INVALID_STATE", "NOT_IMPLEMENTED", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"];

/// The reason for an answer of a gateway or a website.
pub const BROWSER_PAGE: &str = "it answers with a page for a browser; check the address and its path prefix";

/// The reason for a proxy that wants a login of its own.
pub(super) const PROXY_LOGIN: &str = "the proxy on the way to it demands a login (407); write user and \
                           password before its host in HTTP_PROXY or HTTPS_PROXY, or name the registry's host in NO_PROXY";

/// The reason for a certificate that nobody else signed, as `openssl req -x509` makes them.
const SELF_SIGNED: &str = "its TLS certificate or protocol is not accepted: invalid peer certificate: it is self-signed; \
                           if it is the right server, name that certificate in `tracking_server_cert_path`";

/// The reason for a certificate that has expired.
const EXPIRED: &str = "its TLS certificate or protocol is not accepted: invalid peer certificate: certificate expired; \
                       have it renewed on the server, or set this machine's clock";

/// The advice when the server ends the handshake.
const REFUSED_CERTIFICATE: &str = "it may be your own certificate that it does not accept, the one in \
                                   `tracking_client_cert_path`";

/// The advice when the response is not TLS.
const NO_TLS: &str =
    "the server does not speak TLS there; check the port, or whether its address begins with `http://`";

/// The advice for some transport errors: what their reason contains, whether the advice is appended to the reason or
/// replaces it, and the advice.
const ADVICE: [(&str, bool, &str); 11] = [
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

/// Why a request brought no usable response.
#[derive(Debug)]
pub enum RequestError {
    /// No whole response came.
    NoResponse {
        /// How far the request got.
        stage: Stage,
        reason: String,
    },
    /// The response is an error.
    Status {
        status: StatusCode,
        body: ErrorBody,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The response does not come from MLflow.
    NotMlflow {
        /// What is wrong with it.
        reason: String,
        /// Whether its status is that of a success.
        is_success: bool,
    },
    /// The response redirects to a place that the request does not follow.
    Redirected {
        status: StatusCode,
        /// The target, as it may be shown.
        target: String,
    },
    /// Something before the server wants people to sign in.
    SignIn {
        /// How that shows.
        reason: String,
    },
    /// The server lacks something that the request needs.
    Unsupported {
        /// What it lacks, as the start of a sentence that ends in its address.
        action: String,
        /// What to do.
        hint: &'static str,
    },
    /// The request was not sent, because the login needs a token and there is none.
    NoToken(Box<Error>),
}

/// The body of an error response.
#[derive(Debug, PartialEq, Eq)]
pub enum ErrorBody {
    /// MLflow's own error document.
    Mlflow {
        /// Its `error_code`.
        code: String,
        /// Its `message`, as sent.
        message: String,
    },
    /// Any other text; empty if it is a page for a browser.
    Other(String),
}

impl ErrorBody {
    /// Parses the body of an error response.
    pub(super) fn parse(body: &[u8]) -> Self {
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

impl RequestError {
    /// Makes the error of a transport error, with advice.
    pub(super) fn from_transport(error: &reqwest::Error, timeout: Duration) -> Self {
        let TransportError { stage, reason } = TransportError::new(error, timeout);
        // Whatever answers there received the request.
        if stage == Stage::NotHttp {
            return Self::unreadable(reason);
        }
        match ADVICE.iter().find(|(cause, ..)| reason.contains(cause)) {
            Some((_, true, advice)) => Self::NoResponse { stage, reason: format!("{reason}; {advice}") },
            // A proxy that refuses a tunnel this way will refuse the next one as well.
            Some((_, false, advice)) if *advice == PROXY_LOGIN => Self::Status {
                status: StatusCode::PROXY_AUTHENTICATION_REQUIRED,
                body: ErrorBody::Other(String::new()),
                retry_after: None,
            },
            Some((_, false, advice)) => Self::NoResponse { stage, reason: (*advice).to_owned() },
            None => Self::NoResponse { stage, reason },
        }
    }

    /// Makes the error of a server that sends no response in time.
    pub(super) fn timed_out(limit: Duration) -> Self {
        Self::incomplete(format!("no answer within {} s", limit.as_secs_f64()))
    }

    /// Makes the error of a response whose end does not come in time.
    pub(super) fn timed_out_within_body(limit: Duration) -> Self {
        Self::incomplete(format!("no whole answer within {} s", limit.as_secs_f64()))
    }

    /// Makes the error of a response that ends too early.
    pub(super) fn cut_short() -> Self {
        Self::incomplete(CUT_SHORT.to_owned())
    }

    fn incomplete(reason: String) -> Self {
        Self::NoResponse { stage: Stage::Response, reason }
    }

    /// Makes the error of a request that cannot be signed and was not sent.
    #[cfg(feature = "sigv4")]
    pub(super) fn unsigned(reason: String) -> Self {
        let reason = format!("the request cannot be signed for AWS: {reason}");
        Self::NoResponse { stage: Stage::Handshake, reason }
    }

    /// Makes the error of a service that speaks another protocol, from its first line.
    pub(super) fn other_protocol(line: &str) -> Self {
        Self::unreadable(format!("it does not speak HTTP, but says {line:?}; check the host and the port"))
    }

    /// Makes the error of a response that MLflow would not send.
    pub(super) fn not_mlflow(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: false }
    }

    /// Makes the error of a response that says that the request succeeded, but not as MLflow would.
    pub(super) fn unreadable(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: true }
    }

    /// Makes the error of a page to sign in.
    pub(super) fn sign_in_page() -> Self {
        Self::SignIn { reason: "it answers with a page to sign in".to_owned() }
    }

    /// Returns whether the service may speak another protocol, which its first line would show.
    pub(super) fn may_be_other_protocol(&self) -> bool {
        match self {
            Self::NoResponse { reason, .. } => reason == UNASKED || reason.contains(NO_TLS),
            Self::NotMlflow { .. } => true,
            _ => false,
        }
    }

    /// Returns whether the server may have applied the request: after everything that is not a clear refusal, by MLflow
    /// itself or by something in between that passed nothing on.
    pub fn may_have_applied(&self) -> bool {
        match self {
            Self::NoResponse { stage, .. } => matches!(stage, Stage::Response | Stage::NotHttp),
            Self::Status { status, body: ErrorBody::Mlflow { code, .. }, .. } => {
                let is_vague = matches!(status.as_u16(), 408 | 499..) || TEMPORARY.contains(&code.as_str());
                is_vague && !REFUSALS.contains(&code.as_str())
            }
            // Such a body does not say who refused, nor whether that was before or after the write.
            Self::Status { status, .. } => matches!(status.as_u16(), 408 | 409 | 425 | 429 | 499 | 500 | 502..),
            Self::NotMlflow { is_success, .. } => *is_success,
            Self::Redirected { .. } | Self::SignIn { .. } | Self::Unsupported { .. } | Self::NoToken(_) => false,
        }
    }

    /// Records that an earlier attempt of the same write may have been applied.
    pub(super) fn after_doubt(self) -> Self {
        match self {
            Self::NoResponse { stage: Stage::Connect, reason } => Self::incomplete(reason),
            Self::NoToken(error) => Self::NoToken(Box::new(error.after_doubt())),
            error => error,
        }
    }

    /// Returns whether sending the request again is right and may help.
    pub(super) fn is_retryable(&self, request: &ApiRequest<'_>) -> bool {
        let may_repeat = request.repeat == Repeat::Always;
        match self {
            Self::NoResponse { stage: Stage::Connect, .. } => true,
            Self::NoResponse { stage: Stage::Response, .. } => may_repeat,
            Self::Status { status, body, .. } => {
                let is_temporary = match body {
                    ErrorBody::Mlflow { code, .. } => TEMPORARY.contains(&code.as_str()),
                    ErrorBody::Other(_) => true,
                };
                may_repeat && is_temporary && matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
            }
            Self::NoResponse { stage: Stage::Handshake | Stage::NotHttp, .. }
            | Self::NotMlflow { .. }
            | Self::Redirected { .. }
            | Self::SignIn { .. }
            | Self::Unsupported { .. }
            | Self::NoToken(_) => false,
        }
    }

    /// Returns how long the server asks to wait, if its status allows it to ask.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { status, retry_after, .. } if matches!(status.as_u16(), 429 | 503) => *retry_after,
            _ => None,
        }
    }

    /// Returns MLflow's error code and message, if the server sent them.
    pub fn code_and_message(&self) -> Option<(&str, &str)> {
        match self {
            Self::Status { body: ErrorBody::Mlflow { code, message }, .. } => Some((code, message)),
            _ => None,
        }
    }

    /// Returns whether the server sent an error code of MLflow.
    pub fn has_code(&self, expected: &str) -> bool {
        self.code_and_message().is_some_and(|(code, _)| code == expected)
    }

    /// Returns what happened, to follow a colon.
    pub fn reason(&self) -> String {
        match self {
            Self::NoResponse { reason, .. }
            | Self::NotMlflow { reason, .. }
            | Self::SignIn { reason }
            | Self::Unsupported { action: reason, .. } => reason.clone(),
            Self::NoToken(error) => error.to_string(),
            Self::Redirected { target, .. } => {
                format!("it redirects to {target}; if the server is there, use its address")
            }
            Self::Status { status, body, .. } => {
                let wait = self.retry_after().filter(|wait| *wait > LONGEST_WAIT);
                let wait = wait.map(|wait| format!(" and asks for {} s, which are not waited for", wait.as_secs()));
                let wait = wait.unwrap_or_default();
                match body {
                    ErrorBody::Other(text) if text.is_empty() => format!("it answered {status}{wait}"),
                    ErrorBody::Other(text) => format!("it answered {status}{wait}: {text}"),
                    ErrorBody::Mlflow { code, message } => {
                        format!("it answered {status}{wait}: {}: {}", quote(code), quote(message))
                    }
                }
            }
        }
    }
}

/// Returns whether a body is a page for a browser.
pub fn is_html(body: &str) -> bool {
    body.trim_start().starts_with('<')
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn status_error(status: u16, body: &str) -> RequestError {
        let status = StatusCode::from_u16(status).unwrap();
        RequestError::Status { status, body: ErrorBody::parse(body.as_bytes()), retry_after: None }
    }

    pub(in super::super) fn request() -> ApiRequest<'static> {
        ApiRequest::read("registered-models/alias", vec![], &|| "set the alias Champion of bikes".into())
    }

    fn mlflow(code: &str) -> String {
        format!(r#"{{"error_code":"{code}","message":"no"}}"#)
    }

    #[test]
    fn only_temporary_errors_are_retryable() {
        for (status, body, expected) in [
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
            assert_eq!(status_error(status, body).is_retryable(&request()), expected, "{status} {body}");
        }
    }

    #[test]
    fn only_what_may_have_been_done_may_have_applied() {
        for (status, body, expected) in [
            (500, "", true),
            (500, &*mlflow("INTERNAL_ERROR"), true),
            (502, "", true),
            (504, "", true),
            (500, &mlflow("FEATURE_DISABLED"), false),
            (503, "", true),
            (429, "slow down", true),
            (503, &mlflow("TEMPORARILY_UNAVAILABLE"), true),
            (504, &mlflow("DEADLINE_EXCEEDED"), true),
            (500, &mlflow("SOMETHING_NEW"), true),
            (429, &mlflow("REQUEST_LIMIT_EXCEEDED"), false),
            (501, &mlflow("NOT_IMPLEMENTED"), false),
            (501, "", false),
            (403, "<html>", false),
            (400, &mlflow("INVALID_PARAMETER_VALUE"), false),
            (401, "", false),
        ] {
            assert_eq!(status_error(status, body).may_have_applied(), expected, "{status} {body}");
        }
        assert!(RequestError::cut_short().may_have_applied() && RequestError::unreadable("").may_have_applied());
        assert!(!RequestError::not_mlflow("").may_have_applied());
        assert!(!RequestError::NoResponse { stage: Stage::Connect, reason: String::new() }.may_have_applied());
    }

    #[test]
    fn a_write_once_request_is_retryable_only_if_nothing_was_sent() {
        let once = ApiRequest::write_once("model-versions/create", &Value::Null, &|| "create a version".into());
        let no_response = |stage| RequestError::NoResponse { stage, reason: String::new() };
        assert!(no_response(Stage::Connect).is_retryable(&once));
        assert!(!no_response(Stage::Response).is_retryable(&once));
        assert!(!status_error(503, "").is_retryable(&once));
        assert!(no_response(Stage::Response).is_retryable(&request()));
        assert!(!no_response(Stage::Handshake).is_retryable(&request()));
    }
}
