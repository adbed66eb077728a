//! Runs the jobs of one invocation, one after another, and supervises each.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt as _;
use tracing::instrument::WithSubscriber as _;
use tracing::{debug, error, info, warn};

use crate::config::JobSpec;
use crate::exit::Exit;
use crate::jobs::{Context, Ended, Mode};
use crate::outcome::{BatchResult, Code, Failure, JobResult, JobStatus};
use crate::services::{Host, Pool, Services};

/// How a batch is run.
pub struct Options {
    /// Whether jobs change anything.
    pub mode: Mode,
    /// Who is held responsible for what changes.
    pub actor: String,
}

/// Runs every job in order, tears all services down, and returns what happened and how the process is to end.
///
/// A job that does not succeed leaves the later ones skipped, and so does a signal.
pub async fn run(specs: &[JobSpec], host: Host, options: &Options) -> (BatchResult, Exit) {
    let began = Instant::now();
    let shutdown = host.shutdown.clone();
    let mut pool = Pool::new(host.clone());
    let mut jobs = Vec::with_capacity(specs.len());
    let mut go_on = true;
    for spec in specs {
        let job = if go_on && shutdown.requested().is_none() {
            run_one(spec, &mut pool, &host, options).await
        } else {
            result(spec, Instant::now(), Ended { status: JobStatus::Skipped, outcome: None, error: None })
        };
        go_on &= succeeded(job.status);
        jobs.push(job);
    }
    pool.stop().await;
    let exit = Exit::of(&jobs, shutdown.requested());
    let seconds = began.elapsed().as_secs_f64();
    (BatchResult { status: exit.status(), exit_code: exit.code(), seconds, jobs }, exit)
}

const fn succeeded(status: JobStatus) -> bool {
    matches!(status, JobStatus::Promoted | JobStatus::Registered | JobStatus::Unchanged | JobStatus::Planned)
}

/// Starts the services of a job, runs it and tells people how it ended.
async fn run_one(spec: &JobSpec, pool: &mut Pool, host: &Host, options: &Options) -> JobResult {
    let began = Instant::now();
    let services = match pool.start(&spec.services) {
        Ok(services) => services,
        Err(error) => {
            host.sinks.err.write(&format!("error: {error}\n"));
            let error = Some(Failure::from(&error));
            return result(spec, began, Ended { status: JobStatus::Failed, outcome: None, error });
        }
    };
    let log = services.logger.dispatch().clone();
    supervise(spec, &services, host, options, began).with_subscriber(log).await
}

async fn supervise(spec: &JobSpec, services: &Services, host: &Host, options: &Options, began: Instant) -> JobResult {
    for warning in &spec.warnings {
        warn!("{warning}");
    }
    let registry = services.mlflow.registry();
    let context = Context { registry, mode: options.mode, shutdown: &host.shutdown, actor: &options.actor };
    info!(config = spec.config, index = spec.index, registry = registry.uri(), "running {}", spec.job.kind());
    let ended = caught(spec.job.run(&context)).await;
    if let Some(failure) = &ended.error {
        error!(config = spec.config, index = spec.index, code = %failure.code, "{}", failure.message);
    }
    let mut job = result(spec, began, ended);
    if tells(job.status) {
        job.notifications = services.alerts.notify(&job).await;
    }
    debug!(config = spec.config, index = spec.index, "ended: {}", job.status.name());
    job
}

/// Returns whether people are told of such an end: not of one that the person at the keyboard made.
const fn tells(status: JobStatus) -> bool {
    !matches!(status, JobStatus::Planned | JobStatus::Skipped | JobStatus::Interrupted)
}

/// Makes a panic an end like any other: it must neither skip the teardown nor lose the other results.
async fn caught(job: impl Future<Output = Ended>) -> Ended {
    let failure = || Failure {
        code: Code::Panicked,
        message: "the job ended in a defect of this program".to_owned(),
        hint: Some("look at the alias before you run it again, and please report what was printed".to_owned()),
    };
    let ended = AssertUnwindSafe(job).catch_unwind().await;
    ended.unwrap_or_else(|_| Ended { status: JobStatus::Failed, outcome: None, error: Some(failure()) })
}

fn result(spec: &JobSpec, began: Instant, ended: Ended) -> JobResult {
    JobResult {
        config: spec.config.clone(),
        index: spec.index,
        kind: spec.job.kind(),
        status: ended.status,
        seconds: began.elapsed().as_secs_f64(),
        outcome: ended.outcome,
        error: ended.error,
        notifications: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::{Level, ServicesConfig};
    use crate::sink::memory::Memory;

    #[tokio::test]
    async fn teardown_runs_in_reverse_after_a_panic() {
        let memory = Memory::default();
        let mut pool = Pool::new(Host::in_memory(&memory));
        let mut config = ServicesConfig::default();
        config.logger.level = Level::Debug;
        let services = pool.start(&config).unwrap();
        let job = async {
            tracing::info!("the job runs");
            panic!("a defect")
        };
        let ended = caught(job).with_subscriber(services.logger.dispatch().clone()).await;
        pool.stop().await;
        assert_eq!(ended.error.map(|error| error.code), Some(Code::Panicked));
        let text = memory.text();
        let said = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words:?} is missing in {text}"));
        let order = [
            "started the service logger",
            "started the service alerts",
            "started the service mlflow",
            "the job runs",
            "stopping the service mlflow",
            "stopping the service alerts",
            "stopping the service logger",
        ];
        assert!(order.map(said).is_sorted(), "{text}");
    }
}
