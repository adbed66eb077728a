//! The history of an alias: who moved it, when and why, kept in a tag of the registered model.
//!
//! A registry records no moves of its own, so rollbacks and [`AliasGate`](crate::gates)s read them from here. The room
//! only reads and builds tag values; jobs write them. It stands on the registry's vocabulary.

mod append;
mod entry;
mod replay;
mod tag;

pub use append::{append, backup_keys};
pub use entry::{HistoryEntry, MoveKind};
pub use tag::{History, alias_from_tag_key, tag_key};
