//! Where logins come from: the config, the URL, and files and variables of the machine. Nothing here sends a request.
//!
//! `resolve` has the ordered list of sources for an MLflow server: each entry is a `source::Source` from the file of
//! that source (`fields`, `netrc`, `aws`). `databricks` is no entry of that list: it finds the workspace together with the
//! login, and refuses two logins where the list would take the first. `host_environment` is what the machine offers, read
//! from its variables once.

#[cfg(feature = "sigv4")]
mod aws;
mod databricks;
mod fields;
mod host_environment;
mod ini;
mod login;
mod mlflow_file;
mod netrc;
mod resolve;
mod source;

#[cfg(feature = "sigv4")]
pub use aws::AwsKeys;
pub(in crate::registry) use databricks::{DatabricksLogin, DatabricksUri, default_registry_uri};
pub use host_environment::HostEnvironment;
pub use login::Login;
pub use resolve::{CredentialSources, IgnoredLogin, ResolvedLogin};
pub use source::LoginFields;
