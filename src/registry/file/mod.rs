//! MLflow's file store, read and written directly: the registry in the folder `models` of a folder such as `mlruns`.
//!
//! [`FileStore`] runs each call on a [`store::Store`]. MLflow takes no lock, so a file that looks damaged is read again.
//! Runners lock each other out with `write_lock`. A write stages its files with `atomic_write` and records in `undo`
//! how to revert it; `cleanup` reverts what a killed run left unfinished.

mod address;
mod atomic_write;
mod cleanup;
mod client;
mod diagnose;
mod error;
mod meta;
mod metrics;
mod paths;
mod read;
mod register;
mod store;
mod undo;
mod write;
mod write_lock;
mod yaml;

pub(crate) use address::holds_experiments;
pub use client::FileStore;
