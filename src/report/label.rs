//! What a job is called in a report.

use std::collections::HashSet;

use crate::outcome::JobResult;
use crate::printable::on_one_line;

/// Knows which configs hold several jobs.
pub(super) struct Labels<'a>(HashSet<&'a str>);

impl<'a> Labels<'a> {
    pub(super) fn of(jobs: &'a [JobResult]) -> Self {
        Self(jobs.iter().filter(|job| job.index > 0).map(|job| job.config.as_str()).collect())
    }

    /// Returns the config of a job, and its place where that holds several.
    pub(super) fn of_job(&self, job: &JobResult) -> String {
        let config = on_one_line(&job.config);
        match self.0.contains(job.config.as_str()) {
            true => format!("{config}[{}]", job.index),
            false => config,
        }
    }
}
