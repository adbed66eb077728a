//! One request of MLflow's API, as a value.

use std::borrow::Cow;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;

/// What to ask, and in what words to tell that it failed.
pub(in crate::registry) struct Call<'c> {
    /// The path below `/api/2.0/mlflow/`, or one from the root of the server, with a slash in front.
    pub(in crate::registry) endpoint: Cow<'static, str>,
    /// The parameters of the address.
    pub(in crate::registry) query: Vec<(&'static str, String)>,
    /// How to ask.
    pub(in crate::registry) method: Method,
    /// What to send; what has none is a read.
    pub(in crate::registry) body: Option<Body>,
    /// Says what is tried; most calls succeed, and are never told of.
    action: Action<'c>,
    /// When it may be sent again.
    pub(in crate::registry) repeat: Repeat,
}

/// What says what a call tries.
pub(in crate::registry) type Action<'c> = &'c (dyn Fn() -> String + Sync);

/// When a call that brought no answer may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) enum Repeat {
    /// Always: doing it twice is the same as doing it once.
    Freely,
    /// Only after a look at what became of it, which is up to whoever sends it.
    Looking,
    /// Only where the server looked at nothing of it.
    Untouched,
}

/// What a request sends, ready to be sent again.
pub(in crate::registry) struct Body {
    pub(in crate::registry) content_type: &'static str,
    pub(in crate::registry) bytes: Bytes,
}

impl Body {
    /// Makes the parameters of one of MLflow's writes.
    fn json(parameters: &impl Serialize) -> Self {
        // Values and mappings with text keys always have a JSON form.
        Self { content_type: "application/json", bytes: serde_json::to_vec(parameters).unwrap_or_default().into() }
    }

    /// Makes a form that is encoded already.
    const fn form(form: &'static str) -> Self {
        Self { content_type: "application/x-www-form-urlencoded", bytes: Bytes::from_static(form.as_bytes()) }
    }
}

impl<'c> Call<'c> {
    /// Makes a read.
    pub(in crate::registry) fn read(
        endpoint: impl Into<Cow<'static, str>>,
        query: Vec<(&'static str, String)>,
        action: Action<'c>,
    ) -> Self {
        Self { endpoint: endpoint.into(), query, method: Method::GET, body: None, action, repeat: Repeat::Freely }
    }

    /// Makes a form that may be sent again.
    pub(in crate::registry) fn form(endpoint: String, form: &'static str, action: Action<'c>) -> Self {
        Self { body: Some(Body::form(form)), method: Method::POST, ..Self::read(endpoint, vec![], action) }
    }

    /// Makes a write that may be sent again.
    pub(in crate::registry) fn write(endpoint: &'static str, body: &impl Serialize, action: Action<'c>) -> Self {
        Self { body: Some(Body::json(body)), method: Method::POST, ..Self::read(endpoint, vec![], action) }
    }

    /// Makes a removal, which may be sent again. MLflow reads its body, and not the parameters of its address.
    pub(in crate::registry) fn delete(endpoint: &'static str, body: &impl Serialize, action: Action<'c>) -> Self {
        Self { method: Method::DELETE, ..Self::write(endpoint, body, action) }
    }

    /// Says what is tried, fit to follow "refused to".
    pub(in crate::registry) fn action(&self) -> String {
        (self.action)()
    }

    /// Returns whether it asks for a change.
    pub(in crate::registry) const fn writes(&self) -> bool {
        self.body.is_some()
    }

    /// Makes it one that is only sent again after a look.
    pub(in crate::registry) fn looking(self) -> Self {
        Self { repeat: Repeat::Looking, ..self }
    }

    /// Makes a write that must not reach the server twice.
    pub(in crate::registry) fn write_once(endpoint: &'static str, body: &impl Serialize, action: Action<'c>) -> Self {
        Self { repeat: Repeat::Untouched, ..Self::write(endpoint, body, action) }
    }
}
