//! The summary of a batch.

use super::event::Tone;
use crate::outcome::{JobResult, count_statuses};
use crate::secret::redact_message;
use crate::text::{escape_line, format_version};

/// The number of jobs that have their own line.
const MAX_LINES: usize = 20;

pub(super) struct Summary {
    /// The number of jobs per status.
    pub(super) counts: String,
    /// One line per job, failed ones first.
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) tone: Tone,
}

impl Summary {
    pub(super) fn new(jobs: &[&JobResult]) -> Self {
        let is_bad = |job: &&&JobResult| Tone::for_job(job) == Tone::Bad;
        let mut sorted: Vec<&&JobResult> = jobs.iter().collect();
        sorted.sort_by_key(|job| !is_bad(job));
        let mut lines: Vec<_> = sorted.iter().take(MAX_LINES).map(|job| ("Job", line(job))).collect();
        if jobs.len() > MAX_LINES {
            lines.push(("Job", format!("… and {} more", jobs.len() - MAX_LINES)));
        }
        let tone = match () {
            () if jobs.iter().any(|job| is_bad(&job)) => Tone::Bad,
            () if jobs.iter().any(|job| Tone::for_job(job) == Tone::Good) => Tone::Good,
            () => Tone::Neutral,
        };
        Self { counts: count_statuses(jobs.iter().copied()), lines, tone }
    }
}

fn line(job: &JobResult) -> String {
    let outcome = &job.outcome;
    let what = match (outcome.full_alias(), &outcome.name) {
        // Where a job did not do its work, versions would look like a move.
        (Some(alias), _) if job.error.is_some() => alias,
        (Some(alias), _) => format!("{alias} {}", outcome.transition(job.status)),
        (None, Some(name)) => format!("{name} {}", format_version(outcome.version)),
        (None, None) => outcome.subject().to_owned(),
    };
    let place = job.id.clone().unwrap_or_else(|| format!("{}[{}]", job.config, job.index));
    let line = format!("{place}: {what}: {}", job.status.name());
    escape_line(&redact_message(&match &job.error {
        Some(error) => format!("{line}: {}", error.message),
        None => line,
    }))
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::test_fixtures;
    use crate::outcome::{Code, Failure, JobStatus};

    #[test]
    fn a_summary_counts_the_statuses_and_lists_failures_first() {
        let done = test_fixtures::job("bikes", None);
        let mut failed = test_fixtures::job("cars", None);
        failed.status = JobStatus::Failed;
        failed.error = Some(Failure { code: Code::ModelNotFound, message: "cars\nis missing".to_owned(), hint: None });
        let summary = Summary::new(&[&done, &done, &failed]);
        assert_eq!((summary.tone, summary.counts.as_str()), (Tone::Bad, "2 promoted, 1 failed"));
        assert_eq!(summary.lines[0].1, "promotion.yaml[0]: cars@Champion: failed: cars\\nis missing");
    }

    #[test]
    fn the_lines_of_a_long_batch_are_limited() {
        let job = test_fixtures::job("bikes", None);
        let summary = Summary::new(&[&job; 50]);
        assert_eq!(summary.lines.len(), MAX_LINES + 1);
        assert_eq!(summary.lines[MAX_LINES].1, "… and 30 more");
    }
}
