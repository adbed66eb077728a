//! Failures.

use serde::Serialize;

use super::Code;

/// An error of a job, with a stable code for scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// A stable code.
    pub code: Code,
    /// The problem and its place.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The hint after an unconfirmed write, if a second run leads to the same end.
pub const RUN_AGAIN: &str = "run the job again: what is already done stays as it is";

impl Failure {
    /// Creates a failure with the usual hint of its code.
    pub fn usual(code: Code, message: &impl ToString) -> Self {
        Self { code, message: message.to_string(), hint: Some(code.next_step().to_owned()) }
    }

    /// Returns whether the failure advises to run the job again.
    pub fn advises_rerun(&self) -> bool {
        let is_advised = self.hint.as_ref().is_some_and(|hint| hint.ends_with(RUN_AGAIN));
        is_advised || matches!(self.code, Code::Unreachable | Code::LoginRefused)
    }

    /// Replaces the advice to run the job again. A hint about a login is kept, because no run works without one.
    #[must_use]
    pub fn replace_rerun_advice(self, advice: &str) -> Self {
        let login = self.hint.filter(|_| self.code == Code::LoginRefused).unwrap_or_default();
        let login = login.strip_suffix(RUN_AGAIN).unwrap_or(&login).trim_end_matches("; ");
        let hint = if login.is_empty() { advice.to_owned() } else { format!("{login}; {advice}") };
        Self { hint: Some(hint), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
