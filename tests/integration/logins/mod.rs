//! Logins: which one a server gets, and servers that ask for one.

mod basic_auth;
mod precedence;
#[cfg(feature = "sigv4")]
mod sigv4;
