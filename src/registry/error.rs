//! Why a registry did not do what it was asked, named by meaning.

use super::model::Expect;
use super::names::{Alias, ModelName, Version};
use crate::text::ForeignText;

/// What went wrong between the program and a registry. No text in it holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The registered model does not exist.
    #[error("the registry has no registered model \"{name}\"")]
    ModelNotFound {
        /// Its name.
        name: ModelName,
    },
    /// The name is that of a prompt.
    #[error("\"{name}\" is a prompt, and no model: MLflow keeps both in one registry")]
    IsPrompt {
        /// Its name.
        name: ModelName,
    },
    /// The version does not exist, or was deleted.
    #[error("the model \"{name}\" has no version {version}")]
    VersionNotFound {
        /// The model.
        name: ModelName,
        /// The version.
        version: Version,
    },
    /// The run does not exist, or was deleted.
    #[error("the registry has no run {}", ForeignText::new(.run_id))]
    RunNotFound {
        /// Its id.
        run_id: String,
    },
    /// The logged model does not exist.
    #[error("the registry has no logged model {}", ForeignText::new(.model_id))]
    LoggedModelNotFound {
        /// Its id.
        model_id: String,
    },
    /// The alias was not where it had to be; nothing was written.
    #[error("{name}@{alias} {}, but is expected {}", found(*.actual), wanted(*.expected))]
    AliasMoved {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it had to be.
        expected: Expect,
        /// Where it is.
        actual: Option<Version>,
    },
    /// The registry could not be reached, hung, or said that it is busy or broken.
    #[error("the registry at {uri} cannot be reached: {reason}")]
    Unreachable {
        /// Its address, redacted.
        uri: String,
        /// What happened.
        reason: String,
        /// Whether it was asked for a write that may have been done all the same.
        may_have_applied: bool,
    },
    /// Nobody knows whether the registry did what it was asked, and doing it twice is not the same as once.
    #[error("it is not known whether the registry at {uri} did {action}: {reason}")]
    Unconfirmed {
        /// Its address, redacted.
        uri: String,
        /// What was tried, fit to follow "did".
        action: String,
        /// What happened.
        reason: String,
    },
    /// The registry refused the login.
    #[error("the registry at {uri} refused the login{}: {reason}", of(.user.as_deref()))]
    LoginRefused {
        /// Its address, redacted.
        uri: String,
        /// Whose, where it is a user's that may be told.
        user: Option<String>,
        /// What it said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The login is fine and lacks a permission.
    #[error("the registry at {uri} does not let {} {action}: {reason}", who(.user.as_deref()))]
    PermissionDenied {
        /// Its address, redacted.
        uri: String,
        /// Who lacks it, where that is a user that may be told.
        user: Option<String>,
        /// What was tried, fit to follow "let somebody".
        action: String,
        /// What it said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The registry understood the request and said no for a reason of its own.
    #[error("the registry at {uri} refused to {action}: {code}: {message}")]
    Refused {
        /// Its address, redacted.
        uri: String,
        /// What was tried, fit to follow "refused to".
        action: String,
        /// MLflow's `error_code`, or the HTTP status.
        code: String,
        /// What it said.
        message: String,
    },
    /// The registry has no way to do it, or none that this program has.
    #[error("{action} at {uri}")]
    Unsupported {
        /// Its address, redacted.
        uri: String,
        /// What cannot be done, as a sentence.
        action: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// The server knows no aliases of models; nothing was written.
    #[error("nothing was changed: the server at {uri} has no aliases (MLflow before 2.3?): {reason}")]
    NoAliases {
        /// Its address, redacted.
        uri: String,
        /// What it answered.
        reason: String,
    },
    /// The answer is not one that MLflow gives.
    #[error("what answers at {uri} does not speak MLflow: {reason}")]
    Unreadable {
        /// Its address, redacted.
        uri: String,
        /// What is wrong with the answer.
        reason: String,
        /// Whether it was asked for a write that may have been done all the same.
        may_have_applied: bool,
    },
    /// The database cannot be used as it is.
    #[error("the database {path} cannot be used: {reason}")]
    DatabaseUnusable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// The way out.
        hint: String,
        /// Whether there is none yet, so that registering a model would make it.
        absent: bool,
    },
    /// The file store cannot be used as it is.
    #[error("the file store {path} cannot be used: {reason}")]
    StoreUnusable {
        /// Its path.
        path: String,
        /// What is wrong with it.
        reason: String,
        /// The way out.
        hint: String,
        /// Whether there is none yet, so that registering a model would make it.
        absent: bool,
    },
    /// The address, or something it needs, cannot be used; found before any request.
    #[error("the registry cannot be used: {reason}")]
    Misconfigured {
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: String,
    },
}

impl Error {
    /// Returns whether a write may have been done although it ended with this error. Everything else is a refusal, or
    /// was found before anything was asked.
    pub fn may_have_applied(&self) -> bool {
        match self {
            Self::Unreachable { may_have_applied, .. } | Self::Unreadable { may_have_applied, .. } => *may_have_applied,
            Self::Unconfirmed { .. } => true,
            _ => false,
        }
    }

    /// Makes the error of a registry that could not be asked, so that nothing was done.
    pub(super) fn unreachable(uri: &str, reason: impl Into<String>) -> Self {
        Self::Unreachable { uri: uri.to_owned(), reason: reason.into(), may_have_applied: false }
    }

    /// Makes the error of an answer to a read that makes no sense.
    pub(super) fn unreadable(uri: &str, reason: impl Into<String>) -> Self {
        Self::Unreadable { uri: uri.to_owned(), reason: reason.into(), may_have_applied: false }
    }

    /// Keeps in mind that an earlier try of the same write may have been done: what ends the last one, and would pass,
    /// says nothing about that.
    pub(super) fn after_doubt(self) -> Self {
        match self {
            Self::Unreachable { uri, reason, .. } => Self::Unreachable { uri, reason, may_have_applied: true },
            Self::Unreadable { uri, reason, .. } => Self::Unreadable { uri, reason, may_have_applied: true },
            Self::LoginRefused { ref uri, .. } | Self::NoAliases { ref uri, .. } => {
                Self::Unreachable { uri: uri.clone(), reason: self.to_string(), may_have_applied: true }
            }
            settled => settled,
        }
    }

    /// Refuses an address such as `localhost:5000`.
    pub(super) fn without_scheme() -> Self {
        Self::Misconfigured {
            reason: "the address is a host, without a scheme".into(),
            hint: "write `http://` or `https://` before it".into(),
        }
    }

    /// Tells whose login was refused, or who lacks a permission.
    pub(super) fn befalling(mut self, name: Option<&str>) -> Self {
        if let Self::LoginRefused { user, .. } | Self::PermissionDenied { user, .. } = &mut self {
            *user = name.map(str::to_owned);
        }
        self
    }
}

fn of(user: Option<&str>) -> String {
    user.map_or_else(String::new, |user| format!(" of {user:?}"))
}

fn who(user: Option<&str>) -> String {
    user.map_or_else(|| "this login".to_owned(), |user| format!("{user:?}"))
}

fn found(actual: Option<Version>) -> String {
    actual.map_or_else(|| "does not exist".to_owned(), |version| format!("points to version {version}"))
}

fn wanted(expected: Expect) -> String {
    match expected {
        Expect::Absent => "not to exist yet".to_owned(),
        Expect::At(version) => format!("to point to version {version}"),
    }
}
