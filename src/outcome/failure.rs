//! What went wrong.

use std::fmt;

use serde::Serialize;

/// What went wrong, in a shape that scripts can rely on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// A stable code.
    pub code: Code,
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The hint after a write that nobody confirmed, where a second run leads to the same end.
pub const RUN_AGAIN: &str = "run the job again: it changes nothing that is already as it should be";

impl Failure {
    /// Returns whether people run the job again after this failure.
    pub fn advises_rerun(&self) -> bool {
        let is_advised = self.hint.as_ref().is_some_and(|hint| hint.ends_with(RUN_AGAIN));
        is_advised || matches!(self.code, Code::Unreachable | Code::LoginRefused)
    }

    /// Replaces the advice to run the job again. What to do about a login stays, because no run works without one.
    #[must_use]
    pub fn replace_rerun_advice(self, advice: &str) -> Self {
        let login = self.hint.filter(|_| self.code == Code::LoginRefused).unwrap_or_default();
        let login = login.strip_suffix(RUN_AGAIN).unwrap_or(&login).trim_end_matches("; ");
        let hint = if login.is_empty() { advice.to_owned() } else { format!("{login}; {advice}") };
        Self { hint: Some(hint), ..self }
    }
}

/// The stable codes of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The registered model does not exist.
    ModelNotFound,
    /// The registered model has no version.
    ModelEmpty,
    /// The version does not exist.
    VersionNotFound,
    /// The version exists and is not `READY`.
    VersionNotReady,
    /// `select` finds no version that can be chosen.
    NothingSelected,
    /// The alias that the job is about, or that selects the version, does not exist.
    AliasNotFound,
    /// `expect` names another version than the alias points to.
    AliasMoved,
    /// The history of the alias does not say where to go back to.
    HistoryMissing,
    /// The history of the alias is damaged, or somebody else's.
    HistoryUnreadable,
    /// The alias is not where its history ends: somebody moved it without a record.
    HistoryOutdated,
    /// The run or logged model that a version was made from does not exist.
    EvidenceNotFound,
    /// A plan cannot be pinned: it depends on what an earlier job of the batch does.
    NotPlannedYet,
    /// A gate said no.
    GateFailed,
    /// The alias was moved, and the version did not hold or could not be verified. The message says where the alias is.
    VerifyFailed,
    /// After the write the alias points elsewhere.
    AliasMismatch,
    /// The alias was not put back, because somebody else moved it meanwhile.
    AliasLeft,
    /// The registry answered with an error that trying again will not cure.
    RegistryRefused,
    /// The registry answered with something that is no MLflow answer.
    RegistryUnreadable,
    /// The database is missing, is not MLflow's, or cannot be used as it is.
    DatabaseUnusable,
    /// The file store is missing, is damaged, or cannot be used as it is.
    StoreUnusable,
    /// A version was registered, and what was to follow, such as moving an alias to it, did not happen.
    Unfinished,
    /// The login is fine and lacks a permission.
    PermissionDenied,
    /// The registry could not be reached, or answered that it is busy or broken.
    Unreachable,
    /// A step that must not be done twice got no answer, so nobody knows whether it was done.
    Unconfirmed,
    /// The registry refused the login.
    LoginRefused,
    /// A service of the job could not be started.
    ServiceFailed,
    /// The job is done, and a channel that is required was not told.
    NoticeFailed,
    /// The job ended in a way that is a defect of the program.
    Panicked,
    /// A signal ended the job.
    Interrupted,
}

/// Shows the word that is in the document for scripts.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
