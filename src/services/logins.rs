//! Which login of a config goes to which address, and what of it can never work.

use super::mlflow::MlflowConfig;
use crate::registry::Error;
use crate::registry::rest::Offer;
use crate::secret::Secret;

impl MlflowConfig {
    /// Returns what is offered to the registry: the login of a registry of its own where there is one, and else, as
    /// with MLflow, the login of the tracking server.
    pub(super) fn offer(&self) -> Offer {
        let (prefix, username, password, token) = match self.has_own_login() {
            true => ("registry", &self.registry_username, &self.registry_password, &self.registry_token),
            false => ("tracking", &self.tracking_username, &self.tracking_password, &self.tracking_token),
        };
        let secret = |secret: &Option<Secret>| secret.clone().filter(|secret| !secret.is_empty());
        Offer {
            prefix,
            username: username.clone().filter(|username| !username.is_empty()),
            password: secret(password),
            token: secret(token),
            reads_files: !self.has_own_login(),
            #[cfg(feature = "sigv4")]
            signs: self.signs(),
        }
    }

    /// Finds a login that can never work.
    pub(super) fn login_misuse(&self) -> Option<(&'static str, Error)> {
        let wrong =
            |field, reason: String, hint: &str| Some((field, Error::Misconfigured { reason, hint: hint.into() }));
        if self.tracking_auth.as_deref().is_some_and(|plugin| !plugin.is_empty()) && self.is_http() {
            let reason =
                "a login plugin (tracking_auth, MLFLOW_TRACKING_AUTH) is Python code, which is not run here".into();
            let hint = "unset it and log in with `tracking_token`, or `tracking_username` and `tracking_password`; or \
                        point at a proxy that adds the login";
            return wrong("tracking_auth", reason, hint);
        }
        if cfg!(not(feature = "sigv4")) && self.signs() && self.is_http() {
            let reason = "requests are not signed for AWS by this build, which lacks the feature `sigv4` \
                          (tracking_aws_sigv4, MLFLOW_TRACKING_AWS_SIGV4)"
                .into();
            let hint = "build it with `cargo build --release --features sigv4`; or unset it and point at a proxy that \
                        signs, such as aws-sigv4-proxy";
            return wrong("tracking_aws_sigv4", reason, hint);
        }
        if self.has_own_login() && self.uri_field() != Some("registry_uri") {
            let reason = "a login for a registry of its own is given, and no registry_uri that it is for".into();
            return wrong(self.own_login()[0], reason, "set `registry_uri`, or use the `tracking_…` fields");
        }
        if let ["registry_username" | "registry_password"] = self.own_login()[..] {
            let reason = "a registry_username and a registry_password make a login together, and one is missing".into();
            return wrong(self.own_login()[0], reason, "give both, or a `registry_token`");
        }
        None
    }

    // Signatures are a login of the tracking server.
    fn signs(&self) -> bool {
        self.tracking_aws_sigv4 && !self.has_own_login()
    }

    fn has_own_login(&self) -> bool {
        !self.own_login().is_empty()
    }

    /// Returns the fields that say something of a login for the registry alone.
    pub(super) fn own_login(&self) -> Vec<&'static str> {
        let is_secret = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| !secret.is_empty());
        let fields = [
            ("registry_username", self.registry_username.as_ref().is_some_and(|username| !username.is_empty())),
            ("registry_password", is_secret(&self.registry_password)),
            ("registry_token", is_secret(&self.registry_token)),
        ];
        fields.into_iter().filter(|(_, is_given)| *is_given).map(|(field, _)| field).collect()
    }
}
