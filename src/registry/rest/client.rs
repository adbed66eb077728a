//! Sends a request until there is an answer: login, time limits, redirects, retries.

use std::borrow::Cow;
use std::time::Duration;

use futures_util::FutureExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::{Instant, timeout_at};

use super::address::Address;
use super::call::{Call, Repeat};
use super::connections::connections;
use super::failure::{BROWSER_PAGE, Failure, Said, is_html};
use super::identity::Identity;
use super::options::{Login, Options, Retry};
use super::workspaces::{self, Scope};
use super::{redirect, retry};
use crate::boxed::boxed;
use crate::http::{self, LONGEST_WAIT, Tls, quote};
use crate::registry::{self, Error};
use crate::secret::SecretUri;
use crate::shutdown::Shutdown;

/// The largest answer that is read. A model with ten thousand aliases needs less than one.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// How long a server may take to say whether it has workspaces. MLflow's own.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// How many redirects in a row are followed.
const MAX_REDIRECTS: usize = 5;

/// A connection pool with a login and the patience to try again.
pub(in crate::registry) struct Client {
    http: reqwest::Client,
    pub(super) address: Address,
    pub(super) identity: Identity,
    pub(super) scope: Option<Scope>,
    pub(super) timeout: Duration,
    pub(super) trusts_anybody: bool,
    retry: Retry,
    shutdown: Shutdown,
}

impl Client {
    /// Makes a client; nothing is sent.
    pub(in crate::registry) fn new(uri: &SecretUri, options: &Options, shutdown: Shutdown) -> registry::Result<Self> {
        let (address, in_address) = Address::parse(uri)?;
        let identity = match (&options.login, in_address) {
            (Login::None, login @ Login::Basic { .. }) => Identity::of(login).nameless(),
            (login, _) => Identity::of(login.clone()),
        };
        check_token(&options.login)?;
        let http = connections(options, &address)?;
        Ok(Self {
            http,
            address,
            identity,
            scope: options.workspace.clone().map(Scope::new),
            timeout: options.timeout,
            trusts_anybody: options.tls == Tls::Insecure,
            retry: options.retry.clone(),
            shutdown,
        })
    }

    /// Returns the address as it may be shown.
    pub(in crate::registry) fn uri(&self) -> &str {
        self.address.as_str()
    }

    /// Names a failure by its meaning, and who it happened to.
    pub(super) fn explain(&self, failure: Failure, call: &Call<'_>) -> Error {
        failure.into_error(self.uri(), call).befalling(self.identity.user())
    }

    /// Sends a call and reads its answer, again and again while that is right and may help.
    pub(super) fn send<T: DeserializeOwned>(&self, call: &Call<'_>) -> impl Future<Output = Result<T, Failure>> {
        self.send_as(&self.identity, call)
    }

    /// Does the same in somebody's name.
    pub(in crate::registry) async fn send_as<T: DeserializeOwned>(
        &self,
        identity: &Identity,
        call: &Call<'_>,
    ) -> Result<T, Failure> {
        let scope = self.scope.as_ref().filter(|_| !workspaces::is_of_none(&call.endpoint));
        if let Some(scope) = scope {
            Box::pin(scope.ensure(self, identity)).await?;
        }
        let (mut tries, mut in_doubt) = (None, false);
        loop {
            // Boxed: a request is kilobytes of state, which every future around it would hold, and move, once more.
            let answer = boxed(|| self.send_once(identity, call)).await;
            let failure = match answer.and_then(|body| read(&body, call)) {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let tries = tries.get_or_insert_with(|| self.tries());
            in_doubt |= call.writes() && failure.leaves_doubt();
            if call.repeat == Repeat::Looking || !self.may_repeat(call, &failure, tries).await {
                let failure = if in_doubt { failure.after_doubt() } else { failure };
                return Err(match scope {
                    Some(scope) => scope.explain(failure),
                    None => failure,
                });
            }
        }
    }

    /// Returns the waits before each further try of a call, numbered.
    pub(super) fn tries(&self) -> impl Iterator<Item = (usize, Duration)> + Send + use<> {
        retry::waits(&self.retry).enumerate()
    }

    /// Waits until a call that failed may be sent again; returns at once, and with a no, where it must not be.
    pub(super) async fn may_repeat(
        &self,
        call: &Call<'_>,
        failure: &Failure,
        tries: &mut impl Iterator<Item = (usize, Duration)>,
    ) -> bool {
        if !failure.may_pass(call) || self.shutdown.requested().is_some() {
            return false;
        }
        let asked = failure.retry_after().filter(|_| self.retry.respect_retry_after);
        if asked.is_some_and(|asked| asked > LONGEST_WAIT) {
            return false;
        }
        let Some((retries, wait)) = tries.next() else { return false };
        let wait = asked.unwrap_or(wait);
        tracing::warn!(
            attempt = retries + 1,
            attempts = u64::from(self.retry.max_retries) + 1,
            wait_seconds = (wait.as_secs_f64() * 10.0).round() / 10.0,
            reason = failure.reason(),
            "could not {} yet, trying again",
            call.action(),
        );
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = self.shutdown.wait() => false,
        }
    }

    async fn send_once(&self, identity: &Identity, call: &Call<'_>) -> Result<Vec<u8>, Failure> {
        let deadline = self.deadline();
        let response = self.arrive(identity, call, deadline).await?;
        let (status, retry_after) = (response.status(), http::retry_after(response.headers()));
        let body = self.body(response, deadline).await?;
        match status.is_success() {
            true => Ok(body),
            // Some ask people to sign in with the status of somebody who may not.
            false if status == StatusCode::FORBIDDEN && redirect::is_sign_in_page(&String::from_utf8_lossy(&body)) => {
                Err(Failure::sign_in_page())
            }
            false => Err(Failure::Status { status, said: Said::read(&body), retry_after }),
        }
    }

    /// Returns when a request that is sent now must be answered, to the last byte: one that sends a byte now and then
    /// would never end otherwise.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Sends a call, and follows it to where the server has its answer.
    pub(super) async fn arrive(
        &self,
        identity: &Identity,
        call: &Call<'_>,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let mut response = self.answer(identity, self.request(call), deadline).await?;
        for _ in 0..MAX_REDIRECTS {
            let Some(target) = redirect::target(&response, call)? else { return Ok(response) };
            response = self.answer(identity, self.scoped(self.http.get(target), call), deadline).await?;
        }
        Err(Failure::not_mlflow("it redirects in circles"))
    }

    fn request(&self, call: &Call<'_>) -> RequestBuilder {
        let mut url = match &call.endpoint {
            Cow::Borrowed(endpoint) => self.address.fixed_endpoint(endpoint),
            Cow::Owned(endpoint) => self.address.endpoint(endpoint),
        };
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = self.scoped(self.http.request(call.method.clone(), url), call);
        match &call.body {
            Some(body) => request.header(CONTENT_TYPE, body.content_type).body(body.bytes.clone()),
            None => request,
        }
    }

    // A question about the server itself is of no workspace.
    fn scoped(&self, request: RequestBuilder, call: &Call<'_>) -> RequestBuilder {
        match &self.scope {
            Some(_) if workspaces::is_of_none(&call.endpoint) => request.timeout(self.timeout.min(PROBE_TIMEOUT)),
            Some(scope) => request.header(workspaces::HEADER, scope.workspace.as_str()),
            None => request,
        }
    }

    async fn answer(
        &self,
        identity: &Identity,
        request: RequestBuilder,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let request = identity.sign(request, self.timeout)?;
        let failure = match timeout_at(deadline, self.http.execute(request)).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => Failure::no_answer(&error, self.timeout),
            Err(_) => Failure::late(self.timeout),
        };
        if failure.may_babble()
            && let Some(line) = Box::pin(http::banner(&self.address.endpoint("/"), self.timeout)).await
        {
            return Err(Failure::babble(&line));
        }
        Err(failure)
    }

    /// Reads the body of an answer.
    pub(super) async fn body(&self, mut response: Response, deadline: Instant) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            // Most of the time all of it has come already, and nothing need be waited for.
            let chunk = match response.chunk().now_or_never() {
                Some(chunk) => self.answered(chunk)?,
                // The HTTP client's own limit would set two timers more for each request, also where there is nothing
                // to wait for.
                None => match timeout_at(deadline, response.chunk()).await {
                    Ok(chunk) => self.answered(chunk)?,
                    Err(_) => return Err(Failure::endless(self.timeout)),
                },
            };
            let Some(chunk) = chunk else { return Ok(body) };
            if Instant::now() > deadline {
                return Err(Failure::endless(self.timeout));
            }
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Err(Failure::not_mlflow(format!("its answer is larger than {} MiB", MAX_BODY / 1024 / 1024)));
            }
        }
    }

    fn answered<T>(&self, step: reqwest::Result<T>) -> Result<T, Failure> {
        step.map_err(|error| Failure::no_answer(&error, self.timeout))
    }
}

/// Reads the body of a success: a JSON object. Some servers and proxies answer a write with nothing, or with a plain
/// `200 OK`.
fn read<T: DeserializeOwned>(body: &[u8], call: &Call<'_>) -> Result<T, Failure> {
    let body = match body.trim_ascii() {
        b"" | b"200 OK" => b"{}",
        body => body,
    };
    if !body.starts_with(b"{") {
        return Err(not_an_object(body));
    }
    serde_json::from_slice(body).map_err(|error| match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => {
            Failure::garbled(format!("its answer to {} makes no sense: {}", call.endpoint, quote(&error.to_string())))
        }
        Err(error) if error.is_eof() => Failure::cut_short(),
        Err(_) => not_an_object(body),
    })
}

fn not_an_object(body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body);
    if redirect::is_sign_in_page(&text) {
        return Failure::sign_in_page();
    }
    Failure::garbled(match is_html(&text) {
        true => BROWSER_PAGE.to_owned(),
        false => format!("its answer is not a JSON object: {}", quote(&text)),
    })
}

fn check_token(login: &Login) -> registry::Result<()> {
    match login {
        Login::Bearer(token) if HeaderValue::from_str(token.expose()).is_err() => Err(Error::Misconfigured {
            reason: "the token of the login holds a character that no header can carry, such as a line break".into(),
            hint: "check where `tracking_token` (MLFLOW_TRACKING_TOKEN) comes from".into(),
        }),
        _ => Ok(()),
    }
}
