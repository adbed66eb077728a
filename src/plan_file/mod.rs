//! A plan as a config that does exactly it: jobs as they are written, pinned to what was planned.
//!
//! Each job keeps [how it is written](crate::config::JobSource), before anything is filled in and without secrets. Once it
//! is planned, the version it found and the place of its alias go into it.

mod document;
mod messages;
mod serialize;

pub use document::PlanFile;
pub use serialize::Language;
