//! The history of an alias: who moved it, when and why, kept in a tag of the registered model.
//!
//! A registry does not record the moves of an alias itself, so rollbacks and [`AliasGate`](crate::gates)s read them
//! from here. This module only parses and builds tag values; jobs write them. It imports only the vocabulary of the
//! registry.

mod append;
mod entry;
mod replay;
mod tag;

pub use append::{append, backup_keys};
pub use entry::{HistoryEntry, MoveKind};
pub use tag::{History, alias_from_tag_key, tag_key};
