//! The endings that people can be told of.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::outcome::{JobResult, JobStatus};

/// How a job ended, as a config names it to choose who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The alias was moved.
    Promoted,
    /// A version was created.
    Registered,
    /// The alias was moved back to an earlier version.
    RolledBack,
    /// Nothing had to be done.
    Unchanged,
    /// A gate or precondition said no.
    Blocked,
    /// The job failed.
    Failed,
    /// The alias was moved, and put back because of what happened later.
    Restored,
}

impl Ending {
    /// Returns the ending of a job; none for one that nobody is told of, because the person at the keyboard made it.
    pub const fn of(status: JobStatus) -> Option<Self> {
        match status {
            JobStatus::Promoted => Some(Self::Promoted),
            JobStatus::Registered => Some(Self::Registered),
            JobStatus::RolledBack => Some(Self::RolledBack),
            JobStatus::Unchanged => Some(Self::Unchanged),
            JobStatus::Blocked => Some(Self::Blocked),
            JobStatus::Failed => Some(Self::Failed),
            JobStatus::Restored => Some(Self::Restored),
            JobStatus::Planned | JobStatus::Skipped | JobStatus::Interrupted => None,
        }
    }
}

/// Whether news is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It was done.
    Good,
    /// Nothing had to be done, or it was undone.
    Neutral,
    /// Somebody has to look.
    Bad,
}

impl Tone {
    /// Returns whether a job's end is good news. What was done and has a failure beside it is none.
    pub(super) const fn of(job: &JobResult) -> Self {
        if job.error.is_some() {
            return Self::Bad;
        }
        match Ending::of(job.status) {
            Some(Ending::Promoted | Ending::Registered | Ending::RolledBack) => Self::Good,
            Some(Ending::Blocked | Ending::Failed) => Self::Bad,
            Some(Ending::Unchanged | Ending::Restored) | None => Self::Neutral,
        }
    }
}
