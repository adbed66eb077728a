//! How to talk to a server: login, TLS, time limits, retries. Plain data, shorter in tests.

use std::path::PathBuf;
use std::time::Duration;

use crate::http::Tls;
use crate::registry::Workspace;
use crate::registry::databricks::Environment;
use crate::secret::Secret;

/// Everything but the address that a client needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Who it says it is; without one, a login in the address counts.
    pub login: Login,
    /// Whom it trusts.
    pub tls: Tls,
    /// The PEM file with the certificate and the key that it shows.
    pub client_certificate: Option<PathBuf>,
    /// The workspace that all of it is in; none where the server has no workspaces.
    pub workspace: Option<Workspace>,
    /// How long one request may take, to the last byte of its answer.
    pub timeout: Duration,
    /// What happens after a failure that may pass.
    pub retry: Retry,
    /// Whether the variables name a proxy.
    pub proxied: bool,
    /// What the variables say of Databricks; for that registry only.
    pub databricks: Environment,
}

/// The login of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Login {
    /// No `Authorization` header.
    None,
    /// User and password.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A bearer token.
    Bearer(Secret),
    /// A signature of each request for AWS.
    #[cfg(feature = "sigv4")]
    Signed(super::Keys),
}

/// What happens after a connection error or a status of 408, 429, 500, 502, 503 or 504.
///
/// The waits are MLflow's own: none before the first retry, then `factor * 2^n` seconds up to two minutes, plus jitter.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How often a request is tried again.
    pub max_retries: u32,
    /// The factor of the backoff; zero means no wait.
    pub backoff_factor: Duration,
    /// The most that is added to each wait by chance.
    pub jitter: Duration,
    /// Whether a `Retry-After` header replaces the wait.
    pub respect_retry_after: bool,
}
