//! What a job does when a process that it uses ends.

use std::pin::pin;
use std::time::Duration;

use tracing::warn;

use super::panics::run_catching_panics;
use crate::jobs::{Context, Job, JobEnd, LostProcess};
use crate::outcome::{Failure, JobStatus};
use crate::services::Services;

/// How long to wait for the end of a process after a job failed, which may be the reason.
const CAUSE_LIMIT: Duration = Duration::from_millis(500);

/// Runs a job until a process that it uses ends. A job that has written something goes on, so that what it wrote is
/// confirmed, verified and recorded. One that runs a program ends it in order.
pub(super) async fn run_with_processes(job: &Job, services: &Services, context: &Context<'_>) -> JobEnd {
    let lost_process = LostProcess::default();
    let context = &Context { lost_process: Some(&lost_process), ..*context };
    // Built on the heap, because the future of a job is large and would be moved several times.
    let mut work = pin!(run_catching_panics(Box::pin(job.run(context))));
    let failure = tokio::select! {
        biased;
        ended = &mut work => return with_cause(ended, services).await,
        failure = services.wait_for_process_failure() => failure,
    };
    if job.handles_lost_process() {
        lost_process.announce(Failure::from(&*failure));
        return work.await;
    }
    if !context.writes.has_writes() {
        return JobEnd { status: JobStatus::Failed, outcome: None, error: Some(Failure::from(&*failure)) };
    }
    warn!("{failure}; the job goes on, because it has begun to write");
    with_cause(work.await, services).await
}

/// Adds the process that ended to a failure, of which it may be the cause.
async fn with_cause(ended: JobEnd, services: &Services) -> JobEnd {
    if ended.status.is_success() || ended.status == JobStatus::Interrupted || !services.has_processes() {
        return ended;
    }
    let cause = tokio::time::timeout(CAUSE_LIMIT, services.wait_for_process_failure());
    let Ok(cause) = cause.await else { return ended };
    let error = match ended.error {
        Some(error) => Failure { message: format!("{}; {cause}", error.message), ..error },
        None => Failure::from(&*cause),
    };
    JobEnd { error: Some(error), ..ended }
}
