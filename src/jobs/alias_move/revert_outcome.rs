//! What became of an alias that was to be moved back.

use std::fmt;

use crate::outcome::{Failure, JobStatus};
use crate::registry::Version;

/// What became of an alias that was to be moved back to where it was before a job.
#[derive(Debug, Clone, PartialEq)]
pub enum RevertOutcome {
    /// The registry showed the alias where it was before.
    Confirmed {
        /// The version before the move; none where the alias did not exist, and so was deleted.
        version: Option<Version>,
        /// Whether the history agrees: the move back is in it, or the move itself was not.
        is_recorded: bool,
    },
    /// The registry accepted the write, and for this reason the alias was not seen there afterwards.
    Unconfirmed(String),
    /// The alias stays, as `on_verify_failure: keep` asks.
    Kept,
    /// The alias was still where it was before the move.
    Unmoved,
    /// Somebody else moved the alias meanwhile, so it was left alone.
    LeftAlone {
        /// Where the alias is; none where it does not exist.
        actual: Option<Version>,
        /// The same as a failure.
        failure: Failure,
    },
    /// The alias could not be moved back.
    Failed(Failure),
}

impl RevertOutcome {
    /// Returns whether the alias is confirmed to be where it was before.
    pub(crate) const fn is_confirmed(&self) -> bool {
        matches!(self, Self::Confirmed { .. })
    }

    /// Returns the status of a job that was not verified, and whose alias was to be moved back.
    pub(crate) const fn status(&self) -> JobStatus {
        match self {
            Self::Confirmed { .. } | Self::Kept | Self::Unmoved => JobStatus::Failed,
            Self::Unconfirmed(_) => JobStatus::Unknown,
            Self::LeftAlone { .. } | Self::Failed(_) => JobStatus::NotRestored,
        }
    }

    /// Returns whether the job does its work when it runs again, instead of finding the alias there already.
    pub(crate) const fn can_repeat(&self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::Unmoved)
    }

    /// Returns what to do where nobody confirmed the move itself.
    pub(crate) const fn hint_unconfirmed(&self) -> &'static str {
        match self {
            Self::Confirmed { .. } => "run the job again when its registry answers as it should",
            Self::Unmoved => {
                "look with a StatusJob where the alias is before you run the job again: the write may still be applied"
            }
            Self::LeftAlone { .. } => "find out who moved it, and whether it is where it should be",
            Self::Unconfirmed(_) => {
                "look with a StatusJob where the alias is: unless it is back, a version serves that was not verified"
            }
            Self::Kept | Self::Failed(_) => {
                "look with a StatusJob where the alias is: a version may serve that was not verified, and a second run does \
                 not verify it"
            }
        }
    }
}

/// Writes a clause to append to why the version was not verified. Where the alias is now, reports say in their own sentence.
impl fmt::Display for RevertOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed { .. } | Self::Unmoved => Ok(()),
            Self::Kept => f.write_str("; `on_verify_failure: keep` leaves the alias there"),
            Self::Unconfirmed(problem) => {
                write!(f, "; moving the alias back was accepted, but not confirmed: {problem}")
            }
            Self::LeftAlone { .. } => f.write_str("; somebody else moved the alias, so it was left alone"),
            Self::Failed(failure) => write!(f, "; the alias could not be moved back: {}", failure.message),
        }
    }
}
