//! Logins that are given to no avail.

use super::mlflow::MlflowConfig;
use crate::registry::rest::{Ignored, Surroundings};
use crate::secret::Secret;

impl MlflowConfig {
    /// Returns the logins of the config that are not used, whoever set them.
    pub(crate) fn ignored_logins(&self, surroundings: &Surroundings) -> Vec<Ignored> {
        if self.is_http() {
            return self.chosen(surroundings).ok().flatten().map(|chosen| chosen.ignored).unwrap_or_default();
        }
        let why = match self.uri().expose().starts_with("databricks") {
            true => "Databricks has logins of its own",
            false => "a database or a file store asks for none",
        };
        let mut fields: Vec<&str> = self.own_login();
        // Beside a server that only tracks runs, they are its login.
        if !self.tracks_over_http() {
            fields.extend(self.tracking_login());
        }
        fields.into_iter().map(|field| Ignored { field: field.to_owned(), why }).collect()
    }

    fn tracks_over_http(&self) -> bool {
        let is_http = |uri: &str| matches!(uri.split_once(':'), Some(("http" | "https", _)));
        self.tracking_uri.as_ref().is_some_and(|uri| is_http(uri.expose()))
    }

    fn tracking_login(&self) -> impl Iterator<Item = &'static str> {
        let is_secret = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| !secret.is_empty());
        let fields = [
            ("tracking_username", self.tracking_username.as_ref().is_some_and(|username| !username.is_empty())),
            ("tracking_password", is_secret(&self.tracking_password)),
            ("tracking_token", is_secret(&self.tracking_token)),
        ];
        fields.into_iter().filter(|(_, is_given)| *is_given).map(|(field, _)| field)
    }
}
