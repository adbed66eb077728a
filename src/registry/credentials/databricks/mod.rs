//! Logins of Databricks: the `uri` may name a `profile`, and variables win over it.

mod login;
mod profile;
mod uri;

pub(in crate::registry) use login::DatabricksLogin;
pub(in crate::registry) use uri::{DatabricksUri, default_registry_uri};
