//! The MLflow service: the config of the registry that jobs work on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::warn;

use super::process_context::ProcessContext;
use crate::http::{Proxy, Tls};
use crate::registry::{
    self, CredentialSources, HostEnvironment, IgnoredLogin, Login, LoginFields, ModelName, Options, Origins, Registry,
    Retry, Workspace,
};
use crate::secret::{Secret, SecretUri};
use crate::shutdown::Shutdown;

/// MLflow's default: a database in the current folder.
const DEFAULT_URI: &str = "sqlite:///mlflow.db";

/// MLflow's default if this folder contains experiments, which older releases stored there.
const DEFAULT_STORE: &str = "./mlruns";

/// The model registry and how to reach it. Each field except `registry_name` is named like the environment variable that
/// MLflow reads for it, in lower case and without `MLFLOW_`. The variable is used if the config leaves the field out.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MlflowConfig {
    /// The URI of the tracking server, database or file store.
    pub tracking_uri: Option<SecretUri>,
    /// The URI of the model registry, if it is not `tracking_uri`.
    pub registry_uri: Option<SecretUri>,
    /// The registered model of jobs that name none.
    pub registry_name: Option<ModelName>,
    /// The user name of a login with a password.
    pub tracking_username: Option<String>,
    /// The password. User and password win over a token, and may be in `~/.mlflow/credentials` instead.
    pub tracking_password: Option<Secret>,
    /// The bearer token.
    pub tracking_token: Option<Secret>,
    /// The user name of a login for `registry_uri` only. With such a login, no `tracking_…` login is sent there.
    pub registry_username: Option<String>,
    /// The password of the login for `registry_uri`.
    pub registry_password: Option<Secret>,
    /// The bearer token for `registry_uri`, instead of a user and a password.
    pub registry_token: Option<Secret>,
    /// The workspace to use, on a server with workspaces or in its database.
    pub workspace: Option<Workspace>,
    /// The login plugin of MLflow's Python client. Plugins are not supported, and a server with one is refused.
    pub tracking_auth: Option<String>,
    /// Whether to sign requests for AWS with the keys in AWS's variables or profiles (needs the feature `sigv4`).
    pub tracking_aws_sigv4: bool,
    /// Whether to accept any server certificate. For tests only: the login is sent to whoever answers.
    pub tracking_insecure_tls: bool,
    /// A PEM file, or a folder of PEM files, with the certificate authorities to trust instead of the public ones.
    pub tracking_server_cert_path: Option<PathBuf>,
    /// A PEM file with a client certificate and its private key, for servers that ask for one.
    pub tracking_client_cert_path: Option<PathBuf>,
    /// The time limit of one request in seconds, up to the last byte of the response.
    #[schemars(range(min = 1, max = 86400))]
    pub http_request_timeout: u64,
    /// How often a request is retried after a temporary error.
    #[schemars(range(max = 10))]
    pub http_request_max_retries: u32,
    /// The factor of the growing waits between retries, in seconds.
    #[schemars(range(max = 120))]
    pub http_request_backoff_factor: u32,
    /// The longest random time that is added to each wait, in seconds.
    #[schemars(range(min = 0.0, max = 3600.0))]
    pub http_request_backoff_jitter: f64,
    /// Whether the `Retry-After` header of a response replaces the wait.
    pub http_respect_retry_after_header: bool,
}

impl Default for MlflowConfig {
    /// Returns MLflow's defaults.
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
    /// Returns the config without the model name, which is only a default for jobs. Services with equal results are
    /// shared.
    pub(crate) fn connection(&self) -> Self {
        Self { registry_name: None, ..self.clone() }
    }

    /// Returns the URI of the registry: `registry_uri`, else `tracking_uri`, else MLflow's default in the current folder.
    pub fn uri(&self) -> SecretUri {
        let is_given = |uri: &&SecretUri| !uri.expose().is_empty();
        match (self.registry_uri.as_ref().filter(is_given), self.tracking_uri.as_ref().filter(is_given)) {
            (Some(registry), _) => registry.clone(),
            (None, Some(tracking)) => Registry::default_registry_uri(tracking),
            (None, None) => {
                let is_store = registry::file::holds_experiments(Path::new(DEFAULT_STORE));
                SecretUri::new(if is_store { DEFAULT_STORE } else { DEFAULT_URI })
            }
        }
    }

    /// Returns the field that [`MlflowConfig::uri`] comes from; `None` if it is the default.
    pub fn uri_field(&self) -> Option<&'static str> {
        let is_given = |uri: &Option<SecretUri>| uri.as_ref().is_some_and(|uri| !uri.expose().is_empty());
        match (is_given(&self.registry_uri), is_given(&self.tracking_uri)) {
            (true, _) => Some("registry_uri"),
            (false, true) => Some("tracking_uri"),
            (false, false) => None,
        }
    }

    /// Checks for errors that can be found before anything starts. Returns the field and its error.
    pub fn validate(&self) -> Option<(&'static str, registry::Error)> {
        let (uri, uri_field) = (self.uri(), self.uri_field());
        let options = match self.options(HostEnvironment::default()) {
            Ok(options) => options,
            Err(error) => return Some(("tracking_insecure_tls", error)),
        };
        // Certificate files are not read here, but when the service starts on the machine that has them.
        let options = Options { tls: Tls::Insecure, client_certificate: None, ..options };
        if let Err(error) = Registry::check(&uri, &options) {
            return Some((uri_field.unwrap_or("tracking_uri"), error));
        }
        let login = self.credential_sources().validate(&uri, uri_field);
        let workspace = || Registry::validate_workspace(&uri, self.workspace.as_ref()?).err();
        login.or_else(|| workspace().map(|error| ("workspace", error)))
    }

    /// Checks that the registry can contain a model with this name.
    ///
    /// # Errors
    /// [`registry::Error::Misconfigured`] when it cannot.
    pub(crate) fn validate_model_name(&self, name: &ModelName) -> registry::Result<()> {
        match self.uri_field() {
            Some(_) => Registry::validate_model_name(&self.uri(), name),
            // Both defaults accept every name. Determining which applies would access the disk for each job of a batch.
            None => Ok(()),
        }
    }

    /// Returns the field or file that contains the secret of the login; `None` if there is no login, or the URI
    /// contains it.
    ///
    /// # Errors
    /// [`registry::Error::Misconfigured`] when the login cannot be used.
    pub(crate) fn login_origin(&self, environment: &HostEnvironment) -> registry::Result<Option<String>> {
        if !self.is_http() {
            return Ok(None);
        }
        Ok(self.credential_sources().resolve(&self.uri(), environment)?.origin)
    }

    /// Returns the logins of the config that are not used.
    pub(crate) fn ignored_logins(&self, environment: &HostEnvironment) -> Vec<IgnoredLogin> {
        let sources = self.credential_sources();
        match self.is_http() {
            true => sources.resolve(&self.uri(), environment).map(|resolved| resolved.ignored).unwrap_or_default(),
            false => sources.ignored_beside(&self.uri(), self.tracking_uri.as_ref()),
        }
    }

    /// Opens the registry. Nothing is sent.
    ///
    /// # Errors
    /// [`registry::Error::Misconfigured`] when the URI, or something that it needs, cannot be used.
    pub(super) fn open(&self, context: &ProcessContext) -> registry::Result<Registry> {
        let options = self.options_with_login(&context.environment)?;
        if options.tls == Tls::Insecure {
            warn!("certificates are not checked (tracking_insecure_tls), so any server that answers gets the login");
        }
        if let Some(Proxy { variable, fault: Some(fault), .. }) =
            context.environment.proxies().proxy_for(self.uri().expose())
        {
            warn!("{variable} {fault}");
        }
        let registry = Registry::open(&self.uri(), &options, context.shutdown.clone())?;
        if let Registry::File(store) = &registry {
            warn!("{}", store.deprecation());
        }
        Ok(registry)
    }

    /// Opens the registry for a diagnosis, with a time limit for each response and without retries.
    pub(crate) fn open_for_diagnosis(
        &self,
        environment: &HostEnvironment,
        limit: Duration,
    ) -> registry::Result<Registry> {
        let options = self.options_with_login(environment)?;
        let retry = Retry { max_retries: 0, ..options.retry };
        Registry::open(&self.uri(), &Options { timeout: limit, retry, ..options }, Shutdown::never())
    }

    /// Returns whether a `tracking_…` login, or a part of one, is in the config.
    pub(super) const fn has_tracking_login(&self) -> bool {
        self.tracking_username.is_some() || self.tracking_password.is_some() || self.tracking_token.is_some()
    }

    fn is_http(&self) -> bool {
        matches!(self.uri().expose().split_once(':'), Some(("http" | "https", _)))
    }

    fn credential_sources(&self) -> CredentialSources {
        CredentialSources {
            tracking: LoginFields::new(
                self.tracking_username.as_ref(),
                self.tracking_password.as_ref(),
                self.tracking_token.as_ref(),
            ),
            registry: LoginFields::new(
                self.registry_username.as_ref(),
                self.registry_password.as_ref(),
                self.registry_token.as_ref(),
            ),
            aws_sigv4: self.tracking_aws_sigv4,
            plugin: self.tracking_auth.clone(),
        }
    }

    /// Returns the options of the config, completed by the login and the certificate authorities of the host
    /// environment.
    fn options_with_login(&self, environment: &HostEnvironment) -> registry::Result<Options> {
        let mut options = self.options(environment.clone())?;
        if self.is_http() {
            let resolved = self.credential_sources().resolve(&self.uri(), environment)?;
            resolved.ignored.iter().for_each(|ignored| warn!("{ignored}"));
            options.login = resolved.login;
            options.origins = self.origins(resolved.origin.as_deref(), environment);
        }
        if let (Tls::Public, Some(bundle)) = (&options.tls, environment.ca_bundle()) {
            options.tls = Tls::Bundle(bundle.to_owned());
        }
        Ok(options)
    }

    /// Names where the address and the login come from: a field, with the variable that has its value; or a file.
    fn origins(&self, login: Option<&str>, environment: &HostEnvironment) -> Origins {
        let field = |name: &str, value: Option<&str>| {
            let variable = value.and_then(|value| environment.origin(name, value));
            let variable = variable.map(|variable| format!(" (from {variable})")).unwrap_or_default();
            format!("`services.mlflow.{name}`{variable}")
        };
        let login = login.map(|origin| match origin {
            "tracking_password" => field(origin, self.tracking_password.as_ref().map(Secret::expose)),
            "tracking_token" => field(origin, self.tracking_token.as_ref().map(Secret::expose)),
            "registry_password" => field(origin, self.registry_password.as_ref().map(Secret::expose)),
            "registry_token" => field(origin, self.registry_token.as_ref().map(Secret::expose)),
            file => file.to_owned(),
        });
        let address = self.uri_field().map(|name| {
            let uri = if name == "registry_uri" { &self.registry_uri } else { &self.tracking_uri };
            field(name, uri.as_ref().map(SecretUri::expose))
        });
        Origins { address, login }
    }

    fn options(&self, environment: HostEnvironment) -> registry::Result<Options> {
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
            environment,
            origins: Origins::default(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_registries_accept_every_name() {
        for uri in [DEFAULT_URI, DEFAULT_STORE] {
            assert!(Registry::validate_model_name(&SecretUri::new(uri), &"bikes".parse().unwrap()).is_ok(), "{uri}");
        }
    }
}
