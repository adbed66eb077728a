//! Config files, from every source to jobs that are ready to run.
//!
//! [`load()`] parses each source once into nodes that carry their span, and merges them, so every value keeps its
//! source. One walk over the result and the schema interpolates `${…}`, checks every value and builds the input of the
//! types. Nothing stops at the first error: all errors of all files are reported together.
//!
//! Secrets are registered with the redactor as soon as they are read: from a field that the schema marks as secret,
//! from `${file:…}`, or from a secret variable. An error masks the values of the line that it shows.

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
mod needs;
mod node;
mod overrides;
mod ports;
mod provenance;
mod published_schema;
mod python_compat;
mod reader;
mod schema;
mod schema_node;
mod shown_value;
mod sorted_map;
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
