//! Runs a batch: starts jobs, applies the failure policy, and collects the result.

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Mutex;

use super::job_runner::{round_to_milliseconds, skipped};
use super::needs::Needs;
use super::panics::guard_start;
use super::scheduler::Scheduler;
use super::{Batch, OnFailure};
use crate::config::JobSpec;
use crate::exit::Exit;
use crate::jobs::Mode;
use crate::outcome::{BatchResult, JobResult};
use crate::services::{Pool, Services, StartError};

/// The results so far.
struct Results {
    /// The results in the order of the configs.
    jobs: Vec<Option<JobResult>>,
    /// The indices of the jobs in the order in which they ended.
    ended: Vec<usize>,
}

impl Batch<'_> {
    /// Runs the jobs, applies the failure policy and stops all services. Returns the result and the exit of the
    /// process.
    pub async fn run(self) -> (BatchResult, Exit) {
        let began = Instant::now();
        let pool = Mutex::new(Pool::new(self.process.clone()));
        let needs = Needs::new(self.specs);
        let results = self.run_jobs(&needs, &pool).await;
        self.process.shutdown.wait_for_answer().await;
        let mut pool = pool.into_inner();
        let mut jobs: Vec<JobResult> = Vec::with_capacity(self.specs.len());
        for (index, (job, spec)) in results.jobs.into_iter().zip(self.specs).enumerate() {
            let job = job.unwrap_or_else(|| skipped(spec, needs.unmet(index, |needed| jobs.get(needed))));
            jobs.push(job);
        }
        if Exit::from_jobs(&jobs, self.process.shutdown.requested()) != Exit::Ok
            && self.options.on_failure == OnFailure::Restore
        {
            self.restore(&mut jobs, &results.ended, &mut pool).await;
        }
        self.settle_reruns(&mut jobs);
        if self.options.mode == Mode::Apply {
            self.summarize(&mut jobs, &mut pool).await;
        }
        self.progress.finish();
        pool.stop().await;
        let exit = Exit::from_jobs(&jobs, self.process.shutdown.requested());
        let seconds = round_to_milliseconds(began.elapsed());
        (
            BatchResult {
                schema_version: BatchResult::SCHEMA_VERSION,
                status: exit.status(),
                exit_code: exit.code(),
                seconds,
                jobs,
            },
            exit,
        )
    }

    async fn run_jobs(&self, needs: &Needs, pool: &Mutex<Pool>) -> Results {
        let mut results = Results { jobs: self.specs.iter().map(|_| None).collect(), ended: vec![] };
        let accesses = self.specs.iter().map(|spec| spec.job.accesses());
        let mut scheduler = Scheduler::new(accesses, |index| needs.of_job(index));
        let mut running = FuturesUnordered::new();
        let mut go_on = true;
        loop {
            while go_on && running.len() < self.options.concurrency && self.process.shutdown.requested().is_none() {
                let Some(index) = scheduler.next() else { break };
                let spec = &self.specs[index];
                if let Some(reason) = needs.unmet(index, |needed| results.jobs[needed].as_ref()) {
                    results.jobs[index] = Some(skipped(spec, Some(reason)));
                    self.progress.ended(index);
                    scheduler.finish(index);
                    continue;
                }
                self.progress.started(index, || self.label(spec));
                running.push(async move {
                    let services = guard_start(self.start_services(spec, &mut *pool.lock().await)).await;
                    let job = match services {
                        Ok(services) => self.run_job(spec, services).await,
                        Err(error) => {
                            // What panicked once may do so again.
                            let alerts = match error {
                                StartError::Panicked => None,
                                _ => pool.lock().await.start_alerts(&spec.services).await.ok(),
                            };
                            // Boxed to keep this rare path out of every job's future.
                            Box::pin(self.not_started(spec, &error, alerts)).await
                        }
                    };
                    (index, job)
                });
            }
            let Some((index, job)) = running.next().await else { break };
            self.progress.ended(index);
            go_on &= job.status.is_success() || self.options.on_failure == OnFailure::Continue;
            scheduler.finish(index);
            results.ended.push(index);
            results.jobs[index] = Some(job);
        }
        results
    }
}

impl Batch<'_> {
    /// Starts the services of a job. A plan starts no process.
    async fn start_services(&self, spec: &JobSpec, pool: &mut Pool) -> Result<Services, StartError> {
        match self.options.mode {
            Mode::Apply => pool.start_for_job(&spec.services, &spec.needs).await,
            Mode::Plan => pool.start(&spec.services).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{self, Write};

    use super::*;
    use crate::batch::{Options, Progress};
    use crate::config::{self, Sources};
    use crate::outcome::{Code, JobStatus};
    use crate::services::ProcessContext;
    use crate::shutdown::Shutdown;
    use crate::writer::{Streams, Writer};

    /// A stream that panics when it is about to write a certain text for the first time.
    struct Brittle(Option<&'static str>);

    impl Write for Brittle {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let line = String::from_utf8_lossy(bytes);
            let words = self.0.take_if(|words| line.contains(*words));
            assert_eq!(words, None, "a defect");
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Loads three jobs whose registry never answers, so that each logs one retry.
    fn three_jobs() -> Vec<JobSpec> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("batch.yaml");
        let connection = "tracking_uri: 'http://127.0.0.1:1', http_request_max_retries: 1, http_request_backoff_factor: 0, \
             http_request_backoff_jitter: 0";
        let jobs = "jobs: [{KIND: PromotionJob}, {KIND: PromotionJob}, {KIND: PromotionJob}]";
        let services = format!("{{logger: {{level: DEBUG}}, mlflow: {{registry_name: bikes, {connection}}}}}");
        std::fs::write(&path, format!("services: {services}\n{jobs}\n")).unwrap();
        let (files, env) = (vec![path], BTreeMap::new());
        let sources = Sources { files, env, ..Sources::default() };
        config::load(&sources, &mut io::empty()).unwrap()
    }

    /// Runs the jobs with a standard error stream that panics, and returns how each ended.
    async fn ends(on_failure: OnFailure, breaks_at: &'static str) -> Vec<(JobStatus, Option<Code>)> {
        let (specs, progress) = (three_jobs(), Progress::new(3, false));
        let streams = Streams { out: Writer::new(io::sink()), err: Writer::new(Brittle(Some(breaks_at))) };
        let process = ProcessContext::plain(streams, Shutdown::never());
        let options = Options {
            mode: Mode::Apply,
            compares_metrics: false,
            pins: false,
            actor: String::new(),
            concurrency: 1,
            on_failure,
        };
        let (result, _) = Batch::new(&specs, &process, &options, &progress).run().await;
        result.jobs.iter().map(|job| (job.status, job.error.as_ref().map(|error| error.code))).collect()
    }

    const UNREACHABLE: (JobStatus, Option<Code>) = (JobStatus::Failed, Some(Code::Unreachable));

    #[tokio::test]
    async fn a_panicked_job_fails_and_the_others_follow_the_failure_policy() {
        let skipped = (JobStatus::Skipped, None);
        for (on_failure, others) in
            [(OnFailure::Continue, UNREACHABLE), (OnFailure::Stop, skipped), (OnFailure::Restore, skipped)]
        {
            let panicked = (JobStatus::Failed, Some(Code::Panicked));
            assert_eq!(ends(on_failure, "trying again").await, [panicked, others, others], "{on_failure:?}");
        }
    }

    #[tokio::test]
    async fn a_panic_while_services_start_keeps_the_other_results() {
        let panicked = (JobStatus::Failed, Some(Code::Panicked));
        for service in ["started the service alerts", "started the service mlflow"] {
            assert_eq!(ends(OnFailure::Continue, service).await, [panicked, UNREACHABLE, UNREACHABLE], "{service}");
        }
    }

    #[tokio::test]
    async fn a_panic_during_notification_keeps_the_result() {
        assert_eq!(ends(OnFailure::Continue, "Promotion Job Failed").await, [UNREACHABLE; 3]);
    }
}
