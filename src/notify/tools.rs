//! What channels share.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::SendError;
use crate::http::{Tls, client};
use crate::writer::Writer;

/// What channels send with.
pub struct Tools {
    console: Writer,
    trust: Tls,
    http: OnceLock<reqwest::Client>,
}

impl Tools {
    /// Collects the tools; nothing is opened or built before a channel needs it.
    pub(crate) fn new(console: Writer, ca_bundle: Option<PathBuf>) -> Self {
        Self { console, trust: ca_bundle.map_or(Tls::Public, Tls::Bundle), http: OnceLock::new() }
    }

    /// Returns where console notices go.
    pub(super) const fn console(&self) -> &Writer {
        &self.console
    }

    /// Returns whom TLS trusts.
    pub(super) const fn trust(&self) -> &Tls {
        &self.trust
    }

    /// Returns the HTTP client, which is built at the first call.
    ///
    /// # Errors
    /// When it cannot be built: the CA bundle, or a proxy of the environment, cannot be used.
    pub(super) fn http(&self) -> Result<&reqwest::Client, SendError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = client(&self.trust, true).map_err(SendError::lasting)?;
        Ok(self.http.get_or_init(|| http))
    }
}
