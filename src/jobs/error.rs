//! Errors that end a job, and the failures that reports show for them.

use super::RevertOutcome;
use super::alias_move::NotVerified;
use crate::outcome::{Code, FailedGates, Failure, JobStatus, RUN_AGAIN, Ranking};
use crate::registry::{self, Alias, ModelName, Status, Version};
use crate::shutdown::Signal;
use crate::text::ForeignText;

/// An error that ends a job.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    /// A request to the registry failed.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// The model has no version.
    #[error("the model \"{name}\" has no version")]
    ModelEmpty { name: ModelName },
    /// A search for the best version found none that qualifies.
    #[error("no version of \"{name}\" can be chosen: {reason}")]
    NothingSelected { name: ModelName, reason: String, ranking: Box<Ranking> },
    /// The alias that selects the version does not exist.
    #[error("the model \"{name}\" has no alias \"{alias}\" to take the version from")]
    AliasNotFound { name: ModelName, alias: Alias },
    /// The alias to roll back does not exist. `known` is a clause about its history; `to` is the nearest earlier version that
    /// it can be set to.
    #[error("the model \"{name}\" has no alias \"{alias}\" to roll back{known}")]
    NothingToRollBack { name: ModelName, alias: Alias, known: String, to: Option<Version> },
    /// The alias does not exist, and has no history.
    #[error("the model \"{name}\" has no alias \"{alias}\", and no history of one")]
    AliasUnknown { name: ModelName, alias: Alias },
    /// The history has no earlier version.
    #[error("the history of {name}@{alias} does not say where it was before version {current}")]
    HistoryMissing { name: ModelName, alias: Alias, current: Version },
    /// The tag of the history holds something else.
    #[error("the history of {name}@{alias} cannot be read: the tag {tag} is damaged, or somebody else's")]
    HistoryUnreadable { name: ModelName, alias: Alias, tag: String },
    /// The history ends at another version than that of the alias.
    #[error("somebody moved {name}@{alias} to version {current} without a record: by its history it {}", describe_recorded(*.recorded))]
    HistoryOutdated { name: ModelName, alias: Alias, current: Version, recorded: Option<u64> },
    /// The version to roll back to cannot be used.
    #[error("{name}@{alias} cannot go back to version {version}: {source}")]
    NoWayBack { name: ModelName, alias: Alias, version: Version, source: Box<Self> },
    /// The version is not `READY`.
    #[error("version {version} of \"{name}\" is {status}, not READY{}", format_detail(.message.as_deref()))]
    VersionNotReady { name: ModelName, version: Version, status: Status, message: Option<String> },
    /// Gates failed.
    #[error("{}", .gates.describe(&format!("version {version} of {name}")))]
    Refused { name: ModelName, version: Version, gates: Box<FailedGates> },
    /// The write was accepted, but the alias points to another version.
    #[error("{name}@{alias} was set to version {version}, and then somebody else moved it")]
    AliasMismatch { name: ModelName, alias: Alias, version: Version },
    /// The verification failed after the alias moved to the version.
    #[error(transparent)]
    NotVerified(Box<NotVerified>),
    /// The move could not be confirmed, so the version was not verified.
    #[error("{source}; so the version was not verified{revert}")]
    NotConfirmed { source: Box<Self>, revert: Box<RevertOutcome> },
    /// The alias was not restored, because it is not where the job left it.
    #[error("somebody else moved {name}@{alias} after this job, so it was not moved back")]
    AliasLeft { name: ModelName, alias: Alias, actual: Option<Version> },
    /// The write got no answer, so it is unknown whether it was applied.
    #[error("the move of {name}@{alias} to version {version} got no clear answer: {source}")]
    Unconfirmed { name: ModelName, alias: Alias, version: Version, source: Box<registry::Error> },
    /// The write was accepted, but reading it back failed.
    #[error("{name}@{alias} was set to version {version}, but could not be read back: {source}")]
    Unverified { name: ModelName, alias: Alias, version: Version, source: Box<registry::Error> },
    /// The deletion of the alias could not be confirmed.
    #[error("{}: {source}", describe_deletion(.name, .alias, *.is_accepted))]
    NotSeenGone { name: ModelName, alias: Alias, is_accepted: bool, source: Box<registry::Error> },
    /// The version was registered, but a later step failed.
    #[error("version {version} of \"{name}\" was registered, but a later step failed: {source}")]
    Unfinished { name: ModelName, version: Version, source: Box<Self> },
    /// The job is a plan whose version changed since.
    #[error(transparent)]
    Outdated(Box<Self>),
    /// A signal arrived before anything was changed.
    #[error("interrupted by {}", .0.name())]
    Interrupted(Signal),
}

impl Error {
    /// Returns the status of a job that ends with this error.
    pub(super) fn status(&self) -> JobStatus {
        match self {
            Self::Registry(registry::Error::AliasMoved { .. })
            | Self::Refused { .. }
            | Self::HistoryOutdated { .. }
            | Self::Outdated(_) => JobStatus::Blocked,
            Self::Interrupted(_) => JobStatus::Interrupted,
            Self::NotVerified(failed) => failed.revert.status(),
            Self::NotConfirmed { revert, .. } => revert.status(),
            _ => JobStatus::Failed,
        }
    }

    /// Returns whether the alias may have moved without confirmation.
    pub(super) const fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Unconfirmed { .. } | Self::Unverified { .. })
    }

    /// Returns whether the version is missing or cannot be used.
    pub(super) const fn is_unusable_version(&self) -> bool {
        matches!(self, Self::VersionNotReady { .. } | Self::Registry(registry::Error::VersionNotFound { .. }))
    }

    /// Turns an error that says how the registry differs from a plan into one about an outdated plan.
    pub(super) fn into_outdated(self) -> Self {
        match self {
            Self::NoWayBack { .. } | Self::Registry(registry::Error::AliasMoved { .. }) => {
                Self::Outdated(Box::new(self))
            }
            _ if self.is_unusable_version() => Self::Outdated(Box::new(self)),
            _ => self,
        }
    }

    /// Returns the ranking that was made before the job ended.
    pub(super) fn ranking(&self) -> Option<&Ranking> {
        match self {
            Self::NothingSelected { ranking, .. } => Some(ranking),
            _ => None,
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (code, hint) = match error {
            Error::Registry(error) => return error.into(),
            Error::NotSeenGone { source, .. } => {
                (Self::from(&**source).code, "look with a StatusJob whether the alias is there")
            }
            Error::Unconfirmed { name, alias, version, source }
                if let registry::Error::AliasMoved { actual, .. } = &**source =>
            {
                return overtaken(&format!("{name}@{alias}"), *version, *actual);
            }
            Error::Unconfirmed { source, .. } | Error::Unverified { source, .. } => {
                let Self { code, hint, .. } = Self::from(&**source);
                let login = hint.filter(|_| code == Code::LoginRefused).map(|hint| format!("{hint}; "));
                let hint = login.unwrap_or_default() + RUN_AGAIN;
                return Self { code, message: error.to_string(), hint: Some(hint) };
            }
            Error::ModelEmpty { .. } => return Self::usual(Code::ModelEmpty, error),
            Error::NothingSelected { .. } => return Self::usual(Code::NothingSelected, error),
            Error::AliasMismatch { .. } => return Self::usual(Code::AliasMismatch, error),
            Error::AliasLeft { .. } => return Self::usual(Code::AliasLeft, error),
            Error::Interrupted(_) => return Self::usual(Code::Interrupted, error),
            Error::AliasNotFound { .. } => (Code::AliasNotFound, "check `job.version`: aliases are case-sensitive"),
            Error::NothingToRollBack { to: Some(to), .. } => {
                let hint = format!("set `job.to` to {to} to set the alias to version {to}");
                return Self { code: Code::AliasNotFound, message: error.to_string(), hint: Some(hint) };
            }
            Error::NothingToRollBack { .. } => {
                (Code::AliasNotFound, "check `job.alias`: aliases are case-sensitive; a PromotionJob makes a new one")
            }
            Error::AliasUnknown { .. } => (Code::AliasNotFound, "check `job.alias`: aliases are case-sensitive"),
            Error::HistoryMissing { .. } => (Code::HistoryMissing, NAME_THE_VERSION),
            Error::HistoryUnreadable { .. } => (Code::HistoryUnreadable, NAME_THE_VERSION),
            Error::HistoryOutdated { .. } => (
                Code::HistoryOutdated,
                "find out who moved it; then set `job.to` to the version to go back to (a StatusJob lists them)",
            ),
            Error::NoWayBack { source, .. } => (Self::from(&**source).code, NAME_THE_VERSION),
            Error::VersionNotReady { status: Status::Failed, .. } => (
                Code::VersionNotReady,
                "it will not become READY: register it again, or set `job.version` to another version",
            ),
            Error::VersionNotReady { .. } => {
                (Code::VersionNotReady, "wait until it is READY, or set `job.version` to another version")
            }
            Error::Refused { version, gates, .. } => {
                let hint = gates.hint(&format!("version {version}"));
                return Self { code: Code::GateFailed, message: error.to_string(), hint: Some(hint) };
            }
            Error::NotVerified(failed) => {
                return Self { code: Code::VerifyFailed, message: error.to_string(), hint: Some(failed.hint()) };
            }
            // A second run is safe only if the job then does its work.
            Error::NotConfirmed { source, revert } if revert.can_repeat() => {
                (Self::from(&**source).code, revert.hint_unconfirmed())
            }
            Error::NotConfirmed { revert, .. } => (Code::VerifyFailed, revert.hint_unconfirmed()),
            Error::Unfinished { version, .. } => {
                let hint = format!(
                    "do not register it again: once it is READY, promote it with a PromotionJob and `version: {version}`"
                );
                return Self { code: Code::Unfinished, message: error.to_string(), hint: Some(hint) };
            }
            Error::Outdated(source) => {
                (Self::from(&**source).code, "the registry changed since this was planned: plan it again")
            }
        };
        Self { code, message: error.to_string(), hint: Some(hint.to_owned()) }
    }
}

/// Returns the failure of a write without an answer, after which somebody else wrote the alias.
fn overtaken(alias: &str, version: Version, actual: Option<Version>) -> Failure {
    let event = match actual {
        Some(actual) => format!("moved the alias to version {actual}"),
        None => "deleted the alias".to_owned(),
    };
    Failure {
        code: Code::AliasMoved,
        message: format!("the move of {alias} to version {version} got no answer, and then somebody else {event}"),
        hint: Some("find out who moved the alias (a HistoryJob shows it) before you run the job again".to_owned()),
    }
}

/// The hint if the history does not name the version to roll back to.
const NAME_THE_VERSION: &str = "set `job.to` to the version to go back to; a StatusJob lists them";

fn describe_recorded(recorded: Option<u64>) -> String {
    recorded.map_or_else(|| "was deleted".to_owned(), |version| format!("is at version {version}"))
}

fn describe_deletion(name: &ModelName, alias: &Alias, is_accepted: bool) -> String {
    if is_accepted {
        format!("{name}@{alias} was deleted, but could not be read after that")
    } else {
        format!("it is not known whether {name}@{alias} was deleted")
    }
}

fn format_detail(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!(" ({})", ForeignText::new(message)))
}
