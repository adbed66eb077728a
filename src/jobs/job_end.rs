//! How a job ended: what it did as far as it came, and what stopped it.

use super::Error;
use crate::outcome::{Failure, JobStatus, Outcome};

/// The end of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobEnd {
    /// How it ended.
    pub status: JobStatus,
    /// What it found and did, as far as it came.
    pub outcome: Option<Outcome>,
    /// What stopped it.
    pub error: Option<Failure>,
}

impl JobEnd {
    /// The end of a job that did what it was asked.
    pub(super) const fn success(status: JobStatus, outcome: Outcome) -> Self {
        Self { status, outcome: Some(outcome), error: None }
    }

    /// The end of a job that was stopped, with what it had done by then.
    pub(super) fn failure(error: &Error, outcome: Option<Outcome>) -> Self {
        Self { status: error.status(), outcome, error: Some(error.into()) }
    }
}
