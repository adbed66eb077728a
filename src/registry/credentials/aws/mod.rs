//! Keys of AWS, with which requests are signed (Signature Version 4) for a gateway before an MLflow server.
//!
//! `variables` finds the keys, also in the `profile`s of AWS's own tools.

mod keys;
mod profile;
mod variables;

pub use keys::AwsKeys;
pub(super) use variables::AwsVariables;

use super::login::Login;
use super::source::{FoundLogin, Source};

/// The keys of AWS, if requests are to be signed.
pub(super) const SOURCE: Source = Source {
    find: |request| {
        if !request.signs_for_aws {
            return Ok(None);
        }
        let found = request.environment.aws().find_keys(request.environment.home())?;
        Ok(Some(FoundLogin { login: Login::AwsSignature(found.keys), origin: Some(found.origin) }))
    },
    list_given: |_| vec![],
    precedence: "requests are signed for AWS (tracking_aws_sigv4)",
};
