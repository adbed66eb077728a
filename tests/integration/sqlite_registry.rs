//! The SQLite backend on the databases that seven MLflow releases wrote, and on those that it must refuse.

mod concurrency;
mod creation;
mod evidence;
pub(crate) mod fixture;
mod reads;
mod refusals;
mod writes;
