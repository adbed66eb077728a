//! Which job runs when.

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::order::Order;
use super::supervise::{skipped, to_the_millisecond};
use super::{Batch, OnFailure};
use crate::exit::Exit;
use crate::jobs::Mode;
use crate::outcome::{BatchResult, JobResult, JobStatus};
use crate::services::Pool;

/// The results so far, in the order of the configs, and the order in which they came.
struct Ends {
    jobs: Vec<Option<JobResult>>,
    came: Vec<usize>,
}

impl Batch<'_> {
    /// Runs the jobs, applies the failure policy, tears all services down, and returns what happened and how the
    /// process is to end.
    pub async fn run(self) -> (BatchResult, Exit) {
        let began = Instant::now();
        let mut pool = Pool::new(self.host.clone());
        let ends = self.run_jobs(&mut pool).await;
        let mut jobs: Vec<JobResult> =
            ends.jobs.into_iter().zip(self.specs).map(|(job, spec)| job.unwrap_or_else(|| skipped(spec))).collect();
        if Exit::of(&jobs, self.host.shutdown.requested()) != Exit::Ok && self.options.on_failure == OnFailure::Restore
        {
            self.restore(&mut jobs, &ends.came, &mut pool).await;
        }
        if self.options.mode == Mode::Apply {
            self.summarize(&mut jobs, &mut pool).await;
        }
        self.progress.finish();
        pool.stop().await;
        let exit = Exit::of(&jobs, self.host.shutdown.requested());
        let seconds = to_the_millisecond(began.elapsed());
        (BatchResult { status: exit.status(), exit_code: exit.code(), seconds, jobs }, exit)
    }

    async fn run_jobs(&self, pool: &mut Pool) -> Ends {
        let mut ends = Ends { jobs: self.specs.iter().map(|_| None).collect(), came: vec![] };
        let mut order = Order::of(self.specs.iter().map(|spec| spec.job.claims()));
        let mut running = FuturesUnordered::new();
        let mut go_on = true;
        loop {
            while go_on && running.len() < self.options.concurrency && self.host.shutdown.requested().is_none() {
                let Some(index) = order.next() else { break };
                let spec = &self.specs[index];
                self.progress.started(index, || self.label(spec));
                let services = pool.start(&spec.services);
                let services = services.map_err(|error| (error, pool.start_alerts(&spec.services).ok()));
                running.push(async move {
                    let job = match services {
                        Ok(services) => self.supervise(spec, services).await,
                        Err((error, alerts)) => self.not_started(spec, &error, alerts).await,
                    };
                    (index, job)
                });
            }
            let Some((index, job)) = running.next().await else { break };
            self.progress.ended(index);
            go_on &= succeeded(job.status) || self.options.on_failure == OnFailure::Continue;
            order.ended(index);
            ends.came.push(index);
            ends.jobs[index] = Some(job);
        }
        ends
    }
}

const fn succeeded(status: JobStatus) -> bool {
    use JobStatus::{Planned, Promoted, Registered, RolledBack, Unchanged};
    matches!(status, Promoted | Registered | RolledBack | Unchanged | Planned)
}
