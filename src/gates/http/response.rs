//! The response of an endpoint.

use serde_json::Value;

use crate::secret::Secrets;
use crate::text::ForeignText;

/// How much of a text from an endpoint a reason quotes, in characters.
pub(super) const MAX_QUOTE: usize = 200;

#[derive(Debug, Clone, Default)]
pub(super) struct HttpResponse {
    pub(super) status: u16,
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    /// The body, or its beginning.
    pub(super) body: Vec<u8>,
    /// Whether the body is longer than what was read.
    pub(super) is_truncated: bool,
}

impl HttpResponse {
    /// Returns, in words that follow "its answer", that the body is too long; what the rest says is unknown.
    pub(super) fn truncation(&self) -> Option<String> {
        self.is_truncated.then(|| format!("is longer than the {} KiB that are read of it", self.body.len() / 1024))
    }

    /// Parses the body as JSON.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow "its answer".
    pub(super) fn json(&self) -> Result<Value, String> {
        // The text of the error quotes nothing of the body.
        serde_json::from_slice(&self.body).map_err(|error| format!("is no JSON: {error}"))
    }

    /// Quotes the body on one line. A page for browsers is left out, and so is a truncated body, because a secret at its
    /// end may be cut in half and would not be recognised.
    pub(super) fn quote(&self, secrets: &Secrets) -> String {
        let text = String::from_utf8_lossy(&self.body);
        match self.is_truncated || text.trim_start().starts_with('<') {
            true => String::new(),
            false => quote(&text, secrets).to_string(),
        }
    }
}

/// Quotes a text on one line, without secrets and shortened.
pub(super) fn quote(text: &str, secrets: &Secrets) -> ForeignText {
    ForeignText::new(text).hide(secrets).on_one_line().cut(MAX_QUOTE)
}
