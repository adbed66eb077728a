//! The variables from which MLflow's Python client reads what the `mlflow` service says.

use super::mlflow::MlflowConfig;
use crate::secret::Secret;

impl MlflowConfig {
    /// Returns MLflow's variables for the fields that are given, with their values, for the environment of a program.
    /// MLflow has no variable for a login to `registry_uri` only.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(Secret::expose).and_then(text);
        let flag = |flag: bool| flag.then(|| "true".to_owned());
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let all = [
            ("MLFLOW_TRACKING_URI", self.tracking_uri.as_ref().and_then(|uri| text(uri.expose()))),
            ("MLFLOW_REGISTRY_URI", self.registry_uri.as_ref().and_then(|uri| text(uri.expose()))),
            ("MLFLOW_TRACKING_USERNAME", self.tracking_username.as_deref().and_then(text)),
            ("MLFLOW_TRACKING_PASSWORD", secret(&self.tracking_password)),
            ("MLFLOW_TRACKING_TOKEN", secret(&self.tracking_token)),
            ("MLFLOW_WORKSPACE", self.workspace.as_ref().and_then(|workspace| text(workspace.as_str()))),
            ("MLFLOW_TRACKING_AUTH", self.tracking_auth.as_deref().and_then(text)),
            ("MLFLOW_TRACKING_AWS_SIGV4", flag(self.tracking_aws_sigv4)),
            ("MLFLOW_TRACKING_INSECURE_TLS", flag(self.tracking_insecure_tls)),
            ("MLFLOW_TRACKING_SERVER_CERT_PATH", path(&self.tracking_server_cert_path)),
            ("MLFLOW_TRACKING_CLIENT_CERT_PATH", path(&self.tracking_client_cert_path)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretUri;

    #[test]
    fn only_given_fields_become_variables() {
        assert_eq!(MlflowConfig::default().variables(), []);
        let config = MlflowConfig {
            tracking_uri: Some(SecretUri::new("http://127.0.0.1:5000")),
            registry_uri: Some(SecretUri::new("")),
            tracking_token: Some(Secret::new("hunter2-token")),
            tracking_insecure_tls: true,
            ..MlflowConfig::default()
        };
        let expected = [
            ("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000"),
            ("MLFLOW_TRACKING_TOKEN", "hunter2-token"),
            ("MLFLOW_TRACKING_INSECURE_TLS", "true"),
        ];
        assert_eq!(config.variables(), expected.map(|(name, value)| (name, value.to_owned())));
    }
}
