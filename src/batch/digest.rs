//! `digest: true`: one summary for all jobs that share an alerts service.

use tracing::instrument::WithSubscriber as _;

use super::Batch;
use super::panics::catch_panic;
use crate::config::JobSpec;
use crate::outcome::{JobResult, JobStatus};
use crate::services::{AlertsConfig, Pool};

impl Batch<'_> {
    /// Sends one summary for each alerts service with `digest`, with the services of the first job that started them.
    pub(super) async fn summarize(&self, jobs: &mut [JobResult], pool: &mut Pool) {
        let mut done = vec![];
        for (index, spec) in self.specs.iter().enumerate() {
            let config = &spec.services.alerts;
            let ran = jobs[index].status != JobStatus::Skipped;
            if !config.digest || !ran || done.contains(&config) {
                continue;
            }
            // A job whose services did not start reports its own error.
            let Ok((logger, alerts)) = pool.start_alerts(&spec.services).await else { continue };
            done.push(config);
            let mut sharing = self.sharing(config, jobs);
            let summary = alerts.summarize(&mut sharing, &self.options.actor);
            catch_panic(summary.with_subscriber(logger.dispatch().clone())).await;
        }
    }

    /// Returns the jobs that share an alerts service, each with the address of its registry.
    fn sharing<'j>(&self, config: &AlertsConfig, jobs: &'j mut [JobResult]) -> Vec<(&'j mut JobResult, String)> {
        let shares = |(_, spec): &(_, &JobSpec)| spec.services.alerts == *config && !spec.job.only_reads();
        let with_registry = |(job, spec): (&'j mut JobResult, &JobSpec)| (job, spec.services.mlflow.uri().to_string());
        jobs.iter_mut().zip(self.specs).filter(shares).map(with_registry).collect()
    }
}
