//! What an endpoint said.

use serde_json::Value;

use crate::redact::Secrets;
use crate::text::ForeignText;

/// The most of an answer that is told, in characters.
pub(super) const MOST_TOLD: usize = 200;

/// The answer of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct HttpAnswer {
    /// The status.
    pub(crate) status: u16,
    /// Where a redirect leads.
    pub(crate) location: Option<String>,
    /// The body, or its beginning.
    pub(crate) body: Vec<u8>,
    /// Whether there is more of the body than was read.
    pub(crate) is_cut: bool,
}

impl HttpAnswer {
    /// Says, fit to follow "its answer", that there is more of it than was read; nobody knows what the rest says.
    pub(super) fn cut(&self) -> Option<String> {
        self.is_cut.then(|| format!("is longer than the {} KiB that are read of it", self.body.len() / 1024))
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// What is wrong with it, fit to follow "its answer".
    pub(super) fn json(&self) -> Result<Value, String> {
        // The text of the error quotes nothing of the answer.
        serde_json::from_slice(&self.body).map_err(|error| format!("is no JSON: {error}"))
    }

    /// Returns the body in a line, unless it is a page for a browser or was cut: where it is broken off, a secret might
    /// be cut in half and not be known again.
    pub(super) fn words(&self, secrets: &Secrets) -> String {
        let text = String::from_utf8_lossy(&self.body);
        match self.is_cut || text.trim_start().starts_with('<') {
            true => String::new(),
            false => in_short(&text, secrets).to_string(),
        }
    }
}

/// Makes a text fit for a line: without secrets, on one line, and not too long.
pub(super) fn in_short(text: &str, secrets: &Secrets) -> ForeignText {
    ForeignText::new(text).hide(secrets).on_one_line().cut(MOST_TOLD)
}
