//! Test support: the harness that runs the program, fake services, and real servers.

pub(crate) mod fake_databricks;
pub(crate) mod fake_mlflow;
pub(crate) mod file_store_fixture;
pub(crate) mod harness;
#[cfg(unix)]
pub(crate) mod leftovers;
pub(crate) mod mail_server;
pub(crate) mod mlflow_server;
pub(crate) mod promotion;
pub(crate) mod python;
pub(crate) mod receiver;
pub(crate) mod rest_client;
pub(crate) mod set_alias;
pub(crate) mod sqlite_fixture;
#[cfg(unix)]
pub(crate) mod terminal;
pub(crate) mod tls_server;
