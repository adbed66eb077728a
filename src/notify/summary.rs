//! The words of a whole batch.

use super::Tone;
use super::notice::{Gist, tone};
use crate::outcome::{JobResult, JobStatus};
use crate::printable::on_one_line;
use crate::secret::redact_userinfo;

/// How many jobs have a line of their own.
const LINES: usize = 20;

/// Says how many jobs ended in which way, then a line a job, those with a problem first.
pub(super) fn summarized(jobs: &[&JobResult]) -> Gist {
    let is_bad = |job: &&&JobResult| tone(job.status) == Tone::Bad;
    let mut sorted: Vec<&&JobResult> = jobs.iter().collect();
    sorted.sort_by_key(|job| !is_bad(job));
    let mut details: Vec<_> = sorted.iter().take(LINES).map(|job| ("Job", line(job))).collect();
    if jobs.len() > LINES {
        details.push(("Job", format!("… and {} more", jobs.len() - LINES)));
    }
    let tone = match () {
        () if jobs.iter().any(|job| is_bad(&job)) => Tone::Bad,
        () if jobs.iter().any(|job| tone(job.status) == Tone::Good) => Tone::Good,
        () => Tone::Neutral,
    };
    let ending = if tone == Tone::Bad { "Failed" } else { "Finished" };
    Gist { title: format!("Batch {ending}"), message: counts(jobs), details, tone }
}

/// Counts the endings, in the order in which they first occur.
fn counts(jobs: &[&JobResult]) -> String {
    let mut counts: Vec<(JobStatus, usize)> = vec![];
    for job in jobs {
        match counts.iter_mut().find(|(status, _)| *status == job.status) {
            Some((_, count)) => *count += 1,
            None => counts.push((job.status, 1)),
        }
    }
    let words: Vec<String> = counts.iter().map(|(status, count)| format!("{count} {}", status.name())).collect();
    words.join(", ")
}

fn line(job: &JobResult) -> String {
    let outcome = &job.outcome;
    let version = |number: Option<u64>| number.map_or_else(|| "none".to_owned(), |number| number.to_string());
    let what = match &outcome.alias {
        Some(alias) => {
            format!("{}@{alias} {} -> {}", outcome.name, version(outcome.previous_version), version(outcome.version))
        }
        None => format!("{} {}", outcome.name, version(outcome.version)),
    };
    let line = format!("{}[{}]: {what}: {}", job.config, job.index, job.status.name());
    on_one_line(&redact_userinfo(&match &job.error {
        Some(error) => format!("{line}: {}", error.message),
        None => line,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample;
    use crate::outcome::{Code, Failure};

    #[test]
    fn a_summary_counts_the_endings_and_tells_problems_first() {
        let done = sample::job("bikes", None);
        let mut failed = sample::job("cars", None);
        failed.status = JobStatus::Failed;
        failed.error = Some(Failure { code: Code::ModelNotFound, message: "cars\nis missing".to_owned(), hint: None });
        let gist = summarized(&[&done, &done, &failed]);
        assert_eq!((gist.title.as_str(), gist.message.as_str()), ("Batch Failed", "2 promoted, 1 failed"));
        assert_eq!(gist.details[0].1, "promotion.yaml[0]: cars@Champion 2 -> 3: failed: cars\\nis missing");
    }

    #[test]
    fn a_long_batch_is_cut() {
        let job = sample::job("bikes", None);
        let gist = summarized(&[&job; 50]);
        assert_eq!(gist.details.len(), LINES + 1);
        assert_eq!(gist.details[LINES].1, "… and 30 more");
    }
}
