//! The body of an error response.

use serde_json::Value;

use crate::http::{describe_page, is_html, page_title, quote};

/// The words with which web servers say that they were asked without TLS.
const WANTS_TLS: [&str; 3] =
    ["HTTP request to an HTTPS server", "plain HTTP request was sent to HTTPS port", "plain HTTP to an SSL-enabled"];

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
    /// Any other text. A page for a browser is described by its title, and empty without one.
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
        Self::Other(match is_html(&other) {
            true => page_title(&other).map_or_else(String::new, |_| describe_page(&other)),
            false => quote(&other),
        })
    }

    /// Returns whether a web server says that it speaks TLS, and was asked without.
    pub(super) fn wants_tls(&self) -> bool {
        matches!(self, Self::Other(text) if WANTS_TLS.iter().any(|words| text.contains(words)))
    }
}
