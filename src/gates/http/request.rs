//! Sends the request of the gate.

use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Response};

use super::gate::RawHttpGate;
use super::response::HttpResponse;
use crate::http::{TransportError, client};

/// How much of a body is read, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Why there is no response, and what to do about it.
#[derive(Debug)]
pub(super) struct NoResponse {
    pub(super) reason: String,
    pub(super) advice: &'static str,
}

/// Sends the request, and reads the response.
///
/// # Errors
/// A description of why there is no whole response in time.
pub(super) async fn send(gate: &RawHttpGate) -> Result<HttpResponse, NoResponse> {
    match tokio::time::timeout(gate.timeout(), exchange(gate)).await {
        Ok(response) => response,
        Err(_) => Err(NoResponse {
            reason: format!("no whole answer within {} s", gate.timeout().as_secs()),
            advice: "look at the endpoint, or raise `gate.timeout`",
        }),
    }
}

async fn exchange(gate: &RawHttpGate) -> Result<HttpResponse, NoResponse> {
    let unusable = |reason: String| NoResponse { reason, advice: "correct `gate.ca_bundle`" };
    let method = Method::from_bytes(gate.method.name().as_bytes()).map_err(|error| unusable(error.to_string()))?;
    let client = client(&gate.tls(), gate.url.is_https()).map_err(unusable)?;
    let mut request = client.request(method, gate.url.expose());
    if let Some(body) = &gate.body {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static(body.content_type())).body(body.to_bytes());
    }
    let explain = |error: reqwest::Error| NoResponse {
        reason: TransportError::new(&error, gate.timeout()).to_string(),
        advice: "start the endpoint, or correct `gate.url`",
    };
    let response = request.headers(gate.headers.expose().clone()).send().await.map_err(explain)?;
    read(response).await.map_err(explain)
}

async fn read(mut response: Response) -> Result<HttpResponse, reqwest::Error> {
    let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
    let mut read = HttpResponse { status: response.status().as_u16(), location, ..HttpResponse::default() };
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_BODY - read.body.len();
        read.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            read.is_truncated = true;
            break;
        }
    }
    Ok(read)
}
