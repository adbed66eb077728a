//! One request to a server's API, as a value.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;

use crate::registry::alias_write::AliasChange;

/// What a request asks for, and how to describe it when it fails.
pub struct ApiRequest<'r> {
    /// The path below `/api/2.0/mlflow/`, or a path below the root of the server if it begins with a slash.
    pub endpoint: Cow<'static, str>,
    /// The parameters in the URL.
    pub query: Vec<(&'static str, String)>,
    /// The HTTP method.
    pub method: Method,
    /// The body; a request without one is a read.
    pub body: Option<Body>,
    /// When the request may be sent again.
    pub(super) repeat: Repeat,
    /// Whether the request is about the server as a whole, and so about no workspace.
    pub(super) is_server_wide: bool,
    describe: Describe<'r>,
}

/// Describes a request. A function, because most requests succeed and are never described.
pub type Describe<'r> = &'r (dyn Fn() -> String + Sync);

/// When a request without a usable response may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Always: the request is idempotent.
    Always,
    /// Only if the server did not process it.
    Unprocessed,
}

/// The body of a request, ready to be sent more than once.
pub struct Body {
    pub(super) content_type: &'static str,
    pub(super) bytes: Bytes,
}

impl Body {
    fn json(parameters: &impl Serialize) -> Self {
        // Values and mappings with text keys always have a JSON form.
        Self { content_type: "application/json", bytes: serde_json::to_vec(parameters).unwrap_or_default().into() }
    }

    const fn form(encoded: &'static str) -> Self {
        Self { content_type: "application/x-www-form-urlencoded", bytes: Bytes::from_static(encoded.as_bytes()) }
    }
}

impl<'r> ApiRequest<'r> {
    /// Makes a read.
    pub fn read(
        endpoint: impl Into<Cow<'static, str>>,
        query: Vec<(&'static str, String)>,
        describe: Describe<'r>,
    ) -> Self {
        let (endpoint, repeat) = (endpoint.into(), Repeat::Always);
        Self { endpoint, query, method: Method::GET, body: None, repeat, is_server_wide: false, describe }
    }

    /// Makes an idempotent POST of an encoded form.
    pub fn form(endpoint: String, encoded: &'static str, describe: Describe<'r>) -> Self {
        Self { body: Some(Body::form(encoded)), method: Method::POST, ..Self::read(endpoint, vec![], describe) }
    }

    /// Makes an idempotent write.
    pub fn write(endpoint: impl Into<Cow<'static, str>>, body: &impl Serialize, describe: Describe<'r>) -> Self {
        Self { body: Some(Body::json(body)), method: Method::POST, ..Self::read(endpoint, vec![], describe) }
    }

    /// Makes the change of an alias. MLflow reads the parameters of a deletion from the body, not from the URL.
    pub fn alias_change(endpoint: &'static str, change: &AliasChange, describe: Describe<'r>) -> Self {
        let method = if change.to.is_some() { Method::POST } else { Method::DELETE };
        Self { method, ..Self::write(endpoint, &change.to_params(), describe) }
    }

    /// Makes a write that the server must not process twice.
    pub fn write_once(endpoint: impl Into<Cow<'static, str>>, body: &impl Serialize, describe: Describe<'r>) -> Self {
        Self { repeat: Repeat::Unprocessed, ..Self::write(endpoint, body, describe) }
    }

    /// Marks a request that is about the server as a whole: it names no workspace.
    pub fn server_wide(self) -> Self {
        Self { is_server_wide: true, ..self }
    }

    /// Describes what the request does, to follow "refused to".
    pub fn description(&self) -> String {
        (self.describe)()
    }

    /// Returns whether the request asks for a change.
    pub const fn is_write(&self) -> bool {
        self.body.is_some()
    }
}
