//! Requests signed for AWS (Signature Version 4), as a gateway before an MLflow server may demand.
//!
//! `environment` finds the keys, also in the `profile`s of AWS's own tools; `sign` signs with them.

mod environment;
mod keys;
mod profile;
mod sign;

pub(super) use environment::Environment;
pub(super) use keys::Found;
pub use keys::Keys;
pub(super) use sign::sign;
