//! Model registries: one enum over the backends, and the words they share.

mod access;
mod alias_write;
mod backend;
pub mod databricks;
mod error;
mod examine;
mod failure;
pub mod file;
mod ini;
mod local;
mod metric;
mod model;
mod names;
mod open;
mod pages;
pub mod rest;
mod search;
mod source;
pub mod sqlite;
mod workspace;

pub use alias_write::{AliasWrite, AliasWriteError, AliasWriteResult};
pub use backend::Registry;
pub use error::Error;
pub(crate) use examine::{Questions, Subject, trouble};
pub use metric::Metric;
pub use model::{AliasMove, AliasMoved, Expect, ModelVersion, NewVersion, RegisteredModel, Status};
pub use names::{Alias, InvalidName, ModelName, Version};
pub use search::Filter;
pub use workspace::Workspace;

/// A result whose error is the registry's.
pub type Result<T> = std::result::Result<T, Error>;
