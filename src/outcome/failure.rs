//! Failures and their stable codes.

use std::fmt;

use serde::Serialize;

/// What went wrong, in a form that scripts can rely on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// A stable code.
    pub code: Code,
    /// What is wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The hint after a write that could not be confirmed, where a second run leads to the same end.
pub const RUN_AGAIN: &str = "run the job again: it changes nothing that is already as it should be";

impl Failure {
    /// Returns whether the failure advises to run the job again.
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
    /// `select` finds no version that qualifies.
    NothingSelected,
    /// The alias that the job is about, or that selects the version, does not exist.
    AliasNotFound,
    /// The alias is not at the version that `expect` names.
    AliasMoved,
    /// The history of the alias has no version to roll back to.
    HistoryMissing,
    /// The tag of the history is damaged, or holds something else.
    HistoryUnreadable,
    /// The alias is not at the version where its history ends: somebody moved it without a record.
    HistoryOutdated,
    /// The run or logged model that a version was made from does not exist.
    EvidenceNotFound,
    /// A plan cannot be pinned: it depends on what an earlier job of the batch does.
    NotPlannedYet,
    /// A gate failed.
    GateFailed,
    /// The alias was moved, and its version was not verified. The message says where the alias is.
    VerifyFailed,
    /// After the write, the alias points to another version.
    AliasMismatch,
    /// The alias was not moved back, because somebody else moved it meanwhile.
    AliasLeft,
    /// The registry answered with a permanent error.
    RegistryRefused,
    /// The registry sent an answer that is not MLflow's.
    RegistryUnreadable,
    /// The database is missing, is not MLflow's, or is in an unusable state.
    DatabaseUnusable,
    /// The file store is missing, damaged, or in an unusable state.
    StoreUnusable,
    /// A version was registered, and a later step, such as moving an alias to it, failed.
    Unfinished,
    /// The login is valid and lacks a permission.
    PermissionDenied,
    /// The registry could not be reached, or answered that it is busy or out of order.
    Unreachable,
    /// A step that must not be repeated got no answer, so it is unknown whether it happened.
    Unconfirmed,
    /// The registry refused the login.
    LoginRefused,
    /// A service of the job could not be started.
    ServiceFailed,
    /// The job succeeded, and a required channel did not receive its notification.
    NoticeFailed,
    /// The job ended in a defect of the program.
    Panicked,
    /// A signal ended the job.
    Interrupted,
    /// A failure that only one kind of job knows, in the kind's own code.
    #[serde(untagged)]
    OfKind(&'static str),
}

/// Writes the code as in the JSON document.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_error_kinds_are_formatted_alike() {
        let codes = [Code::ModelNotFound, Code::OfKind("COMMAND_FAILED")];
        assert_eq!(codes.map(|code| code.to_string()), ["MODEL_NOT_FOUND", "COMMAND_FAILED"]);
        assert_eq!(serde_json::to_string(&codes).unwrap(), r#"["MODEL_NOT_FOUND","COMMAND_FAILED"]"#);
    }

    #[test]
    fn the_login_hint_is_kept_without_the_rerun_advice() {
        let failure = |code, hint: &str| Failure { code, message: String::new(), hint: Some(hint.to_owned()) };
        for (code, hint, expected) in [
            (Code::LoginRefused, format!("check the token; {RUN_AGAIN}"), "check the token; look first"),
            (Code::LoginRefused, RUN_AGAIN.to_owned(), "look first"),
            (Code::Unreachable, "it is safe to run the job again".to_owned(), "look first"),
        ] {
            let failure = failure(code, &hint);
            assert!(failure.advises_rerun());
            assert_eq!(failure.replace_rerun_advice("look first").hint.as_deref(), Some(expected));
        }
        assert!(!failure(Code::ModelNotFound, "check the name").advises_rerun());
    }
}
