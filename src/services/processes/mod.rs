//! Processes: programs that run beside the jobs.
//!
//! [`Processes`] starts the processes that a job needs, once for all jobs. A supervisor owns each process: it logs its
//! output, finds out when it is ready, starts it again if it may, and stops it with its children.

mod config;
mod failure;
mod inspect;
mod probe;
mod process;
mod ready;
mod registry;
mod running;
mod state;
mod supervisor;

pub use config::ProcessConfig;
pub(crate) use config::find_duplicate;
pub use failure::ProcessFailure;
pub use process::Process;
pub(super) use running::{NotReady, Processes};
