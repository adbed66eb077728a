//! Model registries: one enum of the backends, and their shared vocabulary.
//!
//! - `backend` is the enum, `open` selects a backend for a URI, `diagnose` inspects one without writing.
//! - `rest` and `databricks` are built on `client`, which sends requests, and on `credentials`, which finds logins.
//! - `sqlite` and `file` open MLflow's own stores in place; `search` has MLflow's filter language.
//! - `model`, `names`, `metric`, `alias_write` and `error` are the vocabulary.

mod alias_write;
mod backend;
mod client;
mod credentials;
mod databricks;
mod diagnose;
mod error;
pub mod file;
mod local;
mod metric;
mod model;
mod names;
mod observe;
mod open;
mod rest;
mod search;
mod server_url;
mod source;
pub mod sqlite;

pub(crate) use alias_write::check_expected;
pub use alias_write::{AliasChange, AliasChanged, AliasWrite, AliasWriteError, AliasWriteResult};
pub use backend::Registry;
pub use client::{Options, Origins, Retry};
#[cfg(feature = "sigv4")]
pub use credentials::AwsKeys;
pub use credentials::{CredentialSources, HostEnvironment, IgnoredLogin, Login, LoginFields, ResolvedLogin};
pub use error::{Error, Result};
pub use metric::Metric;
pub use model::{Expect, ModelVersion, NewVersion, RegisteredModel, Status};
pub use names::{Alias, InvalidName, ModelName, Version, Workspace};
pub(crate) use observe::{DiagnosisRequest, ModelSubject, observe_error};
pub use search::Filter;

pub use crate::http::Tls;
