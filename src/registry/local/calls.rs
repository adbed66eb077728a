//! Runs work on a local registry: each call is one blocking operation, which takes effect as a whole or not at all.

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use crate::registry::{Error, Result};

/// The tags of a registered model.
pub(in crate::registry) type Tags = BTreeMap<String, String>;

/// Keys and values of tags to write, in their order.
pub(in crate::registry) type NewTags = Vec<(String, String)>;

/// The intent of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) enum Intent {
    /// Only reads.
    Read,
    /// Changes an existing registry.
    Write,
    /// Changes a registry, and creates it if it is missing.
    Create,
}

/// Runs blocking work, such as waiting for a lock, on a thread where it does not block other tasks.
pub(in crate::registry) async fn run_blocking<T: Send + 'static>(
    uri: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Work is cancelled only before it starts.
            Err(_) => Err(Error::unreachable(uri, "was not asked: the program is ending", "run this again")),
        },
    }
}
