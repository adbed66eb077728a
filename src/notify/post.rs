//! One request to a service, and what its answer means.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::address::Address;
use super::{SendError, Tools};
use crate::foreign_text::ForeignText;
use crate::http::{Lost, Stage, retry_after};
use crate::redact::Secrets;

/// How much of a refusal is read, in bytes. Of a longer one nothing is told: it is a page for a browser, and where it
/// is broken off a secret might be cut in half and not be known again.
const MOST_READ: usize = 16 * 1024;
/// How much of it is told, in characters.
const MOST_TOLD: usize = 200;

/// Posts a JSON document; returns the status of a success.
///
/// # Errors
/// When no answer came, or one that is no success. The address is hidden in what is told.
pub(super) async fn post_json(address: &Address, body: &Value, tools: &Tools) -> Result<StatusCode, SendError> {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    post(address, headers, body.to_string(), tools, &address.secrets()).await
}

/// Posts a body; returns the status of a success.
///
/// # Errors
/// When no answer came, or one that is no success. The secrets are hidden in what is told.
pub(super) async fn post(
    address: &Address,
    headers: HeaderMap,
    body: String,
    tools: &Tools,
    secrets: &Secrets,
) -> Result<StatusCode, SendError> {
    let request = tools.http()?.post(address.expose()).headers(headers).body(body);
    match request.send().await {
        Ok(response) if response.status().is_success() => Ok(response.status()),
        Ok(response) => Err(refused(response, secrets).await),
        Err(error) => Err(lost(&error, secrets)),
    }
}

fn lost(error: &reqwest::Error, secrets: &Secrets) -> SendError {
    // No limit of the client's own can have passed: the courier's counts.
    let Lost { stage, reason } = Lost::explain(error, Duration::ZERO);
    let reason = ForeignText::new(reason).hide(secrets).cut(MOST_TOLD).to_string();
    SendError { reason, may_pass: stage != Stage::Trusting, retry_after: None }
}

async fn refused(mut response: Response, secrets: &Secrets) -> SendError {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_READ {
            body.clear();
            break;
        }
    }
    let said = ForeignText::from_bytes(body.trim_ascii());
    let reason = match said.is_blank() || said.as_raw().starts_with('<') {
        true => format!("it answered {status}"),
        false => format!("it answered {status}: {}", said.hide(secrets).cut(MOST_TOLD)),
    };
    let may_pass = matches!(status.as_u16(), 408 | 429 | 500..);
    SendError { reason, may_pass, retry_after }
}
