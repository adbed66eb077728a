//! The first sentence of the page and of each job: what moved, or why nothing did.

use crate::outcome::{BatchResult, CurrentVersion, JobResult, JobStatus};
use crate::text::{format_version, split_words};

/// Says in a sentence how a job ended.
pub(super) fn job_headline(job: &JobResult) -> String {
    let outcome = &job.outcome;
    let (before, wanted) = (format_version(outcome.previous_version), format_version(outcome.version));
    let alias = outcome.full_alias();
    let about = alias.clone().unwrap_or_else(|| outcome.subject().to_owned());
    match (job.status, alias) {
        (JobStatus::Done(_), Some(alias)) if outcome.version.is_some() => match outcome.previous_version {
            Some(before) => format!("{alias} was moved from version {before} to version {wanted}"),
            None => format!("{alias} was created at version {wanted}"),
        },
        (JobStatus::Planned, Some(alias)) if outcome.version.is_some() => match outcome.previous_version {
            Some(before) => format!("{alias} will move from version {before} to version {wanted}"),
            None => format!("{alias} will be created at version {wanted}"),
        },
        (JobStatus::Planned, _) => format!("{} of {about} is planned", kind_in_words(job.kind)),
        (JobStatus::Read, _) => format!("{} of {about}", kind_in_words(job.kind).trim_end_matches(" job")),
        (JobStatus::Restored, Some(alias)) => format!("{alias} was moved to version {wanted}, and back to {before}"),
        (JobStatus::Blocked, Some(alias)) => format!("{alias} was not moved"),
        (JobStatus::Unknown, Some(alias)) => format!("It is not known where {alias} is"),
        (JobStatus::NotRestored, Some(alias)) => format!("{alias} was moved to version {wanted}, and not moved back"),
        (JobStatus::NoticeFailed, Some(alias)) => {
            let way = if before == wanted {
                format!("is at {wanted}")
            } else {
                format!("was moved from {before} to {wanted}")
            };
            format!("{alias} {way}, and a notice was not delivered")
        }
        (JobStatus::Failed, Some(alias)) => match (outcome.alias_written, outcome.current.unwrap_or_default()) {
            (None, _) => format!("{alias} was not moved"),
            (Some(_), CurrentVersion { current_known: false, .. }) => format!("It is not known where {alias} is"),
            (Some(_), now) if now.current_version == outcome.previous_version => {
                format!("{alias} was moved back to version {before}")
            }
            (Some(_), _) => format!("{alias} was moved to version {wanted}, and the job failed"),
        },
        (JobStatus::Skipped, _) => format!("{about} was left alone: the job was never started"),
        (status, _) => match outcome.describe_success(status) {
            Some(success) => success,
            None => format!("{} of {about}: {}", kind_in_words(job.kind), words(status)),
        },
    }
}

/// Returns whether one job changes or plans something, and the others only read.
pub(super) fn is_release(result: &BatchResult) -> bool {
    result.jobs.iter().filter(|job| job.status != JobStatus::Read).count() == 1
}

/// Says what the page is about, and in a sentence how it ended. Jobs that only read stand behind the one that does not.
pub(super) fn page_headline(result: &BatchResult, is_plan: bool) -> (String, String) {
    let others: Vec<&JobResult> = result.jobs.iter().filter(|job| job.status != JobStatus::Read).collect();
    match (&result.jobs[..], &others[..]) {
        ([job], _) => (kind_in_words(job.kind), job_headline(job)),
        (_, [job]) => ("Release".to_owned(), job_headline(job)),
        ([first, rest @ ..], []) if rest.len() < 3 => {
            let headlines: Vec<String> = rest.iter().map(job_headline).collect();
            ("Registry".to_owned(), format!("{}; {}", job_headline(first), headlines.join("; ")))
        }
        _ => ("Batch".to_owned(), batch_headline(result, is_plan)),
    }
}

/// Says in a sentence how all jobs ended.
fn batch_headline(result: &BatchResult, is_plan: bool) -> String {
    let all = result.jobs.len();
    let good = result.jobs.iter().filter(|job| job.status.is_success() && job.error.is_none()).count();
    match (good == all, is_plan) {
        (true, true) => format!("A plan of {all} jobs"),
        (true, false) => format!("All {all} jobs succeeded"),
        (false, true) => format!("{} of {all} jobs cannot be planned", all - good),
        (false, false) => format!("{good} of {all} jobs succeeded"),
    }
}

/// Returns `PromotionJob` as `Promotion job`.
pub(super) fn kind_in_words(kind: &str) -> String {
    split_words(kind).replace(" Job", " job")
}

/// Returns the word of a status with spaces.
pub(super) fn words(status: JobStatus) -> String {
    status.name().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::super::page::fixtures::{job, result};
    use super::*;
    use crate::outcome::WriteState;

    #[test]
    fn the_first_sentence_says_what_moved() {
        let headline = |status, written| {
            let mut ended = job("bikes");
            (ended.status, ended.outcome.alias_written) = (status, written);
            ended.outcome.current = Some(CurrentVersion::default());
            job_headline(&ended)
        };
        let sent = Some(WriteState::Sent);
        assert_eq!(headline(JobStatus::Done("promoted"), sent), "bikes@Champion was moved from version 2 to version 3");
        assert_eq!(headline(JobStatus::Planned, None), "bikes@Champion will move from version 2 to version 3");
        assert_eq!(headline(JobStatus::Blocked, None), "bikes@Champion was not moved");
        assert_eq!(headline(JobStatus::Failed, None), "bikes@Champion was not moved");
        assert_eq!(headline(JobStatus::Failed, sent), "It is not known where bikes@Champion is");
        assert_eq!(headline(JobStatus::Restored, sent), "bikes@Champion was moved to version 3, and back to 2");
    }

    #[test]
    fn a_batch_counts_its_jobs() {
        let mut failed = job("b");
        failed.status = JobStatus::Failed;
        let mixed = result(vec![job("a"), failed]);
        assert_eq!(batch_headline(&mixed, false), "1 of 2 jobs succeeded");
        assert_eq!(batch_headline(&mixed, true), "1 of 2 jobs cannot be planned");
        assert_eq!(batch_headline(&result(vec![job("a"), job("b")]), false), "All 2 jobs succeeded");
    }
}
