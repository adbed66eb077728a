//! One request whose whole response matters, for the diagnosis: status, body, latency, clock and certificate.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::DATE;
use reqwest::tls::TlsInfo;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::auth::Auth;
use super::client::Client;
use super::error_body::ErrorBody;
use super::request::ApiRequest;
use super::request_error::RequestError;
use crate::http::{self, Tls};

/// A response, and what came with it.
pub struct ProbeResponse {
    pub status: StatusCode,
    /// Its body, as it came.
    pub body: String,
    /// The time until it began.
    pub(super) latency: Duration,
    /// By how many seconds the server's clock is ahead of this machine's; none if the response has no date.
    pub(super) clock_ahead: Option<i64>,
    /// The server's certificate in DER; none without TLS.
    pub(super) certificate: Option<Vec<u8>>,
}

impl ProbeResponse {
    /// Returns whether the server, or a proxy before it, is in no state to answer.
    pub fn is_out_of_order(&self) -> bool {
        matches!(self.status.as_u16(), 407 | 408 | 429 | 500..)
    }

    /// Returns the error if the response is one.
    pub fn error(&self) -> Option<RequestError> {
        let body = || ErrorBody::parse(self.body.as_bytes());
        let is_error = !self.status.is_success();
        is_error.then(|| RequestError::Status { status: self.status, body: body(), retry_after: None })
    }

    /// Parses the body of a success; none if it is something else.
    pub fn parse<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.body).ok().filter(|_| self.status.is_success())
    }
}

impl Client {
    /// Sends a request once with a login.
    pub(super) async fn probe_as(&self, auth: &Auth, request: &ApiRequest<'_>) -> Result<ProbeResponse, RequestError> {
        Box::pin(self.probe_within_deadline(auth, request)).await
    }

    async fn probe_within_deadline(
        &self,
        auth: &Auth,
        request: &ApiRequest<'_>,
    ) -> Result<ProbeResponse, RequestError> {
        let (start, deadline) = (Instant::now(), self.deadline());
        let response = self.follow(auth, request, deadline).await?;
        let (latency, status, clock_ahead) = (start.elapsed(), response.status(), clock_ahead(&response));
        let certificate = peer_certificate(&response);
        let body = String::from_utf8_lossy(&self.read_body(response, deadline).await?).into_owned();
        Ok(ProbeResponse { status, body, latency, clock_ahead, certificate })
    }

    /// Returns the certificate of a server that is not trusted. The request carries no login.
    pub(super) async fn untrusted_certificate(&self) -> Option<Vec<u8>> {
        let http = http::client(&Tls::Insecure, true).ok()?;
        let response = timeout(self.timeout, http.get(self.url.endpoint("/version")).send()).await.ok()?.ok()?;
        peer_certificate(&response)
    }
}

fn peer_certificate(response: &Response) -> Option<Vec<u8>> {
    response.extensions().get::<TlsInfo>()?.peer_certificate().map(<[u8]>::to_vec)
}

fn clock_ahead(response: &Response) -> Option<i64> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let date = Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok()?;
    Some(date.as_second() - Timestamp::now().as_second())
}
