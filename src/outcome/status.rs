//! The status of a job, and the effect of a second run.

use serde::{Serialize, Serializer};

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// The job changed what it was to change. Its kind has the word for it, such as `promoted`.
    Done(&'static str),
    /// Everything was as it should be already; nothing was written.
    Unchanged,
    /// The job only reads, and has read.
    Read,
    /// `--plan`: the job says what it would change, and changed nothing.
    Planned,
    /// A gate or a precondition failed; nothing was changed.
    Blocked,
    /// The job failed.
    Failed,
    /// The alias was moved, and moved back because of what happened later.
    Restored,
    /// The alias was moved and was to be moved back, and was not.
    NotRestored,
    /// The job did its work, and a required channel did not receive its notification.
    NoticeFailed,
    /// A write was sent, and neither an answer nor a later read says whether it was applied.
    Unknown,
    /// The job was never started.
    Skipped,
    /// A signal ended the job. It changed nothing, unless its program did.
    Interrupted,
}

/// The word for the end of a job that changed something: reports show it, and notifications are chosen by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneWord {
    /// The word, such as `promoted`.
    pub word: &'static str,
    /// What it means, as a sentence.
    pub meaning: &'static str,
}

impl DoneWord {
    /// Returns the status of a job that ends with this word.
    pub const fn status(self) -> JobStatus {
        JobStatus::Done(self.word)
    }
}

impl JobStatus {
    /// Returns the word for the status in every report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done(word) => word,
            Self::Unchanged => "unchanged",
            Self::Read => "read",
            Self::Planned => "planned",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
            Self::Restored => "restored",
            Self::NotRestored => "not_restored",
            Self::NoticeFailed => "notice_failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
        }
    }

    /// Returns whether the job succeeded.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Done(_) | Self::Unchanged | Self::Read | Self::Planned)
    }
}

impl Serialize for JobStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The effect of a second run of the same job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rerun {
    /// The second run leads to the same end.
    #[default]
    Idempotent,
    /// The second run repeats work that is already done.
    RepeatsWork,
    /// The second run may end differently, because the result of the first is unknown or interferes.
    Unknown,
}
