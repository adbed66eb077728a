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
            Self::Confirmed { .. } => {
                "the alias is where it was before: run the job again once its registry answers as it should"
            }
            Self::Unmoved => {
                "look where the alias is before you run the job again: a write without an answer may come late"
            }
            Self::LeftAlone { .. } | Self::Unconfirmed(_) => self.hint(),
            Self::Kept | Self::Failed(_) => {
                "look where the alias is: the version may serve, and was not verified; a second run finds it there and \
                 does not verify it"
            }
        }
    }

    /// Returns what to do where the version was not verified.
    pub(crate) const fn hint(&self) -> &'static str {
        match self {
            Self::Confirmed { .. } | Self::Unmoved => {
                "find out what is wrong with the version before you promote it again"
            }
            Self::Kept => "it serves all the same: promote another version to put it back",
            Self::LeftAlone { .. } => "find out who moved it, and whether it is right where it is",
            Self::Unconfirmed(_) | Self::Failed(_) => {
                "look where the alias is now: unless it is back, it serves a version that was not verified"
            }
        }
    }
}

/// Writes a clause to append after `;`.
impl fmt::Display for RevertOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed { version: Some(version), .. } => {
                write!(f, "the alias was put back to version {version}, confirmed by reading it back")
            }
            Self::Confirmed { version: None, .. } => {
                f.write_str("the alias, which did not exist before, was deleted, confirmed by reading")
            }
            Self::Unconfirmed(problem) => {
                write!(f, "putting the alias back was accepted, but not confirmed: {problem}")
            }
            Self::Kept => f.write_str("the alias stays where it is, as `on_verify_failure: keep` asks"),
            Self::Unmoved => f.write_str("the alias was where it was before when it was to be put back"),
            Self::LeftAlone { failure, .. } | Self::Failed(failure) => {
                write!(f, "the alias was NOT put back: {}", failure.message)
            }
        }
    }
}
