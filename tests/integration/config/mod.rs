//! Configs: files, sources of values, and validation errors.

mod external_values;
mod files;
mod limits;
mod python_template;
mod sources;
