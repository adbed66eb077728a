//! The MLflow service: the registry that the jobs work on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

use super::process_context::ProcessContext;
use crate::registry::databricks::Environment;
use crate::registry::rest::{Chosen, Login, Options, Proxy, Retry, Surroundings, Tls};
use crate::registry::{self, ModelName, Registry, Workspace};
use crate::secret::{Secret, SecretUri};
use crate::shutdown::Shutdown;

/// MLflow's own default: a database in the current folder, so that no server is needed to start.
const DEFAULT_URI: &str = "sqlite:///mlflow.db";

/// MLflow's own default where this folder holds experiments, as it did for everybody before databases were the default.
const DEFAULT_STORE: &str = "./mlruns";

/// Which registry, and how to talk to it. But for `registry_name`, each field has the name of the environment variable
/// that MLflow reads for it, in lower case and without `MLFLOW_`; where a config is silent, the variable counts.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MlflowConfig {
    /// The address of the tracking server, database or file store.
    pub tracking_uri: Option<SecretUri>,
    /// The address of the registry, where it is another than `tracking_uri`.
    pub registry_uri: Option<SecretUri>,
    /// The registered model of every job that names none.
    pub registry_name: Option<ModelName>,
    /// The user of a login with a password.
    pub tracking_username: Option<String>,
    /// The password; with a user it wins over a token. User and password may be in `~/.mlflow/credentials` instead.
    pub tracking_password: Option<Secret>,
    /// The bearer token.
    pub tracking_token: Option<Secret>,
    /// The user of a login that is for `registry_uri` alone; with one, nothing of the `tracking_…` logins is sent there.
    pub registry_username: Option<String>,
    /// The password of that login.
    pub registry_password: Option<Secret>,
    /// The bearer token of that login, instead of a user and a password.
    pub registry_token: Option<Secret>,
    /// The workspace that everything is in, of a server with workspaces or its database.
    pub workspace: Option<Workspace>,
    /// The plugin that Python's client logs in with; a server that needs one is refused.
    pub tracking_auth: Option<String>,
    /// Whether to sign requests for AWS (feature `sigv4`), with the keys of AWS's own variables or profiles.
    pub tracking_aws_sigv4: bool,
    /// Whether to trust any certificate. For tests; it gives the login to whoever answers.
    pub tracking_insecure_tls: bool,
    /// A PEM file with the certificate authorities to trust instead of the public ones, or a folder of such files.
    pub tracking_server_cert_path: Option<PathBuf>,
    /// A PEM file with a certificate and its private key, to show to a server that asks for one.
    pub tracking_client_cert_path: Option<PathBuf>,
    /// How long one request may take, to the last byte of its answer, in seconds.
    #[schemars(range(min = 1, max = 86400))]
    pub http_request_timeout: u64,
    /// How often a request is tried again after a failure that may pass.
    #[schemars(range(max = 10))]
    pub http_request_max_retries: u32,
    /// The factor of the growing waits between tries, in seconds.
    #[schemars(range(max = 120))]
    pub http_request_backoff_factor: u32,
    /// The most that is added to each wait by chance, in seconds.
    #[schemars(range(min = 0.0, max = 3600.0))]
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
            registry_username: None,
            registry_password: None,
            registry_token: None,
            workspace: None,
            tracking_auth: None,
            tracking_aws_sigv4: false,
            tracking_insecure_tls: false,
            tracking_server_cert_path: None,
            tracking_client_cert_path: None,
            http_request_timeout: 120,
            http_request_max_retries: 7,
            http_request_backoff_factor: 2,
            http_request_backoff_jitter: 1.0,
            http_respect_retry_after_header: true,
        }
    }
}

impl MlflowConfig {
    /// Returns what makes a service: all but the name of a model, which is a default for jobs alone.
    pub(crate) fn connection(&self) -> Self {
        Self { registry_name: None, ..self.clone() }
    }

    /// Returns the address of the registry: `registry_uri`, else `tracking_uri`, else what MLflow itself would use in the
    /// current folder.
    pub fn uri(&self) -> SecretUri {
        let is_given = |uri: &&SecretUri| !uri.expose().is_empty();
        match (self.registry_uri.as_ref().filter(is_given), self.tracking_uri.as_ref().filter(is_given)) {
            (Some(registry), _) => registry.clone(),
            (None, Some(tracking)) => Registry::beside(tracking),
            (None, None) => {
                let is_store = registry::file::holds_experiments(Path::new(DEFAULT_STORE));
                SecretUri::new(if is_store { DEFAULT_STORE } else { DEFAULT_URI })
            }
        }
    }

    /// Returns the field that [`MlflowConfig::uri`] comes from; none where it is the default.
    pub fn uri_field(&self) -> Option<&'static str> {
        let is_given = |uri: &Option<SecretUri>| uri.as_ref().is_some_and(|uri| !uri.expose().is_empty());
        match (is_given(&self.registry_uri), is_given(&self.tracking_uri)) {
            (true, _) => Some("registry_uri"),
            (false, true) => Some("tracking_uri"),
            (false, false) => None,
        }
    }

    /// Returns the field or the file that holds what proves who logs in; none where nobody does, or the address does.
    ///
    /// # Errors
    /// [`registry::Error::Misconfigured`] when a login is wanted that cannot be had.
    pub(crate) fn login_place(&self, surroundings: &Surroundings) -> registry::Result<Option<String>> {
        Ok(self.chosen(surroundings)?.and_then(|chosen| chosen.place))
    }

    /// Opens the registry for a look at it: no answer is waited for longer than the limit, and nothing is tried twice.
    pub(crate) fn open_briefly(
        &self,
        databricks: &Environment,
        surroundings: &Surroundings,
        limit: Duration,
    ) -> registry::Result<Registry> {
        let options = self.options_within(databricks, surroundings)?;
        let retry = Retry { max_retries: 0, ..options.retry };
        Registry::open(&self.uri(), &Options { timeout: limit, retry, ..options }, Shutdown::never())
    }

    /// Finds what can never work, before anything is started: returns the field to blame, and why.
    pub fn misuse(&self) -> Option<(&'static str, registry::Error)> {
        let address = self.uri_field().unwrap_or("tracking_uri");
        let options = match self.options(&Environment::default()) {
            Ok(options) => options,
            Err(error) => return Some(("tracking_insecure_tls", error)),
        };
        // Whether a file of certificates is there is found out at the start, on the machine that needs it.
        let checked =
            Registry::check(&self.uri(), &Options { tls: Tls::Insecure, client_certificate: None, ..options });
        let checked = checked.err().map(|error| (address, error)).or_else(|| self.login_misuse());
        let workspace = || Registry::no_workspaces(&self.uri(), self.workspace.as_ref()?);
        checked.or_else(|| workspace().map(|error| ("workspace", error)))
    }

    pub(super) fn is_http(&self) -> bool {
        matches!(self.uri().expose().split_once(':'), Some(("http" | "https", _)))
    }

    /// Returns what keeps the registry from holding a model of such a name.
    pub(crate) fn misnomer(&self, name: &ModelName) -> Option<registry::Error> {
        // A default takes every name; which it is need not be looked for on the disk for each job of a batch.
        self.uri_field().and_then(|_| Registry::misnomer(&self.uri(), name))
    }

    /// Returns what the config says, with what the machine adds to it.
    fn options_within(&self, databricks: &Environment, surroundings: &Surroundings) -> registry::Result<Options> {
        let mut options = Options { proxied: !surroundings.proxies().is_empty(), ..self.options(databricks)? };
        if let Some(chosen) = self.chosen(surroundings)? {
            chosen.ignored.iter().for_each(|ignored| warn!("{ignored}"));
            options.login = chosen.login;
        }
        if let (Tls::Public, Some(bundle)) = (&options.tls, surroundings.ca_bundle()) {
            options.tls = Tls::Bundle(bundle.to_owned());
        }
        Ok(options)
    }

    // Only a server over HTTP is sent a login.
    pub(super) fn chosen(&self, surroundings: &Surroundings) -> registry::Result<Option<Chosen>> {
        self.is_http().then(|| self.offer().choose(&self.uri(), surroundings)).transpose()
    }

    fn options(&self, databricks: &Environment) -> registry::Result<Options> {
        Ok(Options {
            login: Login::None,
            tls: self.tls()?,
            client_certificate: self.tracking_client_cert_path.clone(),
            workspace: self.workspace.clone(),
            timeout: Duration::from_secs(self.http_request_timeout),
            retry: Retry {
                max_retries: self.http_request_max_retries,
                backoff_factor: Duration::from_secs(self.http_request_backoff_factor.into()),
                jitter: Duration::try_from_secs_f64(self.http_request_backoff_jitter).unwrap_or_default(),
                respect_retry_after: self.http_respect_retry_after_header,
            },
            proxied: false,
            databricks: databricks.clone(),
        })
    }

    fn tls(&self) -> registry::Result<Tls> {
        match (&self.tracking_server_cert_path, self.tracking_insecure_tls) {
            (None, false) => Ok(Tls::Public),
            (None, true) => Ok(Tls::Insecure),
            (Some(path), false) => Ok(Tls::Bundle(path.clone())),
            (Some(_), true) => Err(registry::Error::Misconfigured {
                reason: "tracking_insecure_tls and tracking_server_cert_path contradict each other".into(),
                hint: "drop tracking_insecure_tls to check certificates against the file".into(),
            }),
        }
    }
}

/// A started MLflow service. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Mlflow {
    registry: Registry,
}

impl Mlflow {
    pub(super) fn start(config: &MlflowConfig, context: &ProcessContext) -> registry::Result<Self> {
        let options = config.options_within(&context.databricks, &context.surroundings)?;
        if options.tls == Tls::Insecure {
            warn!("certificates are not checked (tracking_insecure_tls): whoever answers gets the login");
        }
        if let Some(Proxy { variable, fault: Some(fault), .. }) =
            context.surroundings.proxies().through(config.uri().expose())
        {
            warn!("{variable} {fault}");
        }
        let registry = Registry::open(&config.uri(), &options, context.shutdown.clone())?;
        if let Registry::File(store) = &registry {
            warn!("{}", store.deprecation());
        }
        Ok(Self { registry })
    }

    /// Returns the registry.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_by_default_takes_every_name() {
        for uri in [DEFAULT_URI, DEFAULT_STORE] {
            assert!(Registry::misnomer(&SecretUri::new(uri), &"bikes".parse().unwrap()).is_none(), "{uri}");
        }
    }
}
