//! The logins that a request can carry.

#[cfg(feature = "sigv4")]
use super::aws::AwsKeys;
use crate::secret::Secret;

/// A login.
#[derive(Debug, Clone, PartialEq)]
pub enum Login {
    /// No `Authorization` header.
    None,
    /// A user with a password.
    Basic {
        /// The name of the user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A bearer token.
    Bearer(Secret),
    /// A service principal of Databricks, which trades its secret for tokens.
    ServicePrincipal {
        /// Its id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    },
    /// A signature of each request for AWS.
    #[cfg(feature = "sigv4")]
    AwsSignature(AwsKeys),
}
