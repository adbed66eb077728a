//! The result for GitHub Actions: an annotation a job that did not succeed.

use super::label::Labels;
use crate::outcome::{BatchResult, JobResult, JobStatus};

/// GitHub shows at most this many annotations a step.
const MOST: usize = 10;

/// Renders the workflow commands that annotate the jobs that went wrong; the last of too many counts the rest.
pub fn annotations(result: &BatchResult) -> String {
    let labels = Labels::of(&result.jobs);
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

/// Escapes a message as GitHub's own toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which also ends at a colon or comma.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
