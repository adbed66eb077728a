//! One request to a service, and what its answer means.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::webhook_url::WebhookUrl;
use crate::http::{TransportError, retry_after};
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::secret::Secrets;
use crate::text::ForeignText;

/// How much of a refusal is read, in bytes. Of a longer one nothing is told: it is a page for a browser, and where it
/// is broken off a secret might be cut in half and not be known again.
const MOST_READ: usize = 16 * 1024;
/// How much of it is told, in characters.
const MOST_TOLD: usize = 200;

/// What a service answered to a request that it did not refuse by its status.
pub(super) struct Answer {
    status: StatusCode,
    /// None where it is longer than a service's own answer ever is.
    body: Option<String>,
    secrets: Secrets,
}

/// Posts a JSON document, and returns what the service says to it: not every answer with a status of success is one.
///
/// # Errors
/// When no answer came, or one with another status. The address is hidden in what is told.
pub(super) async fn post_json(
    address: &WebhookUrl,
    body: &Value,
    context: &ChannelContext,
) -> Result<Answer, SendError> {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let secrets = address.secrets();
    let mut response = post(address, headers, body.to_string(), context, &secrets).await?;
    let body = read(&mut response).await.map_err(|error| lost(&error, &secrets))?;
    Ok(Answer { status: response.status(), body, secrets })
}

/// Posts a body; returns the answer of a service that took it, as far as its status says.
///
/// # Errors
/// When no answer came, or one with another status. The secrets are hidden in what is told.
pub(super) async fn post(
    address: &WebhookUrl,
    headers: HeaderMap,
    body: String,
    context: &ChannelContext,
    secrets: &Secrets,
) -> Result<Response, SendError> {
    let request = context.http()?.post(address.expose()).headers(headers).body(body);
    match request.send().await {
        Ok(response) if response.status().is_success() => Ok(response),
        Ok(response) => Err(refused(response, secrets).await),
        Err(error) => Err(lost(&error, secrets)),
    }
}

impl Answer {
    /// Returns the status.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the text of the body.
    pub(super) fn text(&self) -> &str {
        self.body.as_deref().unwrap_or_default().trim()
    }

    /// Returns a field of the JSON object in the body.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        let object: Value = serde_json::from_str(self.text()).ok()?;
        object.get(name).cloned()
    }

    /// Returns whether the body is a page for a browser, such as that of a proxy or a login.
    pub(super) fn is_page(&self) -> bool {
        let start: String = self.text().chars().take(9).collect::<String>().to_lowercase();
        self.body.is_none() || start.starts_with("<html") || start.starts_with("<!doctype")
    }

    /// Takes the answer for a delivery if it bears the service's own sign of one.
    ///
    /// # Errors
    /// When it does not; trying again helps where the service only says that it is busy.
    pub(super) fn taken_if(self, is_sign: bool, is_busy: bool) -> Result<(), SendError> {
        if is_sign {
            return Ok(());
        }
        let said = match () {
            () if self.is_page() || self.text().starts_with('<') => "a page for a browser".to_owned(),
            () if self.text().is_empty() => "nothing".to_owned(),
            () => ForeignText::new(self.text()).hide(&self.secrets).cut(MOST_TOLD).to_string(),
        };
        let reason = format!("it answered {}, but not as the service does that took a notice: {said}", self.status);
        Err(SendError { reason, is_retryable: is_busy, retry_after: None })
    }
}

fn lost(error: &reqwest::Error, secrets: &Secrets) -> SendError {
    // No limit of the client's own can have passed: the courier's counts.
    let lost = TransportError::new(error, Duration::ZERO);
    let reason = ForeignText::new(lost.to_string()).hide(secrets).cut(MOST_TOLD).to_string();
    SendError { reason, is_retryable: lost.stage.is_retryable(), retry_after: None }
}

/// Reads the body; none where it is too long to be of use.
async fn read(response: &mut Response) -> reqwest::Result<Option<String>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_READ {
            return Ok(None);
        }
    }
    Ok(Some(String::from_utf8_lossy(&body).into_owned()))
}

async fn refused(mut response: Response, secrets: &Secrets) -> SendError {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let said = read(&mut response).await.ok().flatten().unwrap_or_default();
    let said = ForeignText::new(said.trim());
    let reason = match said.is_blank() || said.as_raw().starts_with('<') {
        true => format!("it answered {status}"),
        false => format!("it answered {status}: {}", said.hide(secrets).cut(MOST_TOLD)),
    };
    let is_retryable = matches!(status.as_u16(), 408 | 429 | 500..);
    SendError { reason, is_retryable, retry_after }
}
