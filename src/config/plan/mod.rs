//! A plan as a config: jobs as they are written, pinned to what was planned.
//!
//! Each job remembers how it is written, before anything is filled in and without what must not be shown. Once it is
//! planned, the version it found and the place of its alias go into it.

mod again;
mod file;
mod pin;
mod placeholder;
mod print;
mod secrets;
mod told;
mod written;

pub(super) use again::{differ, is_of_job, is_pinned, warning};
pub use file::PlanFile;
pub use print::Language;
pub use written::Written;
pub(super) use written::written;
