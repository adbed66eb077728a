//! The handle of a process.

use std::sync::Arc;

use tokio::sync::watch;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::config::ProcessConfig;
use super::failure::{ProcessFailure, Reason};
use super::state::State;
use super::supervisor::Supervisor;

/// A process that was started. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Process {
    name: Arc<str>,
    state: watch::Receiver<State>,
}

impl Process {
    /// Starts a process. Returns its handle, and a future that stops it. Needs a tokio runtime.
    pub(super) fn start(
        config: &ProcessConfig,
        variables: Vec<(String, String)>,
        log: &Dispatch,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (state, states) = watch::channel(State::Starting);
        let (stop, stops) = watch::channel(false);
        let supervisor = Supervisor { config: config.clone(), variables, state, stop: stops };
        let task = tokio::spawn(supervisor.run().with_subscriber(log.clone()));
        let stop = async move {
            stop.send_replace(true);
            // A task that panicked has dropped, and so killed, its process.
            drop(task.await);
        };
        (Self { name: config.name.as_str().into(), state: states }, stop)
    }

    /// Waits until the process can be used.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) async fn wait_until_ready(&self) -> Result<(), Arc<ProcessFailure>> {
        self.wait_for(|state| !matches!(state, State::Starting)).await.map_or(Ok(()), Err)
    }

    /// Waits until the process cannot be used any more; forever if that does not happen.
    pub(in crate::services) async fn wait_for_failure(&self) -> Arc<ProcessFailure> {
        match self.wait_for(|state| matches!(state, State::Failed(_))).await {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// Waits for a state, and returns the failure if it is one.
    async fn wait_for(&self, is_awaited: impl Fn(&State) -> bool) -> Option<Arc<ProcessFailure>> {
        let mut states = self.state.clone();
        match states.wait_for(is_awaited).await.as_deref() {
            Ok(State::Failed(failure)) => Some(failure.clone()),
            Ok(_) => None,
            Err(_) => match &*self.state.borrow() {
                State::Stopped => None,
                State::Failed(failure) => Some(failure.clone()),
                State::Starting | State::Ready => Some(Arc::new(self.lost())),
            },
        }
    }

    fn lost(&self) -> ProcessFailure {
        let reason = Reason::Lost("this is a defect of this program".to_owned());
        ProcessFailure { name: self.name.to_string(), reason, last_lines: String::new() }
    }
}
