//! What a job gets, and what it returns.

use super::error::Error;
use super::write_log::WriteLog;
use crate::outcome::{Failure, JobStatus, Outcome};
use crate::registry::Registry;
use crate::shutdown::Shutdown;

/// What a job runs with.
pub struct Context<'a> {
    /// The registry to work on.
    pub registry: &'a Registry,
    /// Whether the job may change anything.
    pub mode: Mode,
    /// Whether the metrics of both versions are read although no gate needs them.
    pub compares_metrics: bool,
    /// The signals that ask the program to end.
    pub shutdown: &'a Shutdown,
    /// Who is responsible for the changes.
    pub actor: &'a str,
    /// What the job has written so far.
    pub writes: &'a WriteLog,
}

/// Whether a job changes anything, or only plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The job does its work.
    Apply,
    /// The job says what it would change, and changes nothing.
    Plan,
}

impl Context<'_> {
    /// Waits for a step that changes nothing and may fail, and stops waiting when a signal comes.
    pub(super) async fn read<T, E: Into<Error>>(&self, step: impl Future<Output = Result<T, E>>) -> Result<T, Error> {
        self.wait_for(step).await?.map_err(Into::into)
    }

    /// Waits for a step that changes nothing, and stops waiting when a signal comes.
    pub(super) async fn wait_for<T>(&self, step: impl Future<Output = T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            signal = self.shutdown.wait() => {
                self.shutdown.wait_for_answer().await;
                Err(Error::Interrupted(signal))
            }
            done = step => Ok(done),
        }
    }
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub struct JobEnd {
    /// The status that reports show.
    pub status: JobStatus,
    /// What the job found and did, as far as it came.
    pub outcome: Option<Outcome>,
    /// The error that stopped the job.
    pub error: Option<Failure>,
}

impl JobEnd {
    /// Returns the end of a job that did what it was asked to do.
    pub(super) const fn success(status: JobStatus, outcome: Outcome) -> Self {
        Self { status, outcome: Some(outcome), error: None }
    }

    /// Returns the end of a job that an error stopped, with what the job had done by then.
    pub(super) fn failure(error: &Error, outcome: Option<Outcome>) -> Self {
        Self { status: error.status(), outcome, error: Some(error.into()) }
    }
}
