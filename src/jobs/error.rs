//! Why a job did not do what it was asked, named by meaning.

use std::fmt;

use super::Aftermath;
use crate::outcome::{Code, Failure, JobStatus, Ranking};
use crate::registry::{self, Alias, ModelName, RegisteredModel, Status, Version};
use crate::shutdown::Signal;
use crate::text::ForeignText;

/// What ended a job early.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The registry did not do what it was asked.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// There is no version to choose.
    #[error("the model \"{name}\" has no version")]
    ModelEmpty {
        /// The model.
        name: ModelName,
    },
    /// A search for the best version found none that can be chosen.
    #[error("no version of \"{name}\" can be chosen: {reason}")]
    NothingSelected {
        /// The model.
        name: ModelName,
        /// Why not.
        reason: String,
        /// What was found.
        ranking: Box<Ranking>,
    },
    /// The alias that chooses the version does not exist.
    #[error("the model \"{name}\" has no alias \"{alias}\" to take the version from")]
    AliasNotFound {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
    },
    /// The alias that is to go back does not exist.
    #[error("the model \"{name}\" has no alias \"{alias}\" to roll back{known}")]
    NothingToRollBack {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// A clause about what is known of it.
        known: String,
        /// The nearest version of its history that it can be set to.
        to: Option<Version>,
    },
    /// The alias that is asked about does not exist, and never did as far as is known.
    #[error("the model \"{name}\" has no alias \"{alias}\", and no history of one")]
    AliasUnknown {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
    },
    /// The history knows no earlier version.
    #[error("the history of {name}@{alias} does not say where it was before version {current}")]
    HistoryMissing {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it is.
        current: Version,
    },
    /// The tag that should hold the history holds something else.
    #[error("the history of {name}@{alias} cannot be read: the tag {tag} is damaged, or somebody else's")]
    HistoryUnreadable {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// The key of the tag.
        tag: String,
    },
    /// The alias is not where its history ends.
    #[error("{name}@{alias} points to version {current}, but by its history it {}: somebody moved it without a record", left_at(*.recorded))]
    HistoryOutdated {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it is.
        current: Version,
        /// Where the history ends.
        recorded: Option<u64>,
    },
    /// The version to go back to cannot be used.
    #[error("{name}@{alias} cannot go back to version {version}: {source}")]
    NoWayBack {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// The version.
        version: Version,
        /// What is wrong with it.
        source: Box<Self>,
    },
    /// The version cannot be used.
    #[error("version {version} of \"{name}\" is {status}, not READY{}", detail(.message.as_deref()))]
    VersionNotReady {
        /// The model.
        name: ModelName,
        /// The version.
        version: Version,
        /// What it is instead.
        status: Status,
        /// What the registry says about it.
        message: Option<String>,
    },
    /// Gates say no.
    #[error("{name}@{alias} is not moved to version {version}: {}", .reasons.join("; "))]
    Refused {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// The version that they refuse.
        version: Version,
        /// What each of them says.
        reasons: Vec<String>,
    },
    /// The write was confirmed and the alias points elsewhere.
    #[error("{name}@{alias} was set to version {version}, but {} there now: somebody else moved it", there(*.actual))]
    AliasMismatch {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it was moved to.
        version: Version,
        /// Where it is.
        actual: Option<Version>,
    },
    /// The version was not verified once the alias pointed to it.
    #[error("{name}@{alias} was moved to version {version}, but {cause}; {aftermath}")]
    NotVerified {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it was moved to.
        version: Version,
        /// Why it was not verified.
        cause: String,
        /// What became of the alias.
        aftermath: Box<Aftermath>,
    },
    /// Nobody confirmed the move of an alias to a version that was to be verified there.
    #[error("{source}; so it was not verified; {aftermath}")]
    NotConfirmed {
        /// What nobody confirmed, and why.
        source: Box<Self>,
        /// What became of the alias.
        aftermath: Box<Aftermath>,
    },
    /// The alias was not put back: it is not where the job left it.
    #[error("{name}@{alias} is not where this job left it: {} there now, so it is left alone", there(*.actual))]
    AliasLeft {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it is.
        actual: Option<Version>,
    },
    /// The write got no answer, so nobody knows whether it happened.
    #[error("it is not known whether {name}@{alias} moved to version {version}: {source}{seen}")]
    Unconfirmed {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it was to move.
        version: Version,
        /// What happened to the request.
        source: Box<registry::Error>,
        /// Where the alias was seen after that.
        seen: LastSeen,
    },
    /// The write was confirmed and reading it back failed.
    #[error("{name}@{alias} was set to version {version}, but could not be read back: {source}{seen}")]
    Unverified {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Where it was moved to.
        version: Version,
        /// Why it could not be read.
        source: Box<registry::Error>,
        /// Where the alias was seen after that.
        seen: LastSeen,
    },
    /// The alias was to be deleted, and could not be read after that.
    #[error("{}: {source}", deletion(.name, .alias, *.is_accepted))]
    NotSeenGone {
        /// The model.
        name: ModelName,
        /// The alias.
        alias: Alias,
        /// Whether the registry answered that it did so.
        is_accepted: bool,
        /// Why nobody knows more.
        source: Box<registry::Error>,
    },
    /// The version was registered, and what was to follow did not happen.
    #[error("version {version} of \"{name}\" was registered, and then: {source}")]
    Unfinished {
        /// The model.
        name: ModelName,
        /// The version that was created.
        version: Version,
        /// What ended the job.
        source: Box<Self>,
    },
    /// A job says where it found the alias, and what else it found then is not so any more.
    #[error(transparent)]
    Outdated(Box<Self>),
    /// A signal came before an alias was touched.
    #[error("interrupted by {} before any alias was moved", .0.name())]
    Interrupted(Signal),
}

impl Error {
    /// Returns how a job ends that ends with this.
    pub(super) fn status(&self) -> JobStatus {
        match self {
            Self::Registry(registry::Error::AliasMoved { .. })
            | Self::Refused { .. }
            | Self::HistoryOutdated { .. }
            | Self::Outdated(_) => JobStatus::Blocked,
            Self::Interrupted(_) => JobStatus::Interrupted,
            _ => JobStatus::Failed,
        }
    }
}

/// Where an alias was seen after a write that nobody confirmed, by another endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastSeen {
    /// The registry did not say.
    Unknown,
    /// It was there; none where it did not exist.
    At(Option<Version>),
}

impl LastSeen {
    /// Returns where a model shows an alias, if the model could be read.
    pub(super) fn of(model: Option<&RegisteredModel>, alias: &Alias) -> Self {
        model.map_or(Self::Unknown, |model| Self::At(model.alias(alias)))
    }
}

/// Shows it fit to follow the reason why the alias could not be read.
impl fmt::Display for LastSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::At(Some(version)) => write!(f, "; the model shows the alias at version {version}"),
            Self::At(None) => f.write_str("; the model shows no such alias"),
        }
    }
}

impl Error {
    /// Returns whether the alias may be where the job wanted it, which nobody confirmed.
    pub(super) const fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Unconfirmed { .. } | Self::Unverified { .. })
    }

    /// Returns how the versions were ranked before the job ended.
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
            Error::NotSeenGone { source, .. } => (Self::from(&**source).code, "look whether the alias is there"),
            Error::Unconfirmed { source, .. } if matches!(**source, registry::Error::AliasMoved { .. }) => {
                return Self { message: error.to_string(), ..(&**source).into() };
            }
            Error::Unconfirmed { source, .. } | Error::Unverified { source, .. } => {
                (Self::from(&**source).code, RUN_AGAIN)
            }
            Error::ModelEmpty { .. } => (Code::ModelEmpty, "register a first version"),
            Error::NothingSelected { .. } => {
                (Code::NothingSelected, "change `job.select`, or make a version that it finds")
            }
            Error::AliasNotFound { .. } => (Code::AliasNotFound, "check `job.version`; aliases are case-sensitive"),
            Error::NothingToRollBack { to: Some(to), .. } => {
                let hint = format!("nothing was changed: write `to: {to}` in the job to set the alias to version {to}");
                return Self { code: Code::AliasNotFound, message: error.to_string(), hint: Some(hint) };
            }
            Error::NothingToRollBack { .. } => (
                Code::AliasNotFound,
                "nothing was changed: check `job.alias`; aliases are case-sensitive, and a PromotionJob makes new ones",
            ),
            Error::AliasUnknown { .. } => (Code::AliasNotFound, "check `job.alias`; aliases are case-sensitive"),
            Error::HistoryMissing { .. } => (Code::HistoryMissing, NAME_IT),
            Error::HistoryUnreadable { .. } => (Code::HistoryUnreadable, NAME_IT),
            Error::HistoryOutdated { .. } => (Code::HistoryOutdated, NAME_IT),
            Error::NoWayBack { source, .. } => (Self::from(&**source).code, NAME_IT),
            Error::VersionNotReady { status: Status::Failed, .. } => {
                (Code::VersionNotReady, "it will not become READY: register it again, or name another version")
            }
            Error::VersionNotReady { .. } => {
                (Code::VersionNotReady, "wait until it is READY, or name another version in `job.version`")
            }
            Error::Refused { .. } => {
                (Code::GateFailed, "nothing was changed: make the version pass, or promote another one")
            }
            Error::AliasMismatch { .. } => {
                (Code::AliasMismatch, "find out who else promotes this model before you run the job again")
            }
            Error::NotVerified { aftermath, .. } => (Code::VerifyFailed, aftermath.hint()),
            // Trying again is only safe where the job then does its work.
            Error::NotConfirmed { source, aftermath } if aftermath.can_repeat() => {
                (Self::from(&**source).code, aftermath.hint_unconfirmed())
            }
            Error::NotConfirmed { aftermath, .. } => (Code::VerifyFailed, aftermath.hint_unconfirmed()),
            Error::AliasLeft { .. } => (Code::AliasLeft, "find out who moved it, and whether it is right where it is"),
            Error::Unfinished { version, .. } => {
                let hint = format!(
                    "do not register it again: once it is READY, promote it with a PromotionJob and `version: {version}`"
                );
                return Self { code: Code::Unfinished, message: error.to_string(), hint: Some(hint) };
            }
            Error::Outdated(source) => {
                (Self::from(&**source).code, "it is not as it was when this was planned: plan it again")
            }
            Error::Interrupted(_) => (Code::Interrupted, "run the job again"),
        };
        Self { code, message: error.to_string(), hint: Some(hint.to_owned()) }
    }
}

/// What to do after a move that nobody confirmed, where a second run leads to the same end.
pub(super) const RUN_AGAIN: &str = "run the job again: it changes nothing that is already as it should be";

/// What to do where a rollback does not know where to go.
const NAME_IT: &str = "nothing was changed: name the version to go back to in `job.to`; a StatusJob lists them";

fn left_at(recorded: Option<u64>) -> String {
    recorded.map_or_else(|| "was deleted".to_owned(), |version| format!("is at version {version}"))
}

fn deletion(name: &ModelName, alias: &Alias, is_accepted: bool) -> String {
    if is_accepted {
        format!("{name}@{alias} was deleted, but could not be read after that")
    } else {
        format!("it is not known whether {name}@{alias} was deleted")
    }
}

fn detail(message: Option<&str>) -> String {
    message.map_or_else(String::new, |message| format!(" ({})", ForeignText::new(message)))
}

fn there(version: Option<Version>) -> String {
    version.map_or_else(|| "nothing is".to_owned(), |version| format!("version {version} is"))
}
