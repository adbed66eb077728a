//! Keeps a panic from losing the results and the teardown of a batch.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::jobs::JobEnd;
use crate::outcome::{Code, Failure, JobStatus};
use crate::services::{Services, StartError};

/// Converts a panic into a job end, so that it neither skips the teardown nor loses other results.
pub(super) async fn run_catching_panics(job: impl Future<Output = JobEnd>) -> JobEnd {
    let ended = AssertUnwindSafe(job).catch_unwind().await;
    ended.unwrap_or_else(|_| JobEnd { status: JobStatus::Failed, outcome: None, error: Some(panicked()) })
}

/// Runs work whose panic must not lose an existing result, and returns whether it completed. The panic hook reports the
/// panic.
pub(super) async fn catch_panic(work: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(work).catch_unwind().await.is_ok()
}

/// Starts services, and converts a panic into an error, so that it fails this job and not the batch.
pub(super) async fn guard_start(
    start: impl Future<Output = Result<Services, StartError>>,
) -> Result<Services, StartError> {
    AssertUnwindSafe(start).catch_unwind().await.unwrap_or(Err(StartError::Panicked))
}

pub(super) fn panicked() -> Failure {
    Failure {
        code: Code::Panicked,
        message: "the job ended in a defect of this program".to_owned(),
        hint: Some("look at the alias before you run it again, and please report what was printed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use tracing::instrument::WithSubscriber as _;

    use super::*;
    use crate::services::{Level, Pool, ProcessContext, ServicesConfig};
    use crate::writer::memory::Memory;

    #[tokio::test]
    async fn teardown_runs_in_reverse_after_a_panic() {
        let memory = Memory::default();
        let mut pool = Pool::new(ProcessContext::in_memory(&memory));
        let mut config = ServicesConfig::default();
        config.logger.level = Level::Debug;
        let process = serde_json::json!({ "name": "web", "command": ["sleep", "300"] });
        config.processes = vec![serde_json::from_value(process).unwrap()];
        let services = pool.start_for_job(&config, &[]).await.unwrap();
        let job = async {
            tracing::info!("the job runs");
            panic!("a defect")
        };
        let ended = run_catching_panics(job).with_subscriber(services.logger.dispatch().clone()).await;
        pool.stop().await;
        assert_eq!(ended.error.map(|error| error.code), Some(Code::Panicked));
        let text = memory.text();
        let said = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words:?} is missing in {text}"));
        let order = [
            "started the service logger",
            "started the service alerts",
            "started the process web",
            "started the service mlflow",
            "the job runs",
            "stopping the service mlflow",
            "stopping the process web",
            "the process web has ended",
            "stopping the service alerts",
            "stopping the service logger",
        ];
        assert!(order.map(said).is_sorted(), "{text}");
    }
}
