//! Why a channel did not take a notice.

use std::time::Duration;

/// Why a channel did not take a notice. The reason never holds the address or a login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct SendError {
    /// What happened, fit to follow a colon.
    pub reason: String,
    /// Whether trying again may help.
    pub may_pass: bool,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

impl SendError {
    /// Makes an error that trying again will not cure.
    pub(crate) fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), may_pass: false, retry_after: None }
    }

    /// Makes an error that may pass.
    pub(crate) fn passing(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), may_pass: true, retry_after: None }
    }
}
