//! How an invocation and each of its jobs ended.

use std::collections::HashSet;

use serde::Serialize;

use super::{Failure, JobStatus, Outcome, Rerun};
use crate::text::escape_line;

/// What one invocation did: the document that `--output json` prints.
#[derive(Debug, Clone, Serialize)]
pub struct BatchResult {
    /// How the whole ended.
    pub status: BatchStatus,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The jobs, in the order of the configs.
    pub jobs: Vec<JobResult>,
}

/// How a whole invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchStatus {
    /// Every job did what it was asked, or found it done already.
    Ok,
    /// A job failed.
    Failed,
    /// The registry could not be reached or refused the login.
    Unavailable,
    /// A gate or precondition said no; nothing was changed.
    Blocked,
    /// A signal ended the run.
    Interrupted,
}

/// What one job did.
#[derive(Debug, Clone, Serialize)]
pub struct JobResult {
    /// The config file that holds the job, as it was given.
    pub config: String,
    /// The place of the job in that file, from 0.
    pub index: usize,
    /// The job's `KIND`.
    pub kind: &'static str,
    /// How it ended.
    pub status: JobStatus,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What it did, as far as it came.
    pub outcome: Outcome,
    /// What running the same command again would do.
    #[serde(skip)]
    pub rerun: Rerun,
    /// What went wrong.
    pub error: Option<Failure>,
    /// Who was told.
    pub notifications: Vec<Notification>,
}

/// Who was told about a job, and whether it reached them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// The channel's `KIND`.
    pub channel: &'static str,
    /// Whether it was delivered.
    pub status: Delivery,
    /// How often delivery was tried.
    pub attempts: u32,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Whether a notice reached its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The channel took it.
    Sent,
    /// The channel did not.
    Failed,
}

/// Knows which configs hold several jobs.
pub struct Labels<'a>(HashSet<&'a str>);

impl<'a> Labels<'a> {
    /// Makes the labels of jobs from the config of each and its place there.
    pub fn of(places: impl Iterator<Item = (&'a str, usize)>) -> Self {
        Self(places.filter(|(_, index)| *index > 0).map(|(config, _)| config).collect())
    }

    /// Makes the labels of jobs that have ended.
    pub fn of_results(jobs: &'a [JobResult]) -> Self {
        Self::of(jobs.iter().map(|job| (job.config.as_str(), job.index)))
    }

    /// Returns the config of a job, on one line, and its place where that holds several.
    pub fn of_place(&self, config: &str, index: usize) -> String {
        let shown = escape_line(config);
        match self.0.contains(config) {
            true => format!("{shown}[{index}]"),
            false => shown.into_owned(),
        }
    }

    /// Returns what a job that has ended is called.
    pub fn of_job(&self, job: &JobResult) -> String {
        self.of_place(&job.config, job.index)
    }
}
