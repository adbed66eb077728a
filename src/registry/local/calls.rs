//! Work on a registry in files: each call is one piece of blocking work, which counts as a whole or not at all.

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use crate::registry::{Error, Result};

/// The tags of a registered model.
pub(in crate::registry) type Tags = BTreeMap<String, String>;

/// Keys and values of tags to write, in their order.
pub(in crate::registry) type NewTags = Vec<(String, String)>;

/// What a piece of work is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) enum Intent {
    /// To read.
    Read,
    /// To change a registry that exists.
    Write,
    /// To change a registry that is created where it is missing.
    Create,
}

/// Runs work that blocks its thread, such as waiting for a lock, where it does not hold up other tasks.
pub(in crate::registry) async fn run_blocking<T: Send + 'static>(
    uri: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Work is only cancelled before it begins.
            Err(_) => Err(Error::unreachable(uri, "was not asked: the program is ending", "run this again")),
        },
    }
}
