//! MLflow's own SQLite database, read and written directly while MLflow servers may use it too.
//!
//! [`Sqlite`] runs each call as one transaction on the one connection of `connection`. `read`, `write`, `register` and
//! `metrics` are the statements; `schema` and `alembic` recognize MLflow's schema before any of them runs.

mod address;
mod alembic;
mod client;
mod connection;
mod diagnose;
mod error;
mod metrics;
mod new_database;
mod read;
mod register;
mod row;
mod schema;
mod scope;
mod write;

pub use client::Sqlite;
