//! The result as one page: it needs no script and requests nothing, and it reads on a phone, in the dark and on paper.
//!
//! Each part of the page has a file that turns an outcome into the plain values of its view, and a template in `templates/`
//! that lays them out. A template escapes every value, so that no text from outside is markup.

mod document;
mod gates;
mod headline;
mod job;
mod metrics;
mod page;
mod places;
mod render;
mod scale;
mod tables;
mod timeline;
mod tone;
mod verification;
mod versions;

pub use page::{RunFacts, html};
