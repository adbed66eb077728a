//! A version that was not verified once the alias pointed to it.

use std::fmt;

use super::revert_outcome::RevertOutcome;
use crate::outcome::{Code, FailedGates, Failure};
use crate::registry::{ModelName, Version};

/// A version that was not verified, and what became of the alias.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{revert}", .cause.message)]
pub(crate) struct NotVerified {
    /// The version.
    pub(crate) version: Version,
    /// Where the alias was before; none where it did not exist.
    pub(crate) previous: Option<Version>,
    /// Why the version was not verified.
    pub(crate) cause: UnverifiedCause,
    /// What became of the alias.
    pub(crate) revert: RevertOutcome,
}

/// Why a version was not verified.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UnverifiedCause {
    pub(crate) message: String,
    /// The gates that failed, where that is why.
    gates: Option<FailedGates>,
}

impl UnverifiedCause {
    /// Creates the cause of a version whose gates failed.
    pub(crate) fn from_gates(gates: FailedGates, name: &ModelName, version: Version) -> Self {
        Self { message: gates.describe(&format!("after the move, version {version} of {name}")), gates: Some(gates) }
    }

    /// Adds the number of attempts, if there was more than one.
    pub(crate) fn after_attempts(self, attempts: u32) -> Self {
        let attempts = if attempts > 1 { format!(", after {attempts} attempts") } else { String::new() };
        Self { message: self.message + &attempts, ..self }
    }

    /// Creates the cause of a version that the gates did not get to judge.
    pub(crate) fn other(version: Version, reason: &str) -> Self {
        Self { message: format!("version {version} was not verified after the move: {reason}"), gates: None }
    }
}

impl NotVerified {
    /// Says what to do next: about the alias, about the version, and about checks that could not judge it.
    pub(crate) fn hint(&self) -> String {
        let checks = self.cause.gates.as_ref().and_then(FailedGates::hint_inconclusive);
        // The version is not to blame where no gate refused it.
        let is_judged = self.cause.gates.as_ref().is_none_or(|gates| !gates.is_inconclusive());
        let alias = (is_judged || !self.revert.can_repeat()).then(|| self.hint_alias());
        alias.into_iter().chain(checks).collect::<Vec<_>>().join("; ")
    }

    fn hint_alias(&self) -> String {
        let (version, back) = (self.version, MoveBack(self.previous));
        match &self.revert {
            RevertOutcome::Confirmed { .. } | RevertOutcome::Unmoved if self.cause.gates.is_none() => {
                "find out what came in between before you run the job again".to_owned()
            }
            RevertOutcome::Confirmed { .. } | RevertOutcome::Unmoved => {
                format!("find out why version {version} fails before you promote it again")
            }
            RevertOutcome::Kept => format!("{back} if version {version} must not serve"),
            RevertOutcome::LeftAlone { .. } => {
                "find out who moved the alias (a HistoryJob shows it), and whether it is where it should be".to_owned()
            }
            RevertOutcome::Failed(Failure {
                code: Code::PermissionDenied | Code::LoginRefused,
                hint: Some(hint),
                ..
            }) => {
                format!("{hint}; then {back}")
            }
            RevertOutcome::Unconfirmed(_) | RevertOutcome::Failed(_) => {
                format!("when the registry answers, look with a StatusJob where the alias is; {back} unless it is back")
            }
        }
    }
}

/// Writes how a person moves an alias back to a version, or deletes an alias that did not exist.
struct MoveBack(Option<Version>);

impl fmt::Display for MoveBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(version) => write!(f, "promote version {version}"),
            None => f.write_str("delete the alias"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{GateMode, ReasonCode, Verdict};

    fn version(number: u64) -> Version {
        Version::new(number).unwrap()
    }

    fn hint(code: ReasonCode, revert: RevertOutcome) -> String {
        let verdict = Verdict::failed("CommandGate", "x".to_owned(), GateMode::Enforce, code, String::new());
        let gates = FailedGates::from_verdicts(&[verdict.advise("look at x")]).unwrap();
        let cause = UnverifiedCause::from_gates(gates, &"bikes".parse().unwrap(), version(3));
        NotVerified { version: version(3), previous: Some(version(2)), cause, revert }.hint()
    }

    #[test]
    fn a_hint_speaks_of_the_alias_of_the_version_and_of_the_check() {
        let back = || RevertOutcome::Confirmed { version: Some(version(2)), is_recorded: true };
        let failed = |code| {
            RevertOutcome::Failed(Failure { code, message: "no".to_owned(), hint: Some("ask for EDIT".to_owned()) })
        };
        for (code, revert, expected) in [
            (ReasonCode::CommandFailed, back(), "find out why version 3 fails before you promote it again"),
            (ReasonCode::CommandTimedOut, back(), "the check gave no verdict: look at x"),
            (ReasonCode::CommandFailed, RevertOutcome::Kept, "promote version 2 if version 3 must not serve"),
            (
                ReasonCode::CommandTimedOut,
                RevertOutcome::Kept,
                "promote version 2 if version 3 must not serve; the check gave no verdict: look at x",
            ),
            (ReasonCode::CommandFailed, failed(Code::PermissionDenied), "ask for EDIT; then promote version 2"),
            (
                ReasonCode::CommandFailed,
                failed(Code::Unreachable),
                "when the registry answers, look with a StatusJob where the alias is; promote version 2 unless it is back",
            ),
        ] {
            assert_eq!(hint(code, revert), expected);
        }
    }
}
