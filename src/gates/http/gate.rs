//! The config of the gate.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assertion::Assertion;
use super::body::Body;
use super::status::ExpectedStatus;
use super::url::EndpointUrl;
use crate::http::{Headers, Tls};
use crate::outcome::GateMode;

/// Sends a request to an endpoint, which must respond with an expected status and, if asked for, with certain values.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "RawHttpGate")]
#[schemars(with = "RawHttpGate")]
pub struct HttpGate(pub(super) Box<RawHttpGate>);

/// The config of the gate before it is validated.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHttpGate {
    /// The URL. A login in it is sent; the login and the query are never shown. Redirects are not followed.
    pub(super) url: EndpointUrl,
    /// The method.
    #[serde(default)]
    pub(super) method: Method,
    /// Headers to send. Their values are kept secret.
    #[serde(default)]
    pub(super) headers: Headers,
    /// The body to send: text as it is, anything else as JSON. Needs `method: POST` or another method with a body.
    #[serde(default)]
    pub(super) body: Option<Body>,
    /// The expected status, or a list of statuses of which one is expected.
    #[serde(default)]
    pub(super) expect_status: ExpectedStatus,
    /// Values that the JSON response must have, each by its JSON Pointer. All must hold.
    #[serde(default)]
    pub(super) json: Vec<Assertion>,
    /// Seconds that the whole response may take.
    #[serde(default = "default_timeout")]
    #[schemars(range(min = 1, max = 86400))]
    timeout: u64,
    /// A PEM file with the certificate authorities to trust instead of the public ones, or a folder of such files.
    #[serde(default)]
    ca_bundle: Option<PathBuf>,
    /// The name of the gate in reports; by default the host of the URL, with its port unless that is the default.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(super) name: Option<String>,
    /// What a refusal means: `enforce` blocks the job, `warn` only tells, `off` does not look.
    #[serde(default)]
    pub(super) mode: GateMode,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
}

impl TryFrom<RawHttpGate> for HttpGate {
    type Error = String;

    fn try_from(raw: RawHttpGate) -> Result<Self, String> {
        if raw.body.is_some() && matches!(raw.method, Method::Get | Method::Head) {
            return Err(format!("a {} sends no `body`; add `method: POST`", raw.method.name()));
        }
        if raw.method == Method::Head && !raw.json.is_empty() {
            return Err("the answer to a HEAD has no body to compare; take another `method`".into());
        }
        Ok(Self(Box::new(raw)))
    }
}

impl Method {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
        }
    }
}

impl RawHttpGate {
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    pub(super) fn tls(&self) -> Tls {
        self.ca_bundle.clone().map_or(Tls::Public, Tls::Bundle)
    }
}

const fn default_timeout() -> u64 {
    30
}
