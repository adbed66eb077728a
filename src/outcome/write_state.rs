//! How far a write of a job came.

use serde::Serialize;

/// How far a write came. A write that the registry clearly refused was never made, and has no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteState {
    /// It was sent, and may have been applied.
    Sent,
    /// The registry showed it afterwards.
    Confirmed,
}
