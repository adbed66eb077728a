//! One result, many views: each makes a text, and one place writes it.

mod checked;
mod json;
mod text;

pub use checked::checked;
pub use json::json;
pub use text::text;
