//! Why one request brought no answer, and whether sending it again is right.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::call::{Call, Repeat};
use crate::http::{LONGEST_WAIT, Stage, quote};

/// What MLflow says when trying again may help, whatever the status beside it.
pub(super) const TEMPORARY: [&str; 5] =
    ["INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"];

/// What MLflow and Databricks say, beside statuses below 500, when they certainly did nothing of what they were asked.
/// What else comes with a 500 may be the answer to a commit that was made: MLflow says TEMPORARILY_UNAVAILABLE of every
/// operational error of its database, that of a connection that was lost at the commit among them.
const REFUSALS: [&str; 5] =
    ["FEATURE_DISABLED", "INVALID_STATE", "NOT_IMPLEMENTED", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"];

/// What is said of an answer that some gateway or website gives.
pub(in crate::registry) const BROWSER_PAGE: &str =
    "it answers with a page for a browser; check the address and its path prefix";

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
    /// It is a redirect to a place that the request does not go to.
    Moved {
        /// Its status.
        status: StatusCode,
        /// Where to, as it may be shown.
        place: String,
    },
    /// People are to sign in first, which something before the server wants.
    SignIn {
        /// What says so.
        reason: String,
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
    /// Explains an answer that MLflow would not give.
    pub(super) fn not_mlflow(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: false }
    }

    /// Explains an answer that says, in words that MLflow would not use, that something was done.
    pub(super) fn garbled(reason: impl Into<String>) -> Self {
        Self::NotMlflow { reason: reason.into(), is_success: true }
    }

    /// Explains an answer that is a page to sign in.
    pub(super) fn sign_in_page() -> Self {
        Self::SignIn { reason: "it answers with a page to sign in".to_owned() }
    }

    /// Returns whether the server may have done what it was asked all the same: after whatever is no clear refusal, by
    /// MLflow itself or by something in between that passed nothing on.
    pub(in crate::registry) fn leaves_doubt(&self) -> bool {
        match self {
            Self::NoAnswer { stage, .. } => matches!(stage, Stage::Answering | Stage::Babbling),
            Self::Status { status, said: Said::Mlflow { code, .. }, .. } => {
                let is_vague = matches!(status.as_u16(), 408 | 499..) || TEMPORARY.contains(&code.as_str());
                is_vague && !REFUSALS.contains(&code.as_str())
            }
            // Nobody says who counts there, nor before or after what.
            Self::Status { status, .. } => matches!(status.as_u16(), 408 | 409 | 425 | 429 | 499 | 500 | 502..),
            Self::NotMlflow { is_success, .. } => *is_success,
            Self::Moved { .. } | Self::SignIn { .. } | Self::Unsupported { .. } => false,
        }
    }

    /// Keeps in mind that an earlier try of the same write may have been done.
    pub(super) fn after_doubt(self) -> Self {
        match self {
            Self::NoAnswer { stage: Stage::Connecting, reason } => Self::NoAnswer { stage: Stage::Answering, reason },
            failure => failure,
        }
    }

    /// Returns whether sending the call again is right, and may help.
    pub(super) fn may_pass(&self, call: &Call<'_>) -> bool {
        match self {
            Self::NoAnswer { stage: Stage::Connecting, .. } => true,
            Self::NoAnswer { stage: Stage::Trusting | Stage::Babbling, .. }
            | Self::NotMlflow { .. }
            | Self::Moved { .. }
            | Self::SignIn { .. }
            | Self::Unsupported { .. } => false,
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
            | Self::SignIn { reason }
            | Self::Unsupported { action: reason, .. } => reason.clone(),
            Self::Moved { place, .. } => format!("it redirects to {place}; if the server is there, use its address"),
            Self::Status { status, said, .. } => {
                let wait = self.retry_after().filter(|wait| *wait > LONGEST_WAIT);
                let wait = wait.map(|wait| format!(" and asks for {} s, which are not waited for", wait.as_secs()));
                let wait = wait.unwrap_or_default();
                match said {
                    Said::Other(text) if text.is_empty() => format!("it answered {status}{wait}"),
                    Said::Other(text) => format!("it answered {status}{wait}: {text}"),
                    Said::Mlflow { code, message } => {
                        format!("it answered {status}{wait}: {}: {}", quote(code), quote(message))
                    }
                }
            }
        }
    }
}

/// Returns whether a body is a page for a browser.
pub(super) fn is_html(body: &str) -> bool {
    body.trim_start().starts_with('<')
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn failure(status: u16, body: &str) -> Failure {
        let status = StatusCode::from_u16(status).unwrap();
        Failure::Status { status, said: Said::read(body.as_bytes()), retry_after: None }
    }

    pub(in super::super) fn call() -> Call<'static> {
        Call::read("registered-models/alias", vec![], &|| "set the alias Champion of bikes".into())
    }

    fn mlflow(code: &str) -> String {
        format!(r#"{{"error_code":"{code}","message":"no"}}"#)
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
            assert_eq!(failure(status, body).leaves_doubt(), doubt, "{status} {body}");
        }
        assert!(Failure::cut_short().leaves_doubt() && Failure::garbled("").leaves_doubt());
        assert!(!Failure::not_mlflow("").leaves_doubt());
        assert!(!Failure::NoAnswer { stage: Stage::Connecting, reason: String::new() }.leaves_doubt());
    }

    #[test]
    fn a_write_that_must_not_be_doubled_is_sent_again_only_if_nothing_was_sent() {
        let once = Call::write_once("model-versions/create", &Value::Null, &|| "create a version".into());
        let no_answer = |stage| Failure::NoAnswer { stage, reason: String::new() };
        assert!(no_answer(Stage::Connecting).may_pass(&once));
        assert!(!no_answer(Stage::Answering).may_pass(&once));
        assert!(!failure(503, "").may_pass(&once));
        assert!(no_answer(Stage::Answering).may_pass(&call()));
        assert!(!no_answer(Stage::Trusting).may_pass(&call()));
    }
}
