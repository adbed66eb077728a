//! Logins for MLflow servers: their precedence, passwords and signatures.

mod basic_auth;
mod precedence;
#[cfg(feature = "sigv4")]
mod sigv4;
