//! What a job runs with.

use super::{Error, WriteLog};
use crate::registry::Registry;
use crate::shutdown::Shutdown;

/// What a job is given to run with.
pub struct Context<'a> {
    /// The registry to work on.
    pub registry: &'a Registry,
    /// Whether to change anything.
    pub mode: Mode,
    /// Whether the program was asked to end.
    pub shutdown: &'a Shutdown,
    /// Who is held responsible for what changes.
    pub actor: &'a str,
    /// What the job has written so far.
    pub writes: &'a WriteLog,
}

/// Whether a job changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Do it.
    Apply,
    /// Only say what would change.
    Plan,
}

impl Context<'_> {
    /// Waits for a step that changes nothing, and gives it up when a signal comes.
    pub(super) async fn read<T, E: Into<Error>>(&self, step: impl Future<Output = Result<T, E>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            signal = self.shutdown.wait() => Err(Error::Interrupted(signal)),
            done = step => done.map_err(Into::into),
        }
    }
}
