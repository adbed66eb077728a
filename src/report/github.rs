//! The result for GitHub Actions: a step summary, and an annotation for each job that did not succeed.

use super::markdown::markdown;
use crate::outcome::{BatchResult, JobResult, JobStatus, Labels};
use crate::text::escape_line;

/// The number of annotations that GitHub shows for a step.
const MOST_ANNOTATIONS: usize = 10;

/// The size of a step summary in bytes, above which GitHub refuses it.
const LARGEST_SUMMARY: u64 = 1024 * 1024;

/// The last line of a truncated summary.
const TRUNCATED: &str =
    "\n**The rest is left out: GitHub shows at most 1 MiB.** `--report markdown=PATH` writes all of it.\n";

/// Renders what is appended to the summary of a step that already holds so many bytes: as many whole lines as GitHub
/// accepts.
pub fn summary(result: &BatchResult, held: u64) -> String {
    let text = markdown(result);
    let room = usize::try_from(LARGEST_SUMMARY.saturating_sub(held)).unwrap_or(usize::MAX);
    if text.len() <= room {
        return text;
    }
    if room < TRUNCATED.len() {
        return String::new();
    }
    let mut cut = String::new();
    for line in text.split_inclusive('\n') {
        if cut.len() + line.len() + TRUNCATED.len() > room {
            break;
        }
        cut.push_str(line);
    }
    cut + TRUNCATED
}

/// Renders the workflow commands that annotate the jobs that went wrong. If there are too many, the last one counts the rest.
pub fn annotations(result: &BatchResult) -> String {
    let labels = Labels::from_results(&result.jobs);
    // This includes a job whose alias was not moved back. A job that was skipped has nothing to mend.
    let wrong =
        |job: &&JobResult| job.error.is_some() && !matches!(job.status, JobStatus::Interrupted | JobStatus::Skipped);
    let failed: Vec<_> = result.jobs.iter().filter(wrong).collect();
    let shown = if failed.len() > MOST_ANNOTATIONS { MOST_ANNOTATIONS - 1 } else { failed.len() };
    let mut text = String::new();
    for job in &failed[..shown] {
        let title = format!("{} {}", labels.for_job(job), job.status.name());
        let message = job.error.as_ref().map(|error| error.message.clone());
        let message: Vec<String> = message.into_iter().chain(job.describe_state()).collect();
        text.push_str(&command(&job.config, &title, &message.join("\n")));
    }
    if shown < failed.len() {
        let rest = format!("{} more jobs did not succeed; the summary lists them", failed.len() - shown);
        text.push_str(&command("", "runner", &rest));
    }
    text
}

fn command(file: &str, title: &str, message: &str) -> String {
    let file = if file.is_empty() { String::new() } else { format!("file={},", property(file)) };
    format!("::error {file}title={}::{}\n", property(title), data(message))
}

/// Escapes a message as GitHub's own toolkit does, after the escaping that every text gets.
fn data(text: &str) -> String {
    let text: Vec<_> = text.split('\n').map(|line| escape_line(line.trim_end_matches('\r'))).collect();
    text.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which also ends at a colon or comma.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{BatchStatus, Code, Failure, Outcome, Rerun};

    fn failures(jobs: usize) -> BatchResult {
        let failure = Failure { code: Code::Unreachable, message: "é".repeat(100), hint: None };
        let job = |index| JobResult {
            config: "batch.yaml".to_owned(),
            index,
            id: None,
            kind: "PromotionJob",
            status: JobStatus::Failed,
            seconds: 0.0,
            outcome: Outcome::default(),
            error: Some(failure.clone()),
            rerun: Rerun::default(),
            notifications: vec![],
        };
        BatchResult {
            schema_version: BatchResult::SCHEMA_VERSION,
            status: BatchStatus::Failed,
            exit_code: 1,
            seconds: 0.0,
            jobs: (0..jobs).map(job).collect(),
        }
    }

    #[test]
    fn a_summary_takes_no_more_room_than_github_gives() {
        let (few, many) = (failures(10), failures(10_000));
        assert_eq!(summary(&few, 1_000), markdown(&few));
        assert!(markdown(&many).len() as u64 > LARGEST_SUMMARY);
        for held in [0, 500_000, LARGEST_SUMMARY - 200] {
            let text = summary(&many, held);
            assert!(text.len() as u64 + held <= LARGEST_SUMMARY && text.ends_with(TRUNCATED), "{held}");
            assert!(markdown(&many).starts_with(text.strip_suffix(TRUNCATED).unwrap()), "{held}");
        }
        assert_eq!(summary(&few, LARGEST_SUMMARY - 1), "");
    }
}
