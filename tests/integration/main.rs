//! The integration tests, one binary.

mod config_files;
mod config_sources;
