//! When a request is sent again: the one retry loop, and its waits.

use std::ops::ControlFlow;
use std::time::Duration;

use backon::{BackoffBuilder as _, ConstantBuilder, ExponentialBuilder};
use serde::de::DeserializeOwned;

use super::auth::Auth;
use super::client::Client;
use super::options::Retry;
use super::request::ApiRequest;
use super::request_error::RequestError;
use super::retry_log::describe_try;
use crate::http::LONGEST_WAIT;

/// The longest wait between two attempts, without jitter. It is that of MLflow's client.
const LONGEST_BACKOFF: Duration = Duration::from_secs(120);

/// What is known after an attempt that failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempted {
    /// Whether the request may be sent again; the wait is over then.
    pub(super) may_retry: bool,
    /// Whether this attempt, or an earlier one, may have been applied by the server.
    pub(super) may_have_applied: bool,
}

impl Client {
    /// Sends a request with a login and reads its response, again and again while that is right and may help.
    pub(super) async fn send_as<T: DeserializeOwned>(
        &self,
        auth: &Auth,
        request: &ApiRequest<'_>,
    ) -> Result<T, RequestError> {
        self.retry(request, || self.attempt(auth, request), retry_or_fail).await
    }

    /// Makes attempts until one succeeds, or until `settle` ends the loop after one that failed.
    pub(super) async fn retry<T, E, A, S>(
        &self,
        request: &ApiRequest<'_>,
        attempt: impl Fn() -> A,
        settle: impl Fn(RequestError, Attempted) -> S,
    ) -> Result<T, E>
    where
        A: Future<Output = Result<T, RequestError>>,
        S: Future<Output = ControlFlow<Result<T, E>>>,
    {
        let (mut waits, mut may_have_applied) = (None, false);
        loop {
            let error = match attempt().await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            may_have_applied |= request.is_write() && error.may_have_applied();
            let waits = waits.get_or_insert_with(|| backoff(&self.retry).enumerate());
            // Boxed to keep these rare paths out of every job's future.
            let may_retry = Box::pin(self.wait_to_retry(request, &error, waits)).await;
            if let ControlFlow::Break(end) = Box::pin(settle(error, Attempted { may_retry, may_have_applied })).await {
                return end;
            }
        }
    }

    /// Waits until a request that failed may be sent again. Returns false at once if it must not be.
    async fn wait_to_retry(
        &self,
        request: &ApiRequest<'_>,
        error: &RequestError,
        waits: &mut impl Iterator<Item = (usize, Duration)>,
    ) -> bool {
        if !error.is_retryable(request) || self.shutdown.requested().is_some() {
            return false;
        }
        let requested = error.retry_after().filter(|_| self.retry.respect_retry_after);
        if requested.is_some_and(|wait| wait > LONGEST_WAIT) {
            return false;
        }
        let Some((retries, wait)) = waits.next() else { return false };
        let wait = requested.unwrap_or(wait);
        let attempts = u64::from(self.retry.max_retries) + 1;
        let attempt = u64::try_from(retries).unwrap_or(u64::MAX) + 2;
        let summary = error.summary();
        let seconds = (wait.as_secs_f64() * 10.0).round() / 10.0;
        let text = format!("{summary}; {}", describe_try(attempt, attempts, seconds));
        let (what, reason) = (request.description(), error.reason());
        // Requests that are made at once fail at once.
        match self.last_retry.is_repeated(attempt, &summary) {
            true => tracing::debug!(attempt, attempts, wait_seconds = seconds, request = what, reason, "{text}"),
            false => tracing::warn!(attempt, attempts, wait_seconds = seconds, request = what, reason, "{text}"),
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = self.shutdown.wait() => false,
        }
    }
}

/// Ends the loop when the request must not be sent again.
pub(super) async fn retry_or_fail<T>(
    error: RequestError,
    attempted: Attempted,
) -> ControlFlow<Result<T, RequestError>> {
    match attempted {
        Attempted { may_retry: true, .. } => ControlFlow::Continue(()),
        Attempted { may_have_applied: true, .. } => ControlFlow::Break(Err(error.after_doubt())),
        _ => ControlFlow::Break(Err(error)),
    }
}

/// Returns the wait before each retry: none, then `factor * 2^n` and up to `jitter` more.
fn backoff(retry: &Retry) -> impl Iterator<Item = Duration> + Send + use<> {
    let growing = ExponentialBuilder::new()
        .with_min_delay(retry.backoff_factor.saturating_mul(2).min(LONGEST_BACKOFF))
        .with_max_delay(LONGEST_BACKOFF)
        .without_max_times()
        .build();
    let jitter = retry.jitter;
    // What the builder calls jitter lies between the delay and twice the delay.
    let jitters = ConstantBuilder::new().with_delay(jitter).with_jitter().without_max_times().build();
    let jittered = growing.zip(jitters).map(move |(wait, extra)| wait.saturating_add(extra.saturating_sub(jitter)));
    std::iter::once(Duration::ZERO).chain(jittered).take(usize::try_from(retry.max_retries).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mlflow_defaults() -> Retry {
        Retry {
            max_retries: 7,
            backoff_factor: Duration::from_secs(2),
            jitter: Duration::ZERO,
            respect_retry_after: true,
        }
    }

    #[test]
    fn the_waits_are_those_of_mlflows_client() {
        let seconds: Vec<u64> = backoff(&mlflow_defaults()).map(|wait| wait.as_secs()).collect();
        assert_eq!(seconds, [0, 4, 8, 16, 32, 64, 120]);
    }

    #[test]
    fn zero_means_no_wait_and_no_retry() {
        let eager = Retry { backoff_factor: Duration::ZERO, ..mlflow_defaults() };
        assert_eq!(backoff(&eager).sum::<Duration>(), Duration::ZERO);
        let once = Retry { max_retries: 0, ..mlflow_defaults() };
        assert_eq!(backoff(&once).count(), 0);
    }

    #[test]
    fn jitter_adds_to_every_wait_but_the_first() {
        let jitter = Duration::from_secs(1);
        let jittered = Retry { jitter, ..mlflow_defaults() };
        for (least, wait) in backoff(&mlflow_defaults()).zip(backoff(&jittered)).skip(1) {
            assert!((least..=least + jitter).contains(&wait), "{wait:?}");
        }
        assert_eq!(backoff(&jittered).next(), Some(Duration::ZERO));
    }
}
