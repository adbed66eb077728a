//! What became of an alias whose version was not verified.

use std::fmt;

use super::Error;
use crate::registry::Version;

/// What became of an alias whose version was not verified.
#[derive(Debug, Clone, PartialEq)]
pub enum Aftermath {
    /// It was put back to this version, or deleted where there was none before, and read there.
    PutBack(Option<Version>),
    /// Putting it back to this version, or deleting it, was accepted, and could not be read back for this reason.
    NotReadBack(String),
    /// It stays, as the job asks.
    Kept,
    /// It was still where it was before when it was to be put back.
    Unmoved,
    /// It was to be put back, and this came in between.
    Left(Error),
}

impl Aftermath {
    /// Returns whether the alias is where it was before.
    pub(super) const fn is_back(&self) -> bool {
        matches!(self, Self::PutBack(_))
    }

    /// Returns whether the job may do its work when it runs again, instead of finding the alias there already.
    pub(super) const fn can_repeat(&self) -> bool {
        matches!(self, Self::PutBack(_) | Self::Unmoved)
    }

    /// Says what to do about it where nobody confirmed the move.
    pub(super) const fn hint_unconfirmed(&self) -> &'static str {
        match self {
            Self::PutBack(_) => {
                "the alias is where it was before: run the job again once its registry answers as it should"
            }
            Self::Unmoved => {
                "look where the alias is before you run the job again: a write without an answer may come late"
            }
            Self::Left(Error::AliasLeft { .. }) => self.hint(),
            Self::NotReadBack(_) => self.hint(),
            Self::Kept | Self::Left(_) => {
                "look where the alias is: the version may serve, and was not verified; a second run finds it there and \
                 does not verify it"
            }
        }
    }

    /// Says what to do about it.
    pub(super) const fn hint(&self) -> &'static str {
        match self {
            Self::PutBack(_) | Self::Unmoved => "find out what is wrong with the version before you promote it again",
            Self::Kept => "it serves all the same: promote another version to put it back",
            Self::Left(Error::AliasLeft { .. }) => "find out who moved it, and whether it is right where it is",
            Self::NotReadBack(_) | Self::Left(_) => {
                "look where the alias is now: unless it is back, it serves a version that was not verified"
            }
        }
    }
}

/// Says it fit to follow a `;`.
impl fmt::Display for Aftermath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutBack(Some(version)) => {
                write!(f, "the alias was put back to version {version}, confirmed by reading it back")
            }
            Self::PutBack(None) => {
                f.write_str("the alias, which did not exist before, was deleted, confirmed by reading")
            }
            Self::NotReadBack(problem) => {
                write!(f, "putting the alias back was accepted, but not confirmed: {problem}")
            }
            Self::Kept => f.write_str("the alias stays where it is, as `on_verify_failure: keep` asks"),
            Self::Unmoved => f.write_str("the alias was where it was before when it was to be put back"),
            Self::Left(problem) => write!(f, "the alias was NOT put back: {problem}"),
        }
    }
}
