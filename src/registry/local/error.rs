//! The errors of work on local registries, before the backend adds its address, and the checks that an MLflow server
//! makes before it writes.

use crate::registry::Error;
use crate::registry::model::LONGEST_MODEL_TAG;

/// An error of a local registry. Each backend converts it to the registry's error by adding its address.
#[derive(Debug)]
pub(in crate::registry) enum LocalError {
    /// An error that names no address.
    Registry(Error),
    /// The files cannot be used as they are.
    Unusable {
        /// What is wrong with them.
        reason: String,
        /// What to do about it.
        hint: String,
        /// Whether there is no registry yet, so that registering a model would create it.
        absent: bool,
        /// Whether a write that ended with this error may have been kept.
        may_have_applied: bool,
    },
    /// A request that MLflow refuses, too.
    Refused {
        /// What was tried, to be appended to "refused to".
        action: &'static str,
        /// MLflow's `error_code`.
        code: &'static str,
        /// Why it is refused.
        message: String,
    },
    /// Another program still holds the lock at the end of the wait.
    Locked,
}

impl LocalError {
    pub(in crate::registry) fn unusable(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unusable { reason: reason.into(), hint: hint.into(), absent: false, may_have_applied: false }
    }

    /// Creates the error of a registry that does not exist yet.
    pub(in crate::registry) fn absent(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Unusable { reason: reason.into(), hint: hint.into(), absent: true, may_have_applied: false }
    }

    /// Marks the error of a write that may have been kept.
    pub(in crate::registry) fn in_doubt(mut self) -> Self {
        if let Self::Unusable { may_have_applied, .. } = &mut self {
            *may_have_applied = true;
        }
        self
    }

    /// Replaces the hint of files that cannot be used.
    pub(in crate::registry) fn with_hint(mut self, new: &str) -> Self {
        if let Self::Unusable { hint, .. } = &mut self {
            *hint = new.to_owned();
        }
        self
    }

    pub(in crate::registry) fn invalid(action: &'static str, message: String) -> Self {
        Self::Refused { action, code: "INVALID_PARAMETER_VALUE", message }
    }
}

impl From<Error> for LocalError {
    fn from(error: Error) -> Self {
        Self::Registry(error)
    }
}

/// Fails if the value of a model's tag is longer than MLflow allows.
pub(in crate::registry) fn check_tag_value(key: &str, value: &str) -> Result<(), LocalError> {
    if value.chars().count() <= LONGEST_MODEL_TAG {
        return Ok(());
    }
    let message = format!("the value of the tag {key:?} has more than {LONGEST_MODEL_TAG} characters");
    Err(LocalError::invalid("set a tag", message))
}
