//! How far a process has come.

use std::sync::Arc;

use super::failure::ProcessFailure;

/// The state of a process.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// It was started, maybe again, and is not ready yet.
    Starting,
    /// It can be used.
    Ready,
    /// It cannot be used any more.
    Failed(Arc<ProcessFailure>),
    /// It was stopped.
    Stopped,
}
