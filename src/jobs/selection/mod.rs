//! Which version a job means: one that it names, or the best of those that a search finds.

mod rank;
mod select;
mod sort_key;
mod version_selector;

pub(super) use rank::find_best;
pub use select::Select;
pub use version_selector::VersionSelector;
