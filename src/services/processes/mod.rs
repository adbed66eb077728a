//! Processes: programs that run beside the jobs.

mod config;
mod ready;

pub use config::ProcessConfig;
pub(crate) use config::find_duplicate;
