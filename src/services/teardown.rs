//! The teardown stack: stops every started service exactly once, the last one first.

use std::pin::Pin;
use std::time::Duration;

use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, debug, warn};

/// The time limit for stopping one service. A process has its own time in addition.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

/// The time for what follows the end of a process: killing its children, and reading what it wrote last.
const AFTER_PROCESS: Duration = Duration::from_secs(10);

type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The services to stop, in the order they were started. The stack outlives the jobs, so no job can skip it.
#[derive(Default)]
pub(super) struct Teardown {
    started: Vec<Started>,
}

struct Started {
    what: What,
    limit: Duration,
    stop: Stop,
    log: Dispatch,
}

/// What is stopped, by its name.
enum What {
    Service(&'static str),
    Process(String),
}

impl Teardown {
    /// Adds a started service, with the future that stops it and the dispatcher that logs the stop.
    pub(super) fn push(
        &mut self,
        service: &'static str,
        log: &Dispatch,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        let what = What::Service(service);
        self.started.push(Started { what, limit: STOP_DEADLINE, stop: Box::pin(stop), log: log.clone() });
    }

    /// Adds a started process, which may take a time of its own to end.
    pub(super) fn push_process(
        &mut self,
        name: &str,
        grace: Duration,
        log: &Dispatch,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        let (what, limit) = (What::Process(name.to_owned()), grace + AFTER_PROCESS);
        self.started.push(Started { what, limit, stop: Box::pin(stop), log: log.clone() });
    }

    /// Stops all services in reverse order. A service that exceeds the deadline is logged and abandoned.
    pub(super) async fn run(mut self) {
        while let Some(Started { what, limit, stop, log }) = self.started.pop() {
            stop_one(&what, limit, stop).with_subscriber(log).await;
        }
    }
}

async fn stop_one(what: &What, limit: Duration, stop: Stop) {
    // Logged before the stop, because the logger is a service too and must still be open.
    match what {
        What::Service(service) => debug!(service, "stopping the service {service}"),
        What::Process(process) => debug!(process, "stopping the process {process}"),
    }
    if tokio::time::timeout(limit, stop).await.is_err() {
        let seconds = limit.as_secs();
        match what {
            What::Service(service) => warn!(service, "the service {service} did not stop within {seconds} s"),
            What::Process(process) => warn!(process, "the process {process} did not stop within {seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hanging_service_is_abandoned_and_the_others_stop() {
        let stopped = Arc::new(Mutex::new(vec![]));
        let mut teardown = Teardown::default();
        let note = |name: &'static str| {
            let stopped = stopped.clone();
            async move { stopped.lock().unwrap().push(name) }
        };
        teardown.push("first", &Dispatch::none(), note("first"));
        teardown.push("second", &Dispatch::none(), std::future::pending());
        teardown.push("third", &Dispatch::none(), note("third"));
        teardown.run().await;
        assert_eq!(*stopped.lock().unwrap(), ["third", "first"]);
    }
}
