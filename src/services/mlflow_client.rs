//! What a program needs to use the registry of a service with MLflow's own client: variables of its environment.

use std::path::{Path, PathBuf};

use super::mlflow::MlflowConfig;
use crate::registry::HostEnvironment;
use crate::secret::{Secret, SecretUri};

/// The prefix of a SQLite database whose path is relative.
const SQLITE: &str = "sqlite:///";

/// The MLflow service of a job, as MLflow's client in another program needs it.
#[derive(Debug, Clone, Copy, Default)]
pub struct MlflowClient<'a>(Option<(&'a MlflowConfig, &'a HostEnvironment)>);

impl<'a> MlflowClient<'a> {
    /// Creates the client of a service. `environment` has the settings of this machine for MLflow clients. The default is
    /// a client without a service, which sets no variable.
    pub(crate) const fn new(config: &'a MlflowConfig, environment: &'a HostEnvironment) -> Self {
        Self(Some((config, environment)))
    }

    /// Returns the variables that MLflow's client reads: the addresses, the login and how servers are trusted. They hold
    /// secrets. `folder` is where the program runs, if that is not the current folder: relative paths are completed then.
    pub fn variables(&self, folder: Option<&Path>) -> Vec<(String, String)> {
        let Some((config, environment)) = self.0 else { return vec![] };
        let address = |uri: &SecretUri| complete_uri(uri.expose(), folder);
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| complete_path(path, folder).display().to_string());
        let is_given = |uri: &&SecretUri| !uri.expose().is_empty();
        let registry = config.uri();
        let tracking = config.tracking_uri.as_ref().filter(is_given);
        // MLflow's client knows one login only, and sends it to both addresses.
        let is_one_server = tracking.is_none_or(|tracking| is_same(tracking, &registry));
        let (username, password, token) = match is_one_server && !config.has_tracking_login() {
            true => (&config.registry_username, &config.registry_password, &config.registry_token),
            false => (&config.tracking_username, &config.tracking_password, &config.tracking_token),
        };
        let flag = |flag: bool| flag.then(|| "true".to_owned());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
        let fields = [
            ("MLFLOW_TRACKING_URI", Some(address(tracking.unwrap_or(&registry)))),
            ("MLFLOW_REGISTRY_URI", Some(address(&registry))),
            ("MLFLOW_TRACKING_USERNAME", username.clone()),
            ("MLFLOW_TRACKING_PASSWORD", secret(password)),
            ("MLFLOW_TRACKING_TOKEN", secret(token)),
            ("MLFLOW_TRACKING_AUTH", config.tracking_auth.clone()),
            ("MLFLOW_TRACKING_AWS_SIGV4", flag(config.tracking_aws_sigv4)),
            ("MLFLOW_TRACKING_INSECURE_TLS", flag(config.tracking_insecure_tls)),
            ("MLFLOW_TRACKING_SERVER_CERT_PATH", path(&config.tracking_server_cert_path)),
            ("MLFLOW_TRACKING_CLIENT_CERT_PATH", path(&config.tracking_client_cert_path)),
            ("MLFLOW_WORKSPACE", config.workspace.as_ref().map(ToString::to_string)),
        ];
        let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let is_databricks = [Some(&registry), tracking].into_iter().flatten().any(is_databricks);
        given.chain(environment.databricks_variables().filter(|_| is_databricks)).collect()
    }
}

fn is_same(one: &SecretUri, other: &SecretUri) -> bool {
    one.expose().trim_end_matches('/') == other.expose().trim_end_matches('/')
}

fn is_databricks(uri: &SecretUri) -> bool {
    uri.expose().starts_with("databricks")
}

/// Completes the path in the address of a database or a file store.
fn complete_uri(uri: &str, folder: Option<&Path>) -> String {
    match uri.strip_prefix(SQLITE) {
        Some(path) if !path.starts_with(['/', ':']) && !path.is_empty() => {
            let path = complete_path(Path::new(path), folder).display().to_string();
            format!("{SQLITE}{path}")
        }
        None if !uri.contains(':') && uri != "databricks" => {
            complete_path(Path::new(uri), folder).display().to_string()
        }
        _ => uri.to_owned(),
    }
}

fn complete_path(path: &Path, folder: Option<&Path>) -> PathBuf {
    match folder {
        Some(_) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(config: &MlflowConfig, folder: Option<&str>) -> Vec<String> {
        let environment = HostEnvironment::from_variables(&[("DATABRICKS_TOKEN".into(), "dapi-1234".into())].into());
        let client = MlflowClient::new(config, &environment);
        client.variables(folder.map(Path::new)).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn a_program_gets_the_addresses_and_the_login_of_its_service() {
        let config = MlflowConfig {
            tracking_uri: Some(SecretUri::new("http://h:5000")),
            tracking_username: Some("me".to_owned()),
            tracking_password: Some(Secret::new("hunter22")),
            tracking_insecure_tls: true,
            ..MlflowConfig::default()
        };
        let expected = [
            "MLFLOW_TRACKING_URI=http://h:5000",
            "MLFLOW_REGISTRY_URI=http://h:5000",
            "MLFLOW_TRACKING_USERNAME=me",
            "MLFLOW_TRACKING_PASSWORD=hunter22",
            "MLFLOW_TRACKING_INSECURE_TLS=true",
        ];
        assert_eq!(variables(&config, None), expected);
    }

    #[test]
    fn a_login_for_the_registry_is_passed_on_where_no_other_server_would_get_it() {
        let config = |tracking: Option<&str>, username: Option<&str>| MlflowConfig {
            tracking_uri: tracking.map(SecretUri::new),
            registry_uri: Some(SecretUri::new("http://h:5000")),
            tracking_username: username.map(str::to_owned),
            registry_username: Some("me".to_owned()),
            registry_password: Some(Secret::new("hunter22")),
            ..MlflowConfig::default()
        };
        let login = |config: &MlflowConfig| -> Vec<String> {
            let variables = variables(config, None).into_iter();
            variables.filter_map(|it| Some(it.strip_prefix("MLFLOW_TRACKING_")?.to_owned())).skip(1).collect()
        };
        for same in [None, Some("http://h:5000"), Some("http://h:5000/")] {
            assert_eq!(login(&config(same, None)), ["USERNAME=me", "PASSWORD=hunter22"], "{same:?}");
            assert_eq!(login(&config(same, Some("you"))), ["USERNAME=you"], "{same:?}");
        }
        assert_eq!(login(&config(Some("http://other:5000"), None)), [""; 0]);
    }

    #[test]
    fn relative_paths_are_completed_for_a_program_in_another_folder() {
        let config = MlflowConfig { tracking_uri: Some(SecretUri::new("sqlite:///a.db")), ..MlflowConfig::default() };
        assert_eq!(variables(&config, None)[0], "MLFLOW_TRACKING_URI=sqlite:///a.db");
        let whole = std::path::absolute("a.db").unwrap();
        assert_eq!(variables(&config, Some("sub"))[0], format!("MLFLOW_TRACKING_URI=sqlite:///{}", whole.display()));
        let store = MlflowConfig { tracking_uri: Some(SecretUri::new("./mlruns")), ..MlflowConfig::default() };
        assert!(variables(&store, Some("sub"))[0].ends_with("/mlruns"));
    }

    #[test]
    fn the_login_of_databricks_is_passed_on_to_programs_that_use_it() {
        let config = MlflowConfig { tracking_uri: Some(SecretUri::new("databricks")), ..MlflowConfig::default() };
        let set = variables(&config, Some("sub"));
        assert!(set.contains(&"DATABRICKS_TOKEN=dapi-1234".to_owned()), "{set:?}");
        assert!(set.contains(&"MLFLOW_TRACKING_URI=databricks".to_owned()), "{set:?}");
    }
}
