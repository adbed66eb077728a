//! The teardown stack: stops every started service exactly once, the last one first.

use std::pin::Pin;
use std::time::Duration;

use tracing::instrument::WithSubscriber as _;
use tracing::{Dispatch, debug, warn};

/// The time limit for stopping one service.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The services to stop, in the order they were started. The stack outlives the jobs, so no job can skip it.
#[derive(Default)]
pub(super) struct Teardown {
    started: Vec<Started>,
}

struct Started {
    service: &'static str,
    stop: Stop,
    log: Dispatch,
}

impl Teardown {
    /// Adds a started service, with the future that stops it and the dispatcher that logs the stop.
    pub(super) fn push(
        &mut self,
        service: &'static str,
        log: &Dispatch,
        stop: impl Future<Output = ()> + Send + 'static,
    ) {
        self.started.push(Started { service, stop: Box::pin(stop), log: log.clone() });
    }

    /// Stops all services in reverse order. A service that exceeds the deadline is logged and abandoned.
    pub(super) async fn run(mut self) {
        while let Some(Started { service, stop, log }) = self.started.pop() {
            stop_one(service, stop).with_subscriber(log).await;
        }
    }
}

async fn stop_one(service: &'static str, stop: Stop) {
    // Logged before the stop, because the logger is a service too and must still be open.
    debug!(service, "stopping the service {service}");
    if tokio::time::timeout(STOP_DEADLINE, stop).await.is_err() {
        warn!(service, "the service {service} did not stop within {} s", STOP_DEADLINE.as_secs());
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
