//! Where an alias was, where it was to be, and where it is.

use serde::Serialize;

use super::super::tables::alias_cells;
use super::tone::Tone;
use crate::outcome::JobResult;

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
}

impl Places {
    /// Returns the places of the alias of a job; none where the job is about no alias, or has found nothing about it.
    pub(super) fn new(job: &JobResult) -> Option<Self> {
        let outcome = &job.outcome;
        let current = outcome.current?;
        if outcome.previous_version.is_none() && outcome.version.is_none() && !current.current_known {
            return None;
        }
        let [before, wanted, now] = alias_cells(job);
        Some(Self {
            tone: match current.current_known {
                false => Tone::Bad,
                true if outcome.version.is_some() && current.current_version == outcome.version => Tone::Good,
                true => Tone::Calm,
            },
            has_moved: current.current_known && before != now,
            before,
            wanted,
            now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::fixtures::job;
    use super::*;
    use crate::outcome::{CurrentVersion, JobStatus, WriteState};

    #[test]
    fn a_write_without_an_answer_leaves_the_place_unknown() {
        let mut failed = job("bikes");
        failed.status = JobStatus::Failed;
        (failed.outcome.alias_written, failed.outcome.current) =
            (Some(WriteState::Sent), Some(CurrentVersion::default()));
        let places = Places::new(&failed).unwrap();
        assert_eq!((places.now.as_str(), places.tone, places.has_moved), ("?", Tone::Bad, false));
    }

    #[test]
    fn a_blocked_job_leaves_the_alias_where_it_was() {
        let mut blocked = job("bikes");
        blocked.status = JobStatus::Blocked;
        (blocked.outcome.alias_written, blocked.outcome.current) = (None, Some(CurrentVersion::new(Some(Some(2)))));
        let places = Places::new(&blocked).unwrap();
        assert_eq!((places.before.as_str(), places.wanted.as_str(), places.now.as_str()), ("2", "3", "2"));
        assert_eq!((places.tone, places.has_moved), (Tone::Calm, false));
    }

    #[test]
    fn a_job_that_found_nothing_about_its_alias_has_no_places() {
        let mut skipped = job("bikes");
        skipped.status = JobStatus::Skipped;
        (skipped.outcome.version, skipped.outcome.previous_version) = (None, None);
        skipped.outcome.current = Some(CurrentVersion::default());
        assert_eq!(Places::new(&skipped), None);
    }
}
