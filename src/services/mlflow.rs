//! The MLflow service: the registry that the jobs work on.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::registry::ModelName;
use crate::secret::{Secret, SecretUri};

/// Which registry, and how to talk to it. But for `registry_name`, each field has the name of the environment variable
/// that MLflow reads for it, in lower case and without `MLFLOW_`; where a config is silent, the variable counts.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MlflowConfig {
    /// The address of the tracking server or database.
    pub tracking_uri: Option<SecretUri>,
    /// The address of the registry, where it is another than `tracking_uri`.
    pub registry_uri: Option<SecretUri>,
    /// The registered model of every job that names none.
    pub registry_name: Option<ModelName>,
    /// The user of a login with a password.
    pub tracking_username: Option<String>,
    /// The password; with a user it wins over a token.
    pub tracking_password: Option<Secret>,
    /// The bearer token.
    pub tracking_token: Option<Secret>,
    /// Whether to trust any certificate. For tests; it gives the login to whoever answers.
    pub tracking_insecure_tls: bool,
    /// A PEM file with the certificate authorities to trust instead of the public ones.
    pub tracking_server_cert_path: Option<PathBuf>,
    /// How long one request may take, in seconds.
    #[schemars(range(min = 1))]
    pub http_request_timeout: u64,
    /// How often a request is tried again after a failure that may pass.
    #[schemars(range(max = 10))]
    pub http_request_max_retries: u32,
    /// The factor of the growing waits between tries, in seconds.
    #[schemars(range(max = 120))]
    pub http_request_backoff_factor: u32,
    /// The most that is added to each wait by chance, in seconds.
    #[schemars(range(min = 0.0))]
    pub http_request_backoff_jitter: f64,
    /// Whether a server's `Retry-After` replaces the wait.
    pub http_respect_retry_after_header: bool,
}

impl Default for MlflowConfig {
    /// MLflow's own defaults.
    fn default() -> Self {
        Self {
            tracking_uri: None,
            registry_uri: None,
            registry_name: None,
            tracking_username: None,
            tracking_password: None,
            tracking_token: None,
            tracking_insecure_tls: false,
            tracking_server_cert_path: None,
            http_request_timeout: 120,
            http_request_max_retries: 7,
            http_request_backoff_factor: 2,
            http_request_backoff_jitter: 1.0,
            http_respect_retry_after_header: true,
        }
    }
}
