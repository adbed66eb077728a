//! Writes of an alias: where one leads, and how it ends.

use super::error::{Error, Result as RegistryResult};
use super::model::{AliasMove, Expect};
use super::names::{Alias, ModelName, Version};

/// A write of an alias after which the alias is where it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasWrite {
    /// This write moved or deleted it.
    Applied,
    /// Somebody else moved or deleted it in the meantime.
    AlreadyThere,
}

/// A write of an alias that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct AliasWriteError {
    /// Why not.
    pub error: Error,
    /// Whether the registry may have applied it all the same.
    pub may_have_applied: bool,
}

/// Converts an error that means that nothing was written.
impl From<Error> for AliasWriteError {
    fn from(error: Error) -> Self {
        Self { error, may_have_applied: false }
    }
}

/// The end of a write of an alias.
pub type AliasWriteResult = Result<AliasWrite, AliasWriteError>;

/// Where a write brings an alias, and where the alias was before.
pub(super) struct AliasTransition<'a> {
    pub(super) name: &'a ModelName,
    pub(super) alias: &'a Alias,
    from: Option<Expect>,
    pub(super) to: Expect,
}

impl<'a> AliasTransition<'a> {
    /// Makes the transition of a move.
    pub(super) const fn to_version(to: &'a AliasMove) -> Self {
        Self { name: &to.name, alias: &to.alias, from: to.last_seen, to: Expect::At(to.version) }
    }

    /// Makes the transition of a deletion.
    pub(super) const fn deletion(name: &'a ModelName, alias: &'a Alias, version: Version) -> Self {
        Self { name, alias, from: Some(Expect::At(version)), to: Expect::Absent }
    }

    /// Returns whether the alias is where the write brings it.
    ///
    /// # Errors
    /// [`Error::AliasMoved`] when somebody else moved it, so that another attempt would overwrite that.
    pub(super) fn is_done(&self, actual: Option<Version>) -> RegistryResult<bool> {
        if self.to.holds(actual) {
            return Ok(true);
        }
        match self.from {
            Some(expected) if !expected.holds(actual) => {
                Err(Error::AliasMoved { name: self.name.clone(), alias: self.alias.clone(), expected, actual })
            }
            _ => Ok(false),
        }
    }
}
