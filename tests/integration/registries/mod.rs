//! The backends, and behaviour common to several.

pub(crate) mod databricks;
pub(crate) mod file_store;
mod local_calls;
mod mismatched_answers;
mod real_server;
pub(crate) mod rest;
pub(crate) mod sqlite;
mod workspaces;
