//! What people are told: the words of a job's end.

use crate::outcome::{JobResult, JobStatus};

/// A message to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The name it is sent under.
    pub app_name: String,
    /// What ended, and how.
    pub title: String,
    /// The facts: version and alias, or what went wrong.
    pub message: String,
}

impl Notice {
    /// Makes the notice of a job's end; a finished promotion reads as it does in the Python template.
    pub fn of(app_name: &str, job: &JobResult) -> Self {
        let title = format!("{} {}", spaced(job.kind), ending(job));
        Self { app_name: app_name.to_owned(), title, message: message(job) }
    }
}

fn message(job: &JobResult) -> String {
    if let Some(error) = &job.error {
        return error.message.clone();
    }
    let outcome = &job.outcome;
    let version = if job.status == JobStatus::Restored { outcome.previous_version } else { outcome.version };
    let version = version.map_or_else(|| "none".to_owned(), |version| version.to_string());
    match &outcome.alias {
        Some(alias) => format!("Version: {version} @ {alias}"),
        None => format!("Version: {version}"),
    }
}

const fn ending(job: &JobResult) -> &'static str {
    match job.status {
        JobStatus::Promoted | JobStatus::Registered if job.error.is_some() => "Not Restored",
        JobStatus::Promoted | JobStatus::Registered | JobStatus::Unchanged => "Finished",
        JobStatus::Planned => "Planned",
        JobStatus::Blocked => "Blocked",
        JobStatus::Failed => "Failed",
        JobStatus::Restored => "Restored",
        JobStatus::Skipped => "Skipped",
        JobStatus::Interrupted => "Interrupted",
    }
}

/// Returns `PromotionJob` as `Promotion Job`.
fn spaced(kind: &str) -> String {
    let mut words = String::with_capacity(kind.len() + 1);
    for (at, letter) in kind.char_indices() {
        if at > 0 && letter.is_uppercase() {
            words.push(' ');
        }
        words.push(letter);
    }
    words
}
