//! Writes of an alias: the change and its result.

use serde::Serialize;

use super::error::{Error, Result as RegistryResult};
use super::model::Expect;
use super::names::{Alias, ModelName, Version};

/// A change of an alias: a move or a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasChange {
    /// The registered model.
    pub name: ModelName,
    /// The alias.
    pub alias: Alias,
    /// The version to point it to; `None` to delete it.
    pub to: Option<Version>,
    /// Where the alias must be before the change. A registry with transactions checks it in the same transaction.
    pub expect: Option<Expect>,
    /// Where the alias was when it was last read. A registry without transactions compares it before it repeats a write.
    pub last_seen: Option<Expect>,
}

/// The result of a change in a transaction, with the tags that were written in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasChanged {
    /// Where the alias was before, read in the same transaction.
    pub previous: Option<Version>,
    /// The keys and values of the model's tags that were written, in their order.
    pub written: Vec<(String, String)>,
}

/// A write of an alias after which the alias is where it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasWrite {
    /// This write moved or deleted it.
    Applied,
    /// Somebody else made the same change in the meantime.
    AlreadyThere,
}

/// A write of an alias that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct AliasWriteError {
    /// The reason.
    pub error: Error,
    /// Whether the registry may have applied the write anyway.
    pub may_have_applied: bool,
}

/// Converts the error of a single attempt, which says whether the write may have been applied.
impl From<Error> for AliasWriteError {
    fn from(error: Error) -> Self {
        Self { may_have_applied: error.may_have_applied(), error }
    }
}

/// The result of a write of an alias.
pub type AliasWriteResult = Result<AliasWrite, AliasWriteError>;

/// The parameters of MLflow's requests that change an alias.
#[derive(Serialize)]
pub(super) struct AliasParams<'c> {
    name: &'c str,
    alias: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

impl AliasChange {
    /// Points an alias to a version, wherever it is.
    pub const fn set(name: ModelName, alias: Alias, version: Version) -> Self {
        Self { name, alias, to: Some(version), expect: None, last_seen: None }
    }

    /// Deletes an alias that points to a version.
    pub const fn delete(name: ModelName, alias: Alias, version: Version) -> Self {
        let expect = Some(Expect::At(version));
        Self { name, alias, to: None, expect, last_seen: expect }
    }

    /// Describes the change, to be appended to "refused to".
    pub(super) fn describe(&self) -> String {
        format!("{} the alias {} of {}", if self.to.is_some() { "set" } else { "delete" }, self.alias, self.name)
    }

    /// Returns the parameters of MLflow's requests.
    pub(super) fn to_params(&self) -> AliasParams<'_> {
        let version = self.to.map(|version| version.to_string());
        AliasParams { name: self.name.as_str(), alias: self.alias.as_str(), version }
    }

    /// Fails unless the alias is where it must be before the change.
    pub(super) fn check_expected(&self, actual: Option<Version>) -> RegistryResult<()> {
        check_expected(&self.name, &self.alias, self.expect, actual)
    }

    /// Returns whether the alias is where the change moves it.
    ///
    /// # Errors
    /// [`Error::AliasMoved`] if somebody else moved it, so that another attempt would overwrite their move.
    pub(super) fn is_done(&self, actual: Option<Version>) -> RegistryResult<bool> {
        if self.to == actual {
            return Ok(true);
        }
        check_expected(&self.name, &self.alias, self.last_seen, actual).map(|()| false)
    }
}

/// Checks that an alias is where it is expected.
///
/// # Errors
/// [`Error::AliasMoved`] if it is elsewhere.
pub(crate) fn check_expected(
    name: &ModelName,
    alias: &Alias,
    expected: Option<Expect>,
    actual: Option<Version>,
) -> RegistryResult<()> {
    match expected.filter(|expected| !expected.holds(actual)) {
        Some(expected) => Err(Error::AliasMoved { name: name.clone(), alias: alias.clone(), expected, actual }),
        None => Ok(()),
    }
}
