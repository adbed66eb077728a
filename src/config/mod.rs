//! Config files, from every source to jobs that are ready to run.
//!
//! [`load()`] reads each source into a tree, merges the trees so that every value remembers where it came from,
//! resolves `${…}`, checks the whole against the schema that `--schema` prints, and only then makes typed jobs of it.
//! Nothing stops at the first error: all errors of all files come back together.

mod address_rules;
mod budget;
mod decode;
mod document;
mod environment;
mod fields;
mod interpolate;
mod jobs;
mod json;
mod json_positions;
mod kinds;
mod layers;
mod load;
mod locate;
mod origins;
mod overrides;
mod places;
mod plan;
mod position;
mod problem;
mod published;
mod python;
mod redact;
mod render;
mod schema;
mod sensitive;
mod spec;
mod toml;
mod tree;
mod typed;
mod validate;
mod words;
mod yaml;
mod yaml_reader;

pub use environment::environment;
pub use load::{Override, Sources, load};
pub use origins::Origins;
pub use plan::{Language, PlanFile, Written};
pub use problem::Errors;
pub use published::published_schema;
pub use schema::schema;
pub use spec::JobSpec;
