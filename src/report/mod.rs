//! Renders a result in many forms. Each form is one function that returns a text; the callers decide where it goes.
//!
//! The room stands on `outcome`, and knows no kind of job: what only one kind reports comes as tables.

mod answers;
mod file;
mod github;
mod junit;
mod markdown;
mod tables;
mod text;

pub use file::{Error, Opened, Wanted, json};
pub use github::{annotations, summary};
pub use text::{checked, diagnosis, text};
