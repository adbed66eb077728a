//! Posts to a service and checks its answer.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::webhook_url::WebhookUrl;
use crate::http::{TransportError, retry_after};
use crate::notify::channel_context::{ChannelContext, SendError};
use crate::secret::Secrets;
use crate::text::ForeignText;

/// The maximum size of a body that is read, in bytes. A longer one is a web page. It is not quoted at all, because a
/// secret that is cut in half at its end would not be redacted.
const MAX_BODY_SIZE: usize = 16 * 1024;
/// The length at which a quoted answer is truncated, in characters.
const MAX_QUOTE_LENGTH: usize = 200;

/// The answer of a service with a success status.
pub(super) struct Answer {
    status: StatusCode,
    /// `None` if it is too long to be read.
    body: Option<String>,
    secrets: Secrets,
}

/// Posts a JSON document and returns the answer. The caller checks the answer, because a proxy may also return success.
///
/// # Errors
/// When there is no answer, or its status is an error. The URL is redacted.
pub(super) async fn post_json(
    address: &WebhookUrl,
    body: &Value,
    context: &ChannelContext,
) -> Result<Answer, SendError> {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let secrets = address.secrets();
    let mut response = post(address, headers, body.to_string(), context, &secrets).await?;
    let body = read(&mut response).await.map_err(|error| transport_error(&error, &secrets))?;
    Ok(Answer { status: response.status(), body, secrets })
}

/// Posts a body and returns an answer with a success status.
///
/// # Errors
/// When there is no answer, or its status is an error. The secrets are redacted.
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
        Ok(response) => Err(status_error(response, secrets).await),
        Err(error) => Err(transport_error(&error, secrets)),
    }
}

impl Answer {
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn text(&self) -> &str {
        self.body.as_deref().unwrap_or_default().trim()
    }

    /// Returns a field of the JSON object in the body.
    pub(super) fn field(&self, name: &str) -> Option<Value> {
        let object: Value = serde_json::from_str(self.text()).ok()?;
        object.get(name).cloned()
    }

    /// Returns whether the body is a web page, such as that of a proxy or a login.
    pub(super) fn is_page(&self) -> bool {
        let start: String = self.text().chars().take(9).collect::<String>().to_lowercase();
        self.body.is_none() || start.starts_with("<html") || start.starts_with("<!doctype")
    }

    /// Returns success if the answer confirms the delivery.
    ///
    /// # Errors
    /// When it does not. The error is retryable if the service is only busy.
    pub(super) fn confirm(self, is_confirmed: bool, is_busy: bool) -> Result<(), SendError> {
        if is_confirmed {
            return Ok(());
        }
        let body = match () {
            () if self.is_page() || self.text().starts_with('<') => "a page for a browser".to_owned(),
            () if self.text().is_empty() => "nothing".to_owned(),
            () => ForeignText::new(self.text()).hide(&self.secrets).cut(MAX_QUOTE_LENGTH).to_string(),
        };
        let reason = format!("it answered {}, but not as the service does that took a notice: {body}", self.status);
        Err(SendError { reason, is_retryable: is_busy, retry_after: None })
    }
}

fn transport_error(error: &reqwest::Error, secrets: &Secrets) -> SendError {
    // The client has no time limit, because the notifier limits the time.
    let error = TransportError::new(error, Duration::ZERO);
    let reason = ForeignText::new(error.to_string()).hide(secrets).cut(MAX_QUOTE_LENGTH).to_string();
    SendError { reason, is_retryable: error.stage.is_retryable(), retry_after: None }
}

/// Reads the body; `None` if it is too long.
async fn read(response: &mut Response) -> reqwest::Result<Option<String>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY_SIZE {
            return Ok(None);
        }
    }
    Ok(Some(String::from_utf8_lossy(&body).into_owned()))
}

async fn status_error(mut response: Response, secrets: &Secrets) -> SendError {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = read(&mut response).await.ok().flatten().unwrap_or_default();
    let body = ForeignText::new(body.trim());
    let reason = match body.is_blank() || body.as_raw().starts_with('<') {
        true => format!("it answered {status}"),
        false => format!("it answered {status}: {}", body.hide(secrets).cut(MAX_QUOTE_LENGTH)),
    };
    let is_retryable = matches!(status.as_u16(), 408 | 429 | 500..);
    SendError { reason, is_retryable, retry_after }
}
