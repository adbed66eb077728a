//! Why a request brought no usable response, and whether sending it again is right.

use std::time::Duration;

use reqwest::StatusCode;

use super::error_body::ErrorBody;
use super::request::{ApiRequest, Repeat};
use crate::http::{Fault, LONGEST_WAIT, Stage, TlsFault, TransportError, describe_page, quote};
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

/// Why a request brought no usable response.
#[derive(Debug)]
pub enum RequestError {
    /// No whole response came.
    NoResponse(TransportError),
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
        /// What it shows about the address.
        mistake: Mistake,
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

/// What a response that is not MLflow's shows about the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The port is that of a service of another protocol, perhaps TLS.
    Protocol,
    /// The port is that of a service that names its own protocol.
    NamedProtocol,
    /// A website or a gateway answers there.
    Page,
    /// The server speaks TLS there, and was asked without.
    Plain,
    /// Nothing: the address may be right.
    Unknown,
}

impl RequestError {
    /// Makes the error of a transport error.
    pub(super) fn from_transport(error: &reqwest::Error, timeout: Duration) -> Self {
        let error = TransportError::new(error, timeout);
        match (error.stage, &error.fault) {
            // Whatever answers there received the request.
            (Stage::NotHttp, _) => Self::protocol("it does not speak HTTP"),
            // A proxy that refuses a tunnel this way will refuse the next one as well.
            (_, Fault::ProxyLogin) => Self::Status {
                status: StatusCode::PROXY_AUTHENTICATION_REQUIRED,
                body: ErrorBody::Other(String::new()),
                retry_after: None,
            },
            _ => Self::NoResponse(error),
        }
    }

    /// Makes the error of a server that sends no response in time.
    pub(super) const fn timed_out(limit: Duration) -> Self {
        Self::NoResponse(TransportError::incomplete(Fault::NoAnswer(limit)))
    }

    /// Makes the error of a response whose end does not come in time.
    pub(super) const fn timed_out_within_body(limit: Duration) -> Self {
        Self::NoResponse(TransportError::incomplete(Fault::NoWholeAnswer(limit)))
    }

    /// Makes the error of a response that ends too early.
    pub(super) const fn cut_short() -> Self {
        Self::NoResponse(TransportError::incomplete(Fault::CutShort))
    }

    /// Makes the error of a request that cannot be signed and was not sent.
    #[cfg(feature = "sigv4")]
    pub(super) fn unsigned(reason: String) -> Self {
        let fault = Fault::Unsigned(format!("the request cannot be signed for AWS: {reason}"));
        Self::NoResponse(TransportError { stage: Stage::Handshake, ..TransportError::incomplete(fault) })
    }

    /// Makes the error of a service that speaks another protocol, from its first line.
    pub(super) fn other_protocol(line: &str) -> Self {
        let reason = format!("it does not speak HTTP, but says {line:?}");
        Self::NotMlflow { reason, is_success: true, mistake: Mistake::NamedProtocol }
    }

    fn protocol(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: true, mistake: Mistake::Protocol }
    }

    /// Makes the error of a page for a browser that says that the request succeeded.
    pub(super) fn page(body: &str) -> Self {
        let reason = format!("it answers with {}", describe_page(body));
        Self::NotMlflow { reason, is_success: true, mistake: Mistake::Page }
    }

    /// Makes the error of a response that MLflow would not send.
    pub(super) fn not_mlflow(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: false, mistake: Mistake::Unknown }
    }

    /// Makes the error of a response that says that the request succeeded, but not as MLflow would.
    pub(super) fn unreadable(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: true, mistake: Mistake::Unknown }
    }

    /// Makes the error of a page to sign in.
    pub(super) fn sign_in_page() -> Self {
        Self::SignIn { reason: "it answers with a page to sign in".to_owned() }
    }

    /// Returns whether the service may speak another protocol, which its first line would show. A service that says its line
    /// and ends the connection can look like one that resets it.
    pub(super) fn may_be_other_protocol(&self) -> bool {
        match self {
            Self::NoResponse(error) => {
                matches!(error.fault, Fault::Unasked | Fault::Reset | Fault::CutShort | Fault::Tls(TlsFault::NotTls, _))
            }
            Self::NotMlflow { mistake, .. } => matches!(mistake, Mistake::Protocol | Mistake::NamedProtocol),
            _ => false,
        }
    }

    /// Returns whether the server may have applied the request: after everything that is not a clear refusal, by MLflow
    /// itself or by something in between that passed nothing on.
    pub fn may_have_applied(&self) -> bool {
        match self {
            Self::NoResponse(error) => matches!(error.stage, Stage::Response | Stage::NotHttp),
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
            Self::NoResponse(error) if error.stage == Stage::Connect => {
                Self::NoResponse(TransportError { stage: Stage::Response, ..error })
            }
            Self::NoToken(error) => Self::NoToken(Box::new(error.after_doubt())),
            error => error,
        }
    }

    /// Returns whether sending the request again is right and may help.
    pub(super) fn is_retryable(&self, request: &ApiRequest<'_>) -> bool {
        let may_repeat = request.repeat == Repeat::Always;
        match self {
            Self::NoResponse(TransportError { stage: Stage::Connect, .. }) => true,
            Self::NoResponse(TransportError { stage: Stage::Response, .. }) => may_repeat,
            Self::Status { status, body, .. } => {
                let is_temporary = match body {
                    ErrorBody::Mlflow { code, .. } => TEMPORARY.contains(&code.as_str()),
                    ErrorBody::Other(_) => true,
                };
                may_repeat && is_temporary && matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
            }
            Self::NoResponse(_)
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
            Self::NoResponse(error) => error.to_string(),
            Self::NotMlflow { reason, .. } | Self::SignIn { reason } | Self::Unsupported { action: reason, .. } => {
                reason.clone()
            }
            Self::NoToken(error) => error.to_string(),
            Self::Redirected { target, .. } => format!("it redirects to {target}"),
            Self::Status { .. } => format!("it {}", self.predicate()),
        }
    }

    /// Returns what the server, or the proxy, did, to follow its name.
    pub(super) fn predicate(&self) -> String {
        let Self::Status { status, body, .. } = self else {
            return match self {
                Self::NoResponse(error) => error.fault.predicate(),
                _ => format!("did not answer as expected: {}", self.reason()),
            };
        };
        let wait = self.retry_after().filter(|wait| *wait > LONGEST_WAIT);
        let wait = wait.map(|wait| format!(" and asks for {} s, which are not waited for", wait.as_secs()));
        let wait = wait.unwrap_or_default();
        match body {
            ErrorBody::Other(text) if text.is_empty() => format!("answered {status}{wait}"),
            ErrorBody::Other(text) => format!("answered {status}{wait}: {text}"),
            ErrorBody::Mlflow { code, message } => {
                format!("answered {status}{wait}: {}: {}", quote(code), quote(message))
            }
        }
    }

    /// Returns what happened in a few words, as a sentence of a log. The server's own words are not part of it.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::NoResponse(TransportError { proxy: Some(proxy), fault, .. }) => {
                format!("{proxy}: {fault}")
            }
            Self::NoResponse(error) => format!("the registry {}", error.fault.predicate()),
            Self::Status { status, .. } => format!("the registry answered {status}"),
            _ => format!("the registry {}", self.predicate()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;

    pub(in super::super) fn status_error(status: u16, body: &str) -> RequestError {
        let status = StatusCode::from_u16(status).unwrap();
        RequestError::Status { status, body: ErrorBody::parse(body.as_bytes()), retry_after: None }
    }

    fn no_response(stage: Stage) -> RequestError {
        RequestError::NoResponse(TransportError { stage, ..TransportError::incomplete(Fault::Reset) })
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
        assert!(!no_response(Stage::Connect).may_have_applied());
    }

    #[test]
    fn a_write_once_request_is_retryable_only_if_nothing_was_sent() {
        let once = ApiRequest::write_once("model-versions/create", &Value::Null, &|| "create a version".into());
        assert!(no_response(Stage::Connect).is_retryable(&once));
        assert!(!no_response(Stage::Response).is_retryable(&once));
        assert!(!status_error(503, "").is_retryable(&once));
        assert!(no_response(Stage::Response).is_retryable(&request()));
        assert!(!no_response(Stage::Handshake).is_retryable(&request()));
    }
}
