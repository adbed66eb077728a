//! Sends a request once: login, timeout, redirects, and the body of the response.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use super::auth::Auth;
use super::error_body::ErrorBody;
use super::options::{Options, Retry};
use super::peer::Peer;
use super::pool::connection_pool;
use super::redirect;
use super::request::ApiRequest;
use super::request_error::RequestError;
use super::retry_log::LastRetry;
use crate::http::{self, Proxies, Tls, is_html, quote};
use crate::registry::Workspace;
use crate::registry::error::Result as RegistryResult;
use crate::registry::server_url::ServerUrl;
use crate::shutdown::Shutdown;

/// The largest body that is read. A model with ten thousand aliases needs less than one megabyte.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// The timeout of a request about a server with workspaces. It is that of MLflow's client.
const SERVER_WIDE_TIMEOUT: Duration = Duration::from_secs(3);

/// The most redirects in a row that are followed.
const MAX_REDIRECTS: usize = 5;

/// The header with the workspace of a request.
const WORKSPACE: HeaderName = HeaderName::from_static("x-mlflow-workspace");

/// A pool of connections to one server.
pub(super) struct Client {
    http: reqwest::Client,
    pub(super) url: ServerUrl,
    pub(super) peer: Peer,
    workspace: Option<Workspace>,
    pub(super) timeout: Duration,
    pub(super) trusts_anybody: bool,
    pub(super) retry: Retry,
    pub(super) shutdown: Shutdown,
    /// Whether the server has sent a response of HTTP.
    speaks_http: AtomicBool,
    /// What the server says before it is asked, if it does; it is listened to once at most.
    banner: OnceCell<Option<String>>,
    /// The last retry that was logged.
    pub(super) last_retry: LastRetry,
}

impl Client {
    /// Makes a client; nothing is sent.
    ///
    /// # Errors
    /// [`Error::Misconfigured`](crate::registry::Error::Misconfigured) when certificates or proxies cannot be used.
    pub(super) fn new(url: ServerUrl, peer: Peer, options: &Options, shutdown: Shutdown) -> RegistryResult<Self> {
        Ok(Self {
            http: connection_pool(options, &url)?,
            url,
            peer,
            workspace: options.workspace.clone(),
            timeout: options.timeout,
            trusts_anybody: options.tls == Tls::Insecure,
            retry: options.retry.clone(),
            shutdown,
            speaks_http: AtomicBool::new(false),
            banner: OnceCell::new(),
            last_retry: LastRetry::default(),
        })
    }

    /// Returns the URL of the server as it may be shown.
    pub(super) fn uri(&self) -> &str {
        self.url.as_str()
    }

    /// Sends a request once and parses the response.
    pub(super) async fn attempt<T: DeserializeOwned>(
        &self,
        auth: &Auth,
        request: &ApiRequest<'_>,
    ) -> Result<T, RequestError> {
        // Boxed: a request is kilobytes of state, which every future around it would hold, and move, once more.
        let body = Box::pin(self.send_once(auth, request)).await?;
        parse(&body, request)
    }

    async fn send_once(&self, auth: &Auth, request: &ApiRequest<'_>) -> Result<Vec<u8>, RequestError> {
        let deadline = self.deadline();
        let response = self.follow(auth, request, deadline).await?;
        let (status, retry_after) = (response.status(), http::retry_after(response.headers()));
        let body = self.read_body(response, deadline).await?;
        match status.is_success() {
            true => Ok(body),
            // Some gateways ask people to sign in with the status of a missing permission.
            false if status == StatusCode::FORBIDDEN && redirect::is_sign_in_page(&String::from_utf8_lossy(&body)) => {
                Err(RequestError::sign_in_page())
            }
            false => Err(RequestError::Status { status, body: ErrorBody::parse(&body), retry_after }),
        }
    }

    /// Returns when a request that is sent now must be answered, up to the last byte: a response that trickles in would
    /// never end otherwise.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Sends a request, and follows redirects to where the server has its response.
    pub(super) async fn follow(
        &self,
        auth: &Auth,
        request: &ApiRequest<'_>,
        deadline: Instant,
    ) -> Result<Response, RequestError> {
        let mut response = self.execute(auth, self.build(request), deadline).await?;
        for _ in 0..MAX_REDIRECTS {
            let Some(target) = redirect::target(&response, request)? else { return Ok(response) };
            response = self.execute(auth, self.scope(self.http.get(target), request), deadline).await?;
        }
        Err(RequestError::not_mlflow("it redirects in circles"))
    }

    fn build(&self, request: &ApiRequest<'_>) -> RequestBuilder {
        let mut url = match &request.endpoint {
            Cow::Borrowed(endpoint) => self.url.common_endpoint(endpoint),
            Cow::Owned(endpoint) => self.url.endpoint(endpoint),
        };
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let builder = self.scope(self.http.request(request.method.clone(), url), request);
        match &request.body {
            Some(body) => {
                builder.header(CONTENT_TYPE, HeaderValue::from_static(body.content_type)).body(body.bytes.clone())
            }
            None => builder,
        }
    }

    /// Adds the workspace, which a request about the server as a whole must not name.
    fn scope(&self, builder: RequestBuilder, request: &ApiRequest<'_>) -> RequestBuilder {
        match &self.workspace {
            Some(_) if request.is_server_wide => builder.timeout(self.timeout.min(SERVER_WIDE_TIMEOUT)),
            Some(workspace) => builder.header(WORKSPACE, workspace.as_str()),
            None => builder,
        }
    }

    async fn execute(&self, auth: &Auth, builder: RequestBuilder, deadline: Instant) -> Result<Response, RequestError> {
        let request = auth.sign(builder, self.timeout)?;
        let error = match timeout_at(deadline, self.http.execute(request)).await {
            Ok(Ok(response)) => {
                self.speaks_http.store(true, Ordering::Relaxed);
                return Ok(response);
            }
            Ok(Err(error)) => RequestError::from_transport(&error, self.timeout),
            Err(_) => RequestError::timed_out(self.timeout),
        };
        match error.may_be_other_protocol() {
            true => Err(self.banner().await.map_or(error, |line| RequestError::other_protocol(&line))),
            false => Err(error),
        }
    }

    /// Returns the first line of a service of another protocol. One of HTTP says nothing, which takes its time.
    async fn banner(&self) -> Option<String> {
        let is_proxied = Proxies::from_process().proxy_for(self.uri()).is_some();
        if is_proxied || self.speaks_http.load(Ordering::Relaxed) {
            return None;
        }
        let root = self.url.endpoint("/");
        self.banner.get_or_init(|| Box::pin(http::banner(&root, self.timeout))).await.clone()
    }

    /// Reads the body of a response.
    pub(super) async fn read_body(&self, mut response: Response, deadline: Instant) -> Result<Vec<u8>, RequestError> {
        let explain = |error: reqwest::Error| RequestError::from_transport(&error, self.timeout);
        let too_late = || RequestError::timed_out_within_body(self.timeout);
        let mut body = Vec::new();
        loop {
            // Most of the time the whole body has arrived, and there is nothing to wait for. The HTTP client's own read
            // timeout would set two more timers for each request.
            let chunk = match response.chunk().now_or_never() {
                Some(chunk) => chunk.map_err(explain)?,
                None => timeout_at(deadline, response.chunk()).await.map_err(|_| too_late())?.map_err(explain)?,
            };
            let Some(chunk) = chunk else { return Ok(body) };
            if Instant::now() > deadline {
                return Err(too_late());
            }
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                let limit = MAX_BODY / 1024 / 1024;
                // The server may have applied the request that it answers so.
                return Err(RequestError::unreadable(format!("its answer is larger than {limit} MiB")));
            }
        }
    }
}

/// Parses the body of a success: a JSON object. Some servers and proxies answer a write with nothing, or with a plain
/// `200 OK`.
fn parse<T: DeserializeOwned>(body: &[u8], request: &ApiRequest<'_>) -> Result<T, RequestError> {
    let body = match body.trim_ascii() {
        b"" | b"200 OK" => b"{}",
        body => body,
    };
    if !body.starts_with(b"{") {
        return Err(not_an_object(body));
    }
    serde_json::from_slice(body).map_err(|error| match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => {
            let (endpoint, fault) = (&request.endpoint, quote(&error.to_string()));
            RequestError::unreadable(format!("its answer to {endpoint} makes no sense: {fault}"))
        }
        Err(error) if error.is_eof() => RequestError::cut_short(),
        Err(_) => not_an_object(body),
    })
}

fn not_an_object(body: &[u8]) -> RequestError {
    let text = String::from_utf8_lossy(body);
    if redirect::is_sign_in_page(&text) {
        return RequestError::sign_in_page();
    }
    match is_html(&text) {
        true => RequestError::page(&text),
        false => RequestError::unreadable(format!("its answer is not a JSON object: {}", quote(&text))),
    }
}
