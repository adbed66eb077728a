//! Whether running the same command again leads to the same end: the one place that decides it.

use super::error::RUN_AGAIN;
use super::{Job, PromotionJob, RegistrationJob, RollbackJob};
use crate::outcome::{Code, Failure, JobStatus, Outcome, Rerun, WriteState};
use crate::registry::{Expect, Version};

impl Job {
    /// Returns what a second run of this job would do, given how far the first one came.
    pub fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun {
        match self {
            Self::PromotionJob(job) => job.rerun(status, outcome),
            Self::RollbackJob(job) => job.rerun(status, outcome),
            Self::RegistrationJob(job) => job.rerun(outcome),
            Self::HistoryJob(_) | Self::StatusJob(_) => Rerun::Idempotent,
        }
    }

    /// Replaces a hint to run the job again where that does not lead to the same end.
    pub fn correct_hint(&self, error: Failure, outcome: &Outcome, rerun: Rerun) -> Failure {
        let advises_rerun =
            matches!(error.code, Code::Unreachable | Code::LoginRefused) || error.hint.as_deref() == Some(RUN_AGAIN);
        let hint = match self {
            // What became of an alias that was not verified has a hint of its own.
            _ if rerun == Rerun::Idempotent || !advises_rerun || outcome.verification.is_some() => return error,
            Self::RollbackJob(job) if job.to.is_none() => {
                "do not run it again as it is: it goes back from wherever the alias is, so it may go one version too \
                 far; a StatusJob shows where the alias is, and with `job.to` a second run is safe"
            }
            Self::RollbackJob(_) | Self::PromotionJob(_) => {
                "look where the alias is (a StatusJob shows it) before you run it again: if it moved, `job.expect` no \
                 longer holds"
            }
            Self::RegistrationJob(_) | Self::HistoryJob(_) | Self::StatusJob(_) => {
                "look at the versions of the model (a StatusJob shows them) before you run it again, which would \
                 register one more"
            }
        };
        Failure { hint: Some(hint.to_owned()), ..error }
    }
}

impl PromotionJob {
    /// A second run finds the alias where the first one left it, unless `expect` names another place. It does not verify
    /// what it finds there.
    fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun {
        match outcome.verification.as_deref() {
            _ if !stands(status, outcome) => Rerun::Idempotent,
            Some(verification) if !verification.passed => Rerun::Unknown,
            _ => after_move(self.expect, outcome),
        }
    }
}

impl RollbackJob {
    /// Without `to` a second run goes back further.
    fn rerun(&self, status: JobStatus, outcome: &Outcome) -> Rerun {
        match outcome.alias_written {
            _ if !stands(status, outcome) => Rerun::Idempotent,
            _ if self.to.is_some() => after_move(self.expect, outcome),
            Some(WriteState::Sent) => Rerun::Unknown,
            Some(WriteState::Confirmed) | None => Rerun::RepeatsWork,
        }
    }
}

impl RegistrationJob {
    /// A second run creates a second version.
    const fn rerun(&self, outcome: &Outcome) -> Rerun {
        match outcome.version_created {
            None => Rerun::Idempotent,
            Some(WriteState::Sent) => Rerun::Unknown,
            Some(WriteState::Confirmed) => Rerun::RepeatsWork,
        }
    }
}

/// Returns whether a move was sent and not taken back.
fn stands(status: JobStatus, outcome: &Outcome) -> bool {
    outcome.alias_written.is_some() && status != JobStatus::Restored && !outcome.was_put_back()
}

/// Returns what a second run of a job that names its version does after a move: it is blocked where `expect` holds
/// before the move only.
fn after_move(expect: Option<Expect>, outcome: &Outcome) -> Rerun {
    let now = outcome.version.and_then(Version::new);
    if expect.is_none_or(|expected| expected.holds(now)) { Rerun::Idempotent } else { Rerun::Unknown }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rerun(kind: &str, fields: &str, status: JobStatus, outcome: &Outcome) -> Rerun {
        let mut job: serde_json::Value = serde_json::from_str(fields).unwrap();
        job["name"] = json!("bikes");
        let job: Job = serde_json::from_value(json!({ kind: job })).unwrap();
        job.rerun(status, outcome)
    }

    fn moved(state: WriteState) -> Outcome {
        Outcome { version: Some(3), previous_version: Some(2), alias_written: Some(state), ..Outcome::default() }
    }

    #[test]
    fn a_job_that_wrote_nothing_can_be_run_again() {
        for (kind, fields) in [
            ("PromotionJob", r#"{"expect": 2}"#),
            ("RollbackJob", "{}"),
            ("RegistrationJob", r#"{"source": "s3://bikes"}"#),
            ("StatusJob", "{}"),
            ("HistoryJob", "{}"),
        ] {
            assert_eq!(rerun(kind, fields, JobStatus::Failed, &Outcome::default()), Rerun::Idempotent, "{kind}");
        }
    }

    #[test]
    fn a_move_is_repeated_or_not_by_what_the_job_names() {
        use Rerun::{Idempotent, RepeatsWork, Unknown};
        use WriteState::{Confirmed, Sent};
        for (kind, fields, state, expected) in [
            ("PromotionJob", "{}", Sent, Idempotent),
            ("PromotionJob", r#"{"version": 3}"#, Confirmed, Idempotent),
            ("PromotionJob", r#"{"expect": 2}"#, Sent, Unknown),
            ("PromotionJob", r#"{"expect": 2}"#, Confirmed, Unknown),
            ("PromotionJob", r#"{"expect": 3}"#, Confirmed, Idempotent),
            ("RollbackJob", "{}", Sent, Unknown),
            ("RollbackJob", "{}", Confirmed, RepeatsWork),
            ("RollbackJob", r#"{"to": 3}"#, Confirmed, Idempotent),
            ("RollbackJob", r#"{"to": 3, "expect": 2}"#, Confirmed, Unknown),
        ] {
            let found = rerun(kind, fields, JobStatus::Failed, &moved(state));
            assert_eq!(found, expected, "{kind} {fields} {state:?}");
        }
    }

    #[test]
    fn a_move_that_was_taken_back_can_be_made_again() {
        let outcome = moved(WriteState::Confirmed);
        assert_eq!(rerun("RollbackJob", "{}", JobStatus::Restored, &outcome), Rerun::Idempotent);
    }

    #[test]
    fn a_version_that_was_created_would_be_created_twice_also_where_its_alias_went_back() {
        let created = |state| Outcome { version_created: Some(state), ..moved(WriteState::Confirmed) };
        for (state, expected) in [(WriteState::Sent, Rerun::Unknown), (WriteState::Confirmed, Rerun::RepeatsWork)] {
            for status in [JobStatus::Failed, JobStatus::Registered, JobStatus::Restored] {
                let fields = r#"{"source": "s3://bikes"}"#;
                assert_eq!(rerun("RegistrationJob", fields, status, &created(state)), expected);
            }
        }
    }
}
