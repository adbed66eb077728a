//! The result for GitHub Actions: an annotation a job that did not succeed.

use super::markdown;
use crate::outcome::{BatchResult, JobResult, JobStatus, Labels};
use crate::text::escape_line;

/// GitHub shows at most this many annotations a step.
const MOST: usize = 10;

/// GitHub refuses the whole summary of a step that is larger, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Says what became of the rest of a summary.
const CUT: &str =
    "\n**The rest is left out: GitHub shows at most 1 MiB.** `--report markdown=PATH` writes all of it.\n";

/// Renders what is appended to the summary of a step, which holds so many bytes already: whole lines, as many as GitHub
/// takes.
pub fn summary(result: &BatchResult, held: u64) -> String {
    let text = markdown(result);
    let room = usize::try_from(LARGEST.saturating_sub(held)).unwrap_or(usize::MAX);
    if text.len() <= room {
        return text;
    }
    if room < CUT.len() {
        return String::new();
    }
    let mut cut = String::new();
    for line in text.split_inclusive('\n') {
        if cut.len() + line.len() + CUT.len() > room {
            break;
        }
        cut.push_str(line);
    }
    cut + CUT
}

/// Renders the workflow commands that annotate the jobs that went wrong; the last of too many counts the rest.
pub fn annotations(result: &BatchResult) -> String {
    let labels = Labels::of_results(&result.jobs);
    // Also a job whose alias was not put back.
    let wrong = |job: &&JobResult| job.error.is_some() && job.status != JobStatus::Interrupted;
    let failed: Vec<_> = result.jobs.iter().filter(wrong).collect();
    let shown = if failed.len() > MOST { MOST - 1 } else { failed.len() };
    let mut text = String::new();
    for job in &failed[..shown] {
        let title = format!("{} {}", labels.of_job(job), job.status.name());
        let message = job.error.as_ref().map_or("", |error| &error.message);
        text.push_str(&command(&job.config, &title, message));
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

/// Escapes a message as GitHub's own toolkit does, and what acts on a terminal as everywhere.
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
            kind: "PromotionJob",
            status: JobStatus::Failed,
            seconds: 0.0,
            outcome: Outcome::default(),
            error: Some(failure.clone()),
            rerun: Rerun::default(),
            notifications: vec![],
        };
        BatchResult { status: BatchStatus::Failed, exit_code: 1, seconds: 0.0, jobs: (0..jobs).map(job).collect() }
    }

    #[test]
    fn a_summary_takes_no_more_room_than_github_gives() {
        let (few, many) = (failures(10), failures(10_000));
        assert_eq!(summary(&few, 1_000), markdown(&few));
        assert!(markdown(&many).len() as u64 > LARGEST);
        for held in [0, 500_000, LARGEST - 200] {
            let text = summary(&many, held);
            assert!(text.len() as u64 + held <= LARGEST && text.ends_with(CUT), "{held}");
            assert!(markdown(&many).starts_with(text.strip_suffix(CUT).unwrap()), "{held}");
        }
        assert_eq!(summary(&few, LARGEST - 1), "");
    }
}
