//! One request to an endpoint.

use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Method, Response};

use crate::gates::{HttpAnswer, HttpGate};
use crate::http::{TransportError, client};

/// How much of an answer is read, in bytes.
const MOST_READ: usize = 1024 * 1024;

/// Sends the request of a gate.
///
/// # Errors
/// Why there is no whole answer in time.
pub(in crate::jobs) async fn ask(gate: &HttpGate) -> Result<HttpAnswer, String> {
    let seconds = gate.timeout().as_secs();
    match tokio::time::timeout(gate.timeout(), exchange(gate)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no whole answer within {seconds} s")),
    }
}

async fn exchange(gate: &HttpGate) -> Result<HttpAnswer, String> {
    let method = Method::from_bytes(gate.method().as_bytes()).map_err(|error| error.to_string())?;
    let mut request = client(&gate.trust(), gate.url().is_https())?.request(method, gate.url().expose());
    if let Some(body) = gate.body() {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static(body.content_type())).body(body.bytes());
    }
    let lost = |error: reqwest::Error| TransportError::new(&error, gate.timeout()).reason;
    let response = request.headers(gate.headers().expose().clone()).send().await.map_err(lost)?;
    read(response).await.map_err(lost)
}

async fn read(mut response: Response) -> Result<HttpAnswer, reqwest::Error> {
    let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
    let mut answer = HttpAnswer { status: response.status().as_u16(), location, ..HttpAnswer::default() };
    while let Some(chunk) = response.chunk().await? {
        let room = MOST_READ - answer.body.len();
        answer.body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            answer.is_cut = true;
            break;
        }
    }
    Ok(answer)
}
