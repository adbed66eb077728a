//! The integration tests, one binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod config_files;
mod config_sources;
