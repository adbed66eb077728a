//! Configs: their files, where values come from, and what is refused.

mod external_values;
mod files;
mod limits;
mod python_template;
mod sources;
