//! `digest: true`: one summary for all jobs that share an alerts service.

use tracing::instrument::WithSubscriber as _;

use super::Batch;
use crate::outcome::{JobResult, JobStatus};
use crate::services::Pool;

impl Batch<'_> {
    /// Sends the summaries that are wanted, each by the services of the first of its jobs that ran.
    pub(super) async fn summarize(&self, jobs: &mut [JobResult], pool: &mut Pool) {
        let mut done = vec![];
        for (index, spec) in self.specs.iter().enumerate() {
            let alerts = &spec.services.alerts;
            let ran = jobs[index].status != JobStatus::Skipped;
            if !alerts.digest || !ran || done.contains(&alerts) {
                continue;
            }
            done.push(alerts);
            // A job whose services did not start has its own error.
            let Ok(services) = pool.start(&spec.services) else { continue };
            let shares = |(job, spec): (_, &crate::config::JobSpec)| {
                (spec.services.alerts == *alerts && !spec.job.only_reads()).then_some(job)
            };
            let mut sharing: Vec<&mut JobResult> = jobs.iter_mut().zip(self.specs).filter_map(shares).collect();
            let log = services.logger.dispatch().clone();
            services.alerts.summarize(&mut sharing, self.about(&services)).with_subscriber(log).await;
        }
    }
}
