//! The input and the result of running a job.

use super::error::Error;
use super::lost_process::LostProcess;
use super::write_log::WriteLog;
use crate::outcome::{Failure, JobStatus, Outcome};
use crate::registry::Registry;
use crate::services::MlflowClient;
use crate::shutdown::Shutdown;

/// The context in which a job runs.
pub struct Context<'a> {
    /// The registry to work on.
    pub registry: &'a Registry,
    /// Whether the job applies changes or only plans them.
    pub mode: Mode,
    /// Whether the metrics of both versions are read although no gate needs them.
    pub compares_metrics: bool,
    /// The signals that ask the program to end.
    pub shutdown: &'a Shutdown,
    /// The end of a process that the job uses; `None` where nobody tells the job of it.
    pub lost_process: Option<&'a LostProcess>,
    /// The registry as MLflow's own client in another program needs it.
    pub client: MlflowClient<'a>,
    /// The person or system that is responsible for the changes.
    pub actor: &'a str,
    /// What the job has written so far.
    pub writes: &'a WriteLog,
}

/// Whether a job applies changes or only plans them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The job does its work.
    Apply,
    /// The job reports what it would change, and changes nothing.
    Plan,
}

impl Context<'_> {
    /// Waits for a fallible step that changes nothing; a signal cancels the wait.
    pub(super) async fn read<T, E: Into<Error>>(&self, step: impl Future<Output = Result<T, E>>) -> Result<T, Error> {
        self.wait_for(step).await?.map_err(Into::into)
    }

    /// Waits for the end of a process that the job uses, forever if none ends.
    pub(super) async fn wait_for_lost_process(&self) -> Failure {
        match self.lost_process {
            Some(process) => process.wait().await,
            None => std::future::pending().await,
        }
    }

    /// Waits for a step that changes nothing; a signal cancels the wait.
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
    /// What the job found and did before it ended.
    pub outcome: Option<Outcome>,
    /// The error that stopped the job.
    pub error: Option<Failure>,
}

impl JobEnd {
    /// Returns the end of a job that succeeded.
    pub(super) const fn success(status: JobStatus, outcome: Outcome) -> Self {
        Self { status, outcome: Some(outcome), error: None }
    }

    /// Returns the end of a job that an error stopped, with its outcome up to then.
    pub(super) fn failure(error: &Error, outcome: Option<Outcome>) -> Self {
        Self { status: error.status(), outcome, error: Some(error.into()) }
    }
}
