//! Where an alias was, where it was to be, and where it is.

use serde::Serialize;

use super::tone::Tone;
use crate::outcome::{Code, JobResult, JobStatus, WriteState};
use crate::text::format_version;

/// Where an alias was before the job, where the job wants it, and where it is now, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Places {
    pub(super) before: String,
    pub(super) wanted: String,
    pub(super) now: String,
    /// The tone of where it is now: good where it is wanted, bad where that is unknown.
    pub(super) tone: Tone,
    /// Whether the alias is elsewhere than before.
    pub(super) has_moved: bool,
    /// The same in a sentence.
    pub(super) sentence: String,
}

/// The version that an alias points to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Now {
    /// It was read; none where the alias does not exist.
    Known(Option<u64>),
    /// A write got no answer, or nothing was read.
    Unknown,
}

impl Places {
    /// Returns the places of the alias of a job; none where the job is about no alias, or has found nothing about it.
    pub(super) fn new(job: &JobResult) -> Option<Self> {
        let outcome = &job.outcome;
        let alias = outcome.full_alias()?;
        let (before, wanted) = (outcome.previous_version, outcome.version);
        if before.is_none() && wanted.is_none() {
            return None;
        }
        let now = now(job);
        let sentence = match (now, outcome.alias_written) {
            (Now::Known(Some(version)), None) => format!("nothing was changed: {alias} is at version {version}"),
            (Now::Known(None), None) => format!("nothing was changed: {alias} does not exist"),
            (Now::Known(Some(version)), _) => format!("{alias} is at version {version}"),
            (Now::Known(None), _) => format!("{alias} does not exist"),
            (Now::Unknown, None) => format!("{alias} was not moved by this job; where it is now was not read"),
            (Now::Unknown, Some(_)) => {
                format!("unknown: {alias} was at {} and may be at {}", format_version(before), format_version(wanted))
            }
        };
        Some(Self {
            before: format_version(before),
            wanted: wanted.map_or_else(|| "?".to_owned(), |version| version.to_string()),
            now: match now {
                Now::Known(version) => format_version(version),
                Now::Unknown => "?".to_owned(),
            },
            tone: match now {
                Now::Unknown => Tone::Bad,
                Now::Known(version) if wanted.is_some() && version == wanted => Tone::Good,
                Now::Known(_) => Tone::Calm,
            },
            has_moved: matches!(now, Now::Known(version) if version != before),
            sentence,
        })
    }
}

/// Returns where the alias of a job is now, as far as its end proves it.
pub(super) fn now(job: &JobResult) -> Now {
    let outcome = &job.outcome;
    let (before, wanted) = (outcome.previous_version, outcome.version);
    match (job.status, outcome.alias_written) {
        _ if job.error.as_ref().is_some_and(|error| leaves_place_open(error.code)) => match outcome.was_put_back() {
            true => Now::Known(before),
            false => Now::Unknown,
        },
        (JobStatus::Restored, _) => Now::Known(before),
        // A job that is done and has an error is one whose alias could not be moved back.
        (JobStatus::Done(_), _) if job.error.is_some() => Now::Unknown,
        (JobStatus::Done(_) | JobStatus::Unchanged, _) => Now::Known(wanted),
        (_, Some(_)) if outcome.was_put_back() => Now::Known(before),
        (_, Some(WriteState::Confirmed)) => Now::Known(wanted),
        (_, Some(WriteState::Sent)) => Now::Unknown,
        (JobStatus::Skipped | JobStatus::Interrupted, None) => Now::Unknown,
        // A registration reads the alias only once the version is ready.
        (_, None) if outcome.version_created.is_some() => Now::Unknown,
        (_, None) => Now::Known(before),
    }
}

/// Returns whether an error of this code leaves open where the alias is: somebody else moved it, or it may have been moved
/// back.
const fn leaves_place_open(code: Code) -> bool {
    matches!(code, Code::AliasMoved | Code::AliasMismatch | Code::AliasLeft | Code::VerifyFailed)
}

#[cfg(test)]
mod tests {
    use super::super::page::fixtures::job;
    use super::*;
    use crate::outcome::Failure;

    #[test]
    fn a_write_without_an_answer_leaves_the_place_unknown() {
        let mut failed = job("bikes");
        failed.status = JobStatus::Failed;
        failed.outcome.alias_written = Some(WriteState::Sent);
        let places = Places::new(&failed).unwrap();
        assert_eq!((places.now.as_str(), places.tone), ("?", Tone::Bad));
        assert_eq!(places.sentence, "unknown: bikes@Champion was at 2 and may be at 3");
    }

    #[test]
    fn an_alias_that_somebody_else_may_have_moved_has_no_known_place() {
        use JobStatus::{Blocked, Done, Failed};
        let confirmed = Some(WriteState::Confirmed);
        for (status, written, code) in [
            (Blocked, None, Code::AliasMoved),
            (Failed, confirmed, Code::AliasMismatch),
            (Failed, confirmed, Code::VerifyFailed),
            (Done("promoted"), confirmed, Code::AliasLeft),
            (Done("promoted"), confirmed, Code::PermissionDenied),
        ] {
            let mut ended = job("bikes");
            (ended.status, ended.outcome.alias_written) = (status, written);
            ended.error = Some(Failure { code, message: String::new(), hint: None });
            assert_eq!(now(&ended), Now::Unknown, "{status:?} {code}");
        }
    }

    #[test]
    fn a_registration_that_did_not_come_to_its_alias_says_nothing_of_its_place() {
        let mut failed = job("bikes");
        failed.status = JobStatus::Failed;
        (failed.outcome.alias_written, failed.outcome.previous_version) = (None, None);
        failed.outcome.version_created = Some(WriteState::Confirmed);
        let sentence = Places::new(&failed).unwrap().sentence;
        assert_eq!(sentence, "bikes@Champion was not moved by this job; where it is now was not read");
    }

    #[test]
    fn a_blocked_job_leaves_the_alias_where_it_was() {
        let mut blocked = job("bikes");
        blocked.status = JobStatus::Blocked;
        blocked.outcome.alias_written = None;
        let places = Places::new(&blocked).unwrap();
        assert_eq!((places.before.as_str(), places.wanted.as_str(), places.now.as_str()), ("2", "3", "2"));
        assert_eq!(places.sentence, "nothing was changed: bikes@Champion is at version 2");
    }
}
