//! Tells a running job that a process that it uses has ended.

use tokio::sync::watch;

use crate::outcome::Failure;

/// The end of a process that a job uses. The job is told of it, and ends itself.
#[derive(Debug)]
pub struct LostProcess(watch::Sender<Option<Failure>>);

impl Default for LostProcess {
    fn default() -> Self {
        Self(watch::channel(None).0)
    }
}

impl LostProcess {
    /// Tells the job how the process failed.
    pub fn announce(&self, failure: Failure) {
        self.0.send_replace(Some(failure));
    }

    /// Waits for the end of a process, forever if none ends.
    pub(super) async fn wait(&self) -> Failure {
        let mut failures = self.0.subscribe();
        let failure = failures.wait_for(Option::is_some).await.ok().and_then(|failure| failure.clone());
        match failure {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }
}
