//! Which version a job means: one that it names, or the best of those that a search finds.

mod order;
mod rank;
mod select;
mod selector;

pub(super) use rank::best;
pub use select::Select;
pub use selector::VersionSelector;
