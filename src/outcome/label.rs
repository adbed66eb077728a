//! What a job is called where several may be spoken of: in reports, in logs and beside the bar.

use std::collections::HashSet;

use super::JobResult;
use crate::text::escape_line;

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
