//! The selection of a version: one that the job names, or the best that a search finds.

mod rank;
mod select;
mod sort_key;
mod version_selector;

pub(super) use rank::find_best;
pub use select::Select;
pub use version_selector::VersionSelector;
