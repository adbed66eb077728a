//! Config files, from every source to jobs that are ready to run.
//!
//! [`load()`] reads each source once into nodes that know their places, and merges them, so that every value keeps the
//! source it came from. One walk over the result and the schema that `--schema` prints fills in `${…}`, checks every value
//! and makes what the types read. Nothing stops at the first error: all errors of all files come back together.
//!
//! Secrets: the redactor knows a text as soon as it is read into a field that the schema marks secret, from a `${file:…}`
//! or from a secret variable. An error shows a line with its values masked by their places.

mod address_rules;
mod build_jobs;
mod coerce;
mod decode;
mod diagnostic;
mod environment;
mod excerpt;
mod interpolate;
mod job_source;
mod job_spec;
mod key_path;
mod load;
mod merge;
mod messages;
mod node;
mod overrides;
mod provenance;
mod published_schema;
mod python_compat;
mod reader;
mod schema;
mod schema_node;
mod shown_value;
mod source;
mod source_map;
mod validate;
mod walk;

pub use diagnostic::Errors;
pub use environment::environment;
pub(crate) use interpolate::escaped;
pub use job_source::JobSource;
pub(crate) use job_source::in_schema_order;
pub use job_spec::{JobSpec, SetValue};
pub use key_path::KeyPath;
pub(crate) use key_path::SERVICES;
pub use load::{Override, Sources, load};
pub use published_schema::published_schema;
pub use schema::schema;
#[cfg(test)]
pub(crate) use source::read_values;
