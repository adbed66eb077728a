//! MLflow's own SQLite database, read and written directly while MLflow servers may use it too.
//!
//! [`Sqlite`] runs each call as one transaction on its one connection. `read`, `write`, `register` and `metrics` are the
//! statements; `schema` and `alembic` recognize MLflow's schema before any of them runs.

mod address;
mod alembic;
mod client;
mod diagnose;
mod error;
mod metrics;
mod read;
mod register;
mod schema;
mod tables;
mod write;

pub use client::Sqlite;
