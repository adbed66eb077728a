//! The outcome of reverting a move.

use std::fmt;

use crate::outcome::{Failure, JobStatus};
use crate::registry::Version;

/// The outcome of reverting the move of an alias.
#[derive(Debug, Clone, PartialEq)]
pub enum RevertOutcome {
    /// A read confirmed that the alias is where it was before.
    Confirmed {
        /// The version before the move; `None` if the alias did not exist, and was deleted again.
        version: Option<Version>,
        /// Whether the history agrees: the restore is recorded, or the move itself was not.
        is_recorded: bool,
    },
    /// The registry accepted the write, but it could not be confirmed for this reason.
    Unconfirmed(String),
    /// The alias stays, as `on_verify_failure: keep` asks.
    Kept,
    /// The alias was still where it was before the move.
    Unmoved,
    /// Somebody else moved the alias meanwhile, so the alias was not changed.
    LeftAlone {
        /// The version of the alias; `None` if it does not exist.
        actual: Option<Version>,
        /// The failure that describes this.
        failure: Failure,
    },
    /// Restoring the alias failed.
    Failed(Failure),
}

impl RevertOutcome {
    /// Returns whether the alias is confirmed to be where it was before.
    pub(crate) const fn is_confirmed(&self) -> bool {
        matches!(self, Self::Confirmed { .. })
    }

    /// Returns the status of a job whose verification failed.
    pub(crate) const fn status(&self) -> JobStatus {
        match self {
            Self::Confirmed { .. } | Self::Kept | Self::Unmoved => JobStatus::Failed,
            Self::Unconfirmed(_) => JobStatus::Unknown,
            Self::LeftAlone { .. } | Self::Failed(_) => JobStatus::NotRestored,
        }
    }

    /// Returns whether a second run does the work again, rather than finding the alias already in place.
    pub(crate) const fn can_repeat(&self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::Unmoved)
    }

    /// Returns the hint if the move itself could not be confirmed.
    pub(crate) const fn hint_unconfirmed(&self) -> &'static str {
        match self {
            Self::Confirmed { .. } => "run the job again when its registry answers as it should",
            Self::Unmoved => {
                "look with a StatusJob where the alias is before you run the job again: the write may still be applied"
            }
            Self::LeftAlone { .. } => "find out who moved it, and whether it is where it should be",
            Self::Unconfirmed(_) => {
                "when the registry answers, look with a StatusJob where the alias is: unless it is back, a version serves that was not verified"
            }
            Self::Kept | Self::Failed(_) => {
                "look with a StatusJob where the alias is: a version may serve that was not verified, and a second run does \
                 not verify it"
            }
        }
    }
}

/// Formats a clause to append to the reason of a failed verification. Reports state the current version of the alias
/// separately.
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
