//! Keys of AWS, with which requests are signed (Signature Version 4) for a gateway before an MLflow server.
//!
//! `find_keys` finds the keys in variables and in the `profile`s of AWS's own tools.

mod find_keys;
mod keys;
mod profile;

pub(super) use find_keys::SOURCE;
pub use keys::AwsKeys;
