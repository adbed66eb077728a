//! The HTTP client of registries: what REST and Databricks both stand on.
//!
//! - `api` has the endpoints that both share, as values of `wire`; `pages` bounds lists.
//! - `session` sends requests with a login (`auth`, `oauth`, `databricks_oauth`) in a workspace (`workspace_scope`).
//! - `retry` sends them again, which `retry_log` tells; `client` sends one once, `redirect` follows it, `pool` connects.
//! - `request_error` says why there is no usable response, with `error_body`; `error_mapping` says what that means for a
//!   job, and `advice` what to do. `peer` is the server and the login that they name.
//! - `probe` and `connection_report` are for the diagnosis.
//!
//! It stands on `credentials`, which finds logins and sends nothing.

mod advice;
mod api;
mod auth;
#[cfg(feature = "sigv4")]
mod aws_signature;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod client;
mod connection_report;
mod databricks_oauth;
mod error_body;
mod error_mapping;
mod oauth;
mod options;
mod pages;
mod peer;
mod pool;
mod probe;
mod redirect;
mod request;
mod request_error;
mod retry;
mod retry_log;
mod session;
mod wire;
mod workspace_scope;

pub use api::{Api, Dialect};
pub use error_body::ErrorBody;
pub use error_mapping::{NO_WORKSPACE, REFUSED_ADDRESS};
pub use options::{Options, Origins, Retry};
pub use pages::Pages;
pub use probe::ProbeResponse;
pub use request::ApiRequest;
pub use request_error::RequestError;
pub use session::Session;
pub use wire::{OneVersion, VersionPage, WireVersion};
