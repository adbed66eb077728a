//! The history of an alias: a tag of the registered model that says who moved it, when and why.

mod entry;
mod keep;
mod tag;
mod trail;

pub(super) use entry::{Entry, Kind};
pub(super) use keep::{amend, asides};
pub(super) use tag::{History, alias_of, key};
