//! One request of MLflow's API, as a value.

use std::borrow::Cow;

use reqwest::Method;
use serde_json::Value;

/// What to ask, and in what words to tell that it failed.
pub(super) struct Call {
    /// The path below `/api/2.0/mlflow/`.
    pub(super) endpoint: Cow<'static, str>,
    /// The parameters of the address.
    pub(super) query: Vec<(&'static str, String)>,
    /// How to ask.
    pub(super) method: Method,
    /// The JSON to send; what has none is a read.
    pub(super) body: Option<Value>,
    /// What is tried, fit to follow "refused to".
    pub(super) action: String,
    /// Whether doing it twice is the same as doing it once.
    pub(super) repeatable: bool,
}

impl Call {
    /// Makes a read.
    pub(super) fn read(
        endpoint: impl Into<Cow<'static, str>>,
        query: Vec<(&'static str, String)>,
        action: String,
    ) -> Self {
        Self { endpoint: endpoint.into(), query, method: Method::GET, body: None, action, repeatable: true }
    }

    /// Makes a write that may be sent again.
    pub(super) fn write(endpoint: &'static str, body: Value, action: String) -> Self {
        Self {
            endpoint: endpoint.into(),
            query: vec![],
            method: Method::POST,
            body: Some(body),
            action,
            repeatable: true,
        }
    }

    /// Makes a removal, which may be sent again. MLflow reads its body, and not the parameters of its address.
    pub(super) fn delete(endpoint: &'static str, body: Value, action: String) -> Self {
        Self { method: Method::DELETE, ..Self::write(endpoint, body, action) }
    }

    /// Makes a write that must not reach the server twice.
    pub(super) fn write_once(endpoint: &'static str, body: Value, action: String) -> Self {
        Self { repeatable: false, ..Self::write(endpoint, body, action) }
    }
}
