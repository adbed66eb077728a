//! One result, many views: each makes a text, and one place writes it.

mod checked;
mod examination;
mod file;
mod github;
mod history;
mod json;
mod junit;
mod markdown;
mod overview;
mod plan;
mod ranking;
mod row;
mod section;
mod text;
mod verdicts;

pub use checked::checked;
pub use examination::{examination, examination_json};
pub use file::{Error, Opened, Wanted};
pub use github::{annotations, summary};
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use text::text;
