//! Determines what a second run of a job that moves an alias does.

use crate::outcome::{JobStatus, Outcome, Rerun};
use crate::registry::{Expect, Version};

/// The hint of a job with an explicit version, whose second run may be blocked.
pub(crate) const LOOK_WHERE_THE_ALIAS_IS: &str =
    "look where the alias is (a StatusJob shows it) before you run it again: if it moved, `job.expect` no longer holds";

/// Returns whether a move was sent and not reverted.
pub(crate) fn is_standing_move(status: JobStatus, outcome: &Outcome) -> bool {
    outcome.alias_written.is_some() && status != JobStatus::Restored && !outcome.was_put_back()
}

/// Returns what a second run of a job with an explicit version does after a move. It is blocked if `expect` no longer
/// holds.
pub(crate) fn after_move(expect: Option<Expect>, outcome: &Outcome) -> Rerun {
    let now = outcome.version.and_then(Version::new);
    if expect.is_none_or(|expected| expected.holds(now)) { Rerun::Idempotent } else { Rerun::Unknown }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jobs::Job;
    use crate::outcome::WriteState;

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
    fn a_job_without_writes_is_safe_to_rerun() {
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
    fn a_rerun_repeats_a_move_depending_on_the_target_of_the_job() {
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
    fn a_reverted_move_is_safe_to_rerun() {
        let outcome = moved(WriteState::Confirmed);
        assert_eq!(rerun("RollbackJob", "{}", JobStatus::Restored, &outcome), Rerun::Idempotent);
    }

    #[test]
    fn a_rerun_would_create_a_version_twice_even_if_its_alias_was_restored() {
        let created = |state| Outcome { version_created: Some(state), ..moved(WriteState::Confirmed) };
        for (state, expected) in [(WriteState::Sent, Rerun::Unknown), (WriteState::Confirmed, Rerun::RepeatsWork)] {
            for status in [JobStatus::Failed, JobStatus::Done("registered"), JobStatus::Restored] {
                let fields = r#"{"source": "s3://bikes"}"#;
                assert_eq!(rerun("RegistrationJob", fields, status, &created(state)), expected);
            }
        }
    }
}
