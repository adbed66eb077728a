//! What became of a write of an alias.

use super::Error;

/// A write of an alias after which the alias is where it was to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasWrite {
    /// This write brought it there.
    Applied,
    /// It came there without this write: somebody else moved it in the meantime.
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

/// An error that says itself that nothing was written.
impl From<Error> for AliasWriteError {
    fn from(error: Error) -> Self {
        Self { error, may_have_applied: false }
    }
}

/// The end of a write of an alias.
pub type AliasWriteResult = Result<AliasWrite, AliasWriteError>;
