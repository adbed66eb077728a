//! What became of an alias whose version was not verified.

use std::fmt;

use super::Error;
use crate::registry::Version;

/// What became of an alias whose version was not verified.
#[derive(Debug, Clone, PartialEq)]
pub enum Aftermath {
    /// It was put back to this version, or deleted where there was none before, and read there.
    PutBack(Option<Version>),
    /// It stays, as the job asks.
    Kept,
    /// It was to be put back, and this came in between.
    Left(Error),
}

impl Aftermath {
    /// Returns whether the alias is where it was before.
    pub(super) const fn is_back(&self) -> bool {
        matches!(self, Self::PutBack(_))
    }

    /// Says what to do about it.
    pub(super) const fn hint(&self) -> &'static str {
        match self {
            Self::PutBack(_) => "find out what is wrong with the version before you promote it again",
            Self::Kept => "it serves all the same: promote another version to put it back",
            Self::Left(Error::AliasLeft { .. }) => "find out who moved it, and whether it is right where it is",
            Self::Left(_) => {
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
            Self::Kept => f.write_str("the alias stays there, as `on_verify_failure: keep` asks"),
            Self::Left(problem) => write!(f, "the alias was NOT put back: {problem}"),
        }
    }
}
