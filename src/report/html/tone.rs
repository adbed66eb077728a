//! Whether a part of the page is good news, in a word that the style sheet knows.

use serde::Serialize;

use crate::outcome::{JobResult, JobStatus, Verdict};

/// Whether something is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tone {
    /// Somebody has to look.
    Bad,
    /// Somebody may want to look.
    Warn,
    /// It was done.
    Good,
    /// Nothing had to be done.
    Calm,
}

impl Tone {
    pub(super) fn for_job(job: &JobResult) -> Self {
        match job.status {
            status if job.error.is_some() && status != JobStatus::Skipped => Self::Bad,
            JobStatus::Blocked | JobStatus::Failed | JobStatus::NotRestored | JobStatus::Unknown => Self::Bad,
            JobStatus::Restored | JobStatus::NoticeFailed | JobStatus::Skipped | JobStatus::Interrupted => Self::Warn,
            JobStatus::Done(_) => Self::Good,
            JobStatus::Unchanged | JobStatus::Read | JobStatus::Planned => Self::Calm,
        }
    }

    pub(super) fn for_verdict(verdict: &Verdict) -> Self {
        match verdict.passed {
            true => Self::Good,
            false if verdict.blocks() => Self::Bad,
            false => Self::Warn,
        }
    }

    /// Returns the sign beside the colour, for those who cannot tell colours apart.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Bad => "✕",
            Self::Warn => "!",
            Self::Good => "✓",
            Self::Calm => "·",
        }
    }
}
