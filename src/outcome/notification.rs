//! Who was told.

use serde::Serialize;

/// Who was told about a job, and whether it reached them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// The channel's `KIND`.
    pub channel: &'static str,
    /// Whether it was delivered.
    pub status: Delivery,
    /// How often delivery was tried.
    pub attempts: u32,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whether a notice reached its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The channel took it.
    Sent,
    /// The channel did not.
    Failed,
}
