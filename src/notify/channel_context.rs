//! The shared context of channels, and the error of a failed delivery.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use crate::http::{Tls, client};
use crate::writer::Writer;

/// The context that channels share: the console, the trusted authorities and one HTTP client.
pub struct ChannelContext {
    console: Writer,
    trust: Tls,
    http: OnceLock<reqwest::Client>,
}

impl ChannelContext {
    /// Creates the context. Nothing is opened or built before a channel needs it.
    pub(crate) fn new(console: Writer, ca_bundle: Option<PathBuf>) -> Self {
        Self { console, trust: ca_bundle.map_or(Tls::Public, Tls::Bundle), http: OnceLock::new() }
    }

    /// Returns the writer for messages on the console.
    pub(super) const fn console(&self) -> &Writer {
        &self.console
    }

    /// Returns the authorities that TLS trusts.
    pub(super) const fn trust(&self) -> &Tls {
        &self.trust
    }

    /// Returns the HTTP client, which the first call builds.
    ///
    /// # Errors
    /// The CA bundle, or a proxy of the environment, cannot be used.
    pub(super) fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = client(&self.trust, true).map_err(SendError::permanent)?;
        Ok(self.http.get_or_init(|| http))
    }
}

/// The error of a failed delivery. The reason never contains the address or a login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SendError {
    /// The reason, to be appended after a colon.
    pub reason: String,
    /// Whether a retry may succeed.
    pub is_retryable: bool,
    /// The wait before the retry that the service asks for.
    pub retry_after: Option<Duration>,
}

impl SendError {
    /// Creates an error that a retry would hit again.
    pub(super) fn permanent(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_retryable: false, retry_after: None }
    }

    /// Creates an error that may be gone after a wait.
    pub(super) fn transient(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), is_retryable: true, retry_after: None }
    }
}
