//! How to reach a server: login, TLS, timeouts, retries. Plain data, with shorter times in tests.

use std::path::PathBuf;
use std::time::Duration;

use crate::http::Tls;
use crate::registry::Workspace;
use crate::registry::credentials::{HostEnvironment, Login};

/// Everything but the address that a client needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The login; without one, a login in the address counts.
    pub login: Login,
    /// Which servers the client trusts.
    pub tls: Tls,
    /// A PEM file with the client's own certificate and its key.
    pub client_certificate: Option<PathBuf>,
    /// The workspace of all requests; none if the server has no workspaces.
    pub workspace: Option<Workspace>,
    /// The time limit of one request, up to the last byte of its response.
    pub timeout: Duration,
    /// What happens after an error that may be temporary.
    pub retry: Retry,
    /// The logins and proxies that the machine offers. Databricks finds its login here.
    pub environment: HostEnvironment,
    /// Where the address and the login come from.
    pub origins: Origins,
}

/// Where the address and the login come from, as hints name them: a field, with the variable that sets it; or a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Where the address comes from; none if that is not known.
    pub address: Option<String>,
    /// Where the secret of the login comes from; none if there is none, or it is in the address.
    pub login: Option<String>,
}

/// When a request is sent again after a connection error or a status of 408, 429, 500, 502, 503 or 504.
///
/// The waits are those of MLflow's client: none before the first retry, then `factor * 2^n` seconds up to two minutes,
/// plus jitter.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// The most retries of one request.
    pub max_retries: u32,
    /// The factor of the backoff; zero means no wait.
    pub backoff_factor: Duration,
    /// The most that is added to each wait at random.
    pub jitter: Duration,
    /// Whether a `Retry-After` header replaces the wait.
    pub respect_retry_after: bool,
}
