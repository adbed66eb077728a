//! How an invocation and each of its jobs ended.

use serde::Serialize;

use super::{Failure, Notification, Outcome, Rerun};

/// What one invocation did: the document that `--output json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct BatchResult {
    /// How the whole ended.
    pub status: BatchStatus,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The jobs, in the order of the configs.
    pub jobs: Vec<JobResult>,
}

/// How a whole invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// Every job did what it was asked, or found it done already.
    Ok,
    /// A job failed.
    Failed,
    /// The registry could not be reached or refused the login.
    Unavailable,
    /// A gate or precondition said no; nothing was changed.
    Blocked,
    /// A signal ended the run.
    Interrupted,
}

/// What one job did.
#[derive(Debug, Clone, Serialize)]
pub struct JobResult {
    /// The config file that holds the job, as it was given.
    pub config: String,
    /// The place of the job in that file, from 0.
    pub index: usize,
    /// The job's `KIND`.
    pub kind: &'static str,
    /// How it ended.
    pub status: JobStatus,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What it did, as far as it came.
    pub outcome: Outcome,
    /// What running the same command again would do.
    #[serde(skip)]
    pub rerun: Rerun,
    /// What went wrong.
    pub error: Option<Failure>,
    /// Who was told.
    pub notifications: Vec<Notification>,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// The alias was moved, and read back.
    Promoted,
    /// A version was created.
    Registered,
    /// The alias was moved back to an earlier version, and read back.
    RolledBack,
    /// The alias was there already, or the job only reads; nothing was written.
    Unchanged,
    /// `--plan`: what would change was said, and nothing was changed.
    Planned,
    /// A gate or precondition said no; nothing was changed.
    Blocked,
    /// The job failed.
    Failed,
    /// The alias was moved, and put back because of what happened later.
    Restored,
    /// The job was never started.
    Skipped,
    /// A signal ended the job before it moved an alias.
    Interrupted,
}

impl JobStatus {
    /// Returns the word used in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Registered => "registered",
            Self::RolledBack => "rolled_back",
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Restored => "restored",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
        }
    }
}
