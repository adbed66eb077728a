//! Plans as configs: the jobs as they are written, pinned to what was planned.
//!
//! Each job keeps [its source](crate::config::JobSource), before interpolation and without secrets. The planned version
//! and the current version of the alias are added to it.

mod document;
mod messages;
mod serialize;

pub use document::PlanFile;
pub use serialize::Language;
