//! The result of an invocation and of each of its jobs.

use std::collections::HashSet;

use serde::Serialize;

use super::{Failure, JobStatus, Outcome, Rerun};
use crate::text::escape_line;

/// The result of one invocation: the document that `--output json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct BatchResult {
    /// The version of the document's schema. It changes when a field is removed or gets another meaning.
    pub schema_version: u32,
    /// The overall status.
    pub status: BatchStatus,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The jobs, in the order of the configs.
    pub jobs: Vec<JobResult>,
}

/// Counts the statuses of jobs, in the order of their first occurrence: `3 promoted, 1 failed`.
pub fn count_statuses<'j>(jobs: impl IntoIterator<Item = &'j JobResult>) -> String {
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

impl BatchResult {
    /// The version of the schema of the document.
    pub const SCHEMA_VERSION: u32 = 1;
}

/// The overall status of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// Every job succeeded.
    Ok,
    /// A job failed.
    Failed,
    /// The registry could not be reached or refused the login.
    Unavailable,
    /// A gate or a precondition failed; nothing was changed.
    Blocked,
    /// A signal ended the run.
    Interrupted,
}

/// The result of one job.
#[derive(Debug, Clone, Serialize)]
pub struct JobResult {
    /// The config file of the job, as the user wrote it.
    pub config: String,
    /// The index of the job in that file, from 0.
    pub index: usize,
    /// The name of the job, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The job's `KIND`.
    pub kind: &'static str,
    /// The status of the job.
    pub status: JobStatus,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What the job found and did before it ended.
    pub outcome: Outcome,
    /// What a second run of the same command would do.
    #[serde(skip)]
    pub rerun: Rerun,
    /// The error, if the job failed.
    pub error: Option<Failure>,
    /// The notifications that were sent, or failed.
    pub notifications: Vec<Notification>,
}

/// The delivery of a notification to one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// The channel's `KIND`.
    pub channel: &'static str,
    /// Whether it was delivered.
    pub status: Delivery,
    /// The number of attempts.
    pub attempts: u32,
    /// The reason of a failed delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whether a notification reached its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The channel accepted it.
    Sent,
    /// The channel did not accept it.
    Failed,
}

/// The labels of jobs in reports and logs: the name of the job, else its config, with an index if the config has several
/// jobs.
pub struct Labels<'a>(HashSet<&'a str>);

impl<'a> Labels<'a> {
    /// Creates labels from the config and the index of each job.
    pub fn new(places: impl Iterator<Item = (&'a str, usize)>) -> Self {
        Self(places.filter(|(_, index)| *index > 0).map(|(config, _)| config).collect())
    }

    /// Creates labels from the results of jobs.
    pub fn from_results(jobs: &'a [JobResult]) -> Self {
        Self::new(jobs.iter().map(|job| (job.config.as_str(), job.index)))
    }

    /// Returns the label of a job: its name, else its config, and its index if the config has several jobs.
    pub fn for_place(&self, id: Option<&str>, config: &str, index: usize) -> String {
        if let Some(id) = id {
            return escape_line(id).into_owned();
        }
        let shown = escape_line(config);
        match self.0.contains(config) {
            true => format!("{shown}[{index}]"),
            false => shown.into_owned(),
        }
    }

    /// Returns the label of a job result.
    pub fn for_job(&self, job: &JobResult) -> String {
        self.for_place(job.id.as_deref(), &job.config, job.index)
    }
}
